/* SPDX-License-Identifier: ISC */
/*
 * Programs for tcp_loss: loaded here, by whoever may, as many as there will
 * ever be; and then, but for root with SYS_ADMIN, nobody may any more.  A
 * worker can put one at its sockets without any power.
 *
 * The kernel takes a while to verify what a program does: so there is one of
 * those, and each of the others says which row is its own, and goes on there.
 */

#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fnv.h"
#include "given.h"
#include "high.h"
#include "log.h"
#include "loss.h"
#include "loss_program.h"
#include "loss_row.h"
#include "nitems.h"

/* Linux before 5.8 had neither: it took CAP_SYS_ADMIN. */
#define CAPABILITIES (CAP_TO_MASK(CAP_BPF) | CAP_TO_MASK(CAP_PERFMON))
_Static_assert(CAP_TO_INDEX(CAP_BPF) == 1 && CAP_TO_INDEX(CAP_PERFMON) == 1,
    "both are in the second half");

/* BPF_LD | BPF_DW | BPF_IMM: of 64 bits, in two instructions */
#define LOAD_WIDE 0x18

#define NAME "toxid_loss"

/* All has at most so much of all descriptors; and none of too few. */
#define DESCRIPTORS_PART 8
#define DESCRIPTORS_LEAST 64

static int
bpf(int command, union bpf_attr *attr)
{
	return high((int)syscall(SYS_bpf, command, attr, sizeof(*attr)));
}

static int
map_new(uint32_t type, uint32_t n, uint32_t size, uint32_t flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = type;
	attr.key_size = sizeof(uint32_t);
	attr.value_size = size;
	attr.max_entries = n;
	attr.map_flags = flags;
	memcpy(attr.map_name, NAME, sizeof(NAME));
	return bpf(BPF_MAP_CREATE, &attr);
}

static int
program_new(const struct bpf_insn *code, uint32_t n)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insns = (uintptr_t)code;
	attr.insn_cnt = n;
	attr.license = (uintptr_t) "ISC";
	memcpy(attr.prog_name, NAME, sizeof(NAME));
	return bpf(BPF_PROG_LOAD, &attr);
}

/* What all go on with, of which the map holds on to it.  0, or -1 and errno. */
static int
code_load(const int32_t shared[LOSS_SHARED])
{
	struct bpf_insn code[nitems(loss_program)];
	const uint32_t key = 0;
	union bpf_attr attr;
	size_t i;
	int fd;

	memcpy(code, loss_program, sizeof(code));
	for (i = 0; i < nitems(code); i++) {
		if (code[i].code == LOAD_WIDE &&
		    code[i].src_reg == BPF_PSEUDO_MAP_FD)
			code[i].imm = shared[code[i].imm];
	}
	if ((fd = program_new(code, nitems(code))) == -1)
		return -1;
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)shared[LOSS_CODE];
	attr.key = (uintptr_t)&key;
	attr.value = (uintptr_t)&fd;
	i = bpf(BPF_MAP_UPDATE_ELEM, &attr) == -1;
	close(fd);
	return i ? -1 : 0;
}

/*
 * Which it is, for the code, which does not come back.  It finds the packet
 * where a program does, in register 1.  That it is the map's first is read from
 * what is 0 there: for a constant the kernel would patch a jump into each, for
 * which all processors wait, and that takes ten times as long as all else.
 */
static int
entry_new(const int32_t shared[LOSS_SHARED], uint32_t row)
{
	const struct bpf_insn code[] = {
		{ BPF_ALU | BPF_MOV | BPF_K, 2, 0, 0, (int32_t)row },
		{ BPF_STX | BPF_MEM | BPF_W, 1, 2,
		    offsetof(struct __sk_buff, cb), 0 },
		{ LOAD_WIDE, 2, BPF_PSEUDO_MAP_FD, 0, shared[LOSS_CODE] },
		{ 0, 0, 0, 0, 0 },
		{ BPF_LDX | BPF_MEM | BPF_W, 3, 1,
		    offsetof(struct __sk_buff, cb[1]), 0 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_tail_call },
		{ BPF_ALU | BPF_MOV | BPF_K, 0, 0, 0, -1 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};

	return program_new(code, nitems(code));
}

/* Of what comes nothing has. */
static int
unplug_new(void)
{
	static const struct bpf_insn code[] = {
		{ BPF_ALU | BPF_MOV | BPF_K, 0, 0, 0, 0 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};

	return program_new(code, nitems(code));
}

static int
shared_open(int32_t shared[LOSS_SHARED])
{
	shared[LOSS_ROWS] = map_new(BPF_MAP_TYPE_ARRAY, LOSS_POOL,
	    sizeof(struct loss_row), BPF_F_MMAPABLE);
	if (shared[LOSS_ROWS] == -1)
		return -1;
	shared[LOSS_CODE] =
	    map_new(BPF_MAP_TYPE_PROG_ARRAY, 1, sizeof(uint32_t), 0);
	if (shared[LOSS_CODE] == -1 || code_load(shared) == -1)
		return -1;
	shared[LOSS_UNPLUG] = unplug_new();
	return shared[LOSS_UNPLUG] == -1 ? -1 : 0;
}

static void
shared_close(int32_t shared[LOSS_SHARED])
{
	int i;

	for (i = 0; i < LOSS_SHARED; i++) {
		if (shared[i] != -1)
			close(shared[i]);
		shared[i] = -1;
	}
}

/* So many programs there may be of who may have so many descriptors. */
static uint32_t
pool_max(uint64_t descriptors)
{
	const uint64_t n = descriptors < DESCRIPTORS_LEAST
	    ? 0
	    : descriptors / DESCRIPTORS_PART - LOSS_SHARED;

	return n < LOSS_POOL ? (uint32_t)n : LOSS_POOL;
}

static enum loss_lack
load(struct loss *l)
{
	struct rlimit rl;
	uint32_t max;
	int error;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("%s", __func__);
	if ((max = pool_max(rl.rlim_cur)) == 0)
		return LOSS_LACKS_DESCRIPTORS;
	if (shared_open(l->shared) == 0) {
		while (l->n < max &&
		    (l->programs[l->n] = entry_new(l->shared, l->n)) != -1)
			l->n++;
	}
	if (l->n > 0)
		return LOSS_LACKS_NOTHING;
	error = errno;
	shared_close(l->shared);
	return error == EPERM || error == EACCES ? LOSS_LACKS_CAPABILITIES
						 : LOSS_LACKS_KERNEL;
}

/* Nor has root them again after an exec. */
static void
capabilities_drop(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2];

	(void)prctl(PR_CAPBSET_DROP, CAP_BPF, 0, 0, 0);
	(void)prctl(PR_CAPBSET_DROP, CAP_PERFMON, 0, 0, 0);
	if (syscall(SYS_capget, &header, data) == -1)
		fatal("%s", __func__);
	data[1].effective &= ~CAPABILITIES;
	data[1].permitted &= ~CAPABILITIES;
	data[1].inheritable &= ~CAPABILITIES;
	if (syscall(SYS_capset, &header, data) == -1)
		fatal("%s", __func__);
}

/* After an upgrade the tables have them, and a check needs none. */
void
loss_open(struct given *g)
{
	struct loss *l = &g->loss;

	memset(l->programs, -1, sizeof(l->programs));
	memset(l->shared, -1, sizeof(l->shared));
	l->print = fnv1a(FNV_BASIS, loss_program, sizeof(loss_program));
	l->lacks = LOSS_LACKS_RESTART; /* of what only looks at a file */
	if (g->tables_fd == -1 && g->files[PRIV_FILE_CHECK][0] == '\0')
		l->lacks = load(l);
	capabilities_drop();
}

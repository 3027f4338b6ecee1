/* SPDX-License-Identifier: ISC */
/*
 * Programs for tcp_loss: loaded here, by whoever may, as many as there will
 * ever be; and then, but for root with SYS_ADMIN, nobody may any more.  A
 * worker can put one at its sockets without any power.
 */

#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
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
#include "loss_map.h"
#include "loss_program.h"
#include "nitems.h"

/* Linux before 5.8 had neither: it took CAP_SYS_ADMIN. */
#define CAPABILITIES (CAP_TO_MASK(CAP_BPF) | CAP_TO_MASK(CAP_PERFMON))
_Static_assert(CAP_TO_INDEX(CAP_BPF) == 1 && CAP_TO_INDEX(CAP_PERFMON) == 1,
    "both are in the second half");

/* BPF_LD | BPF_DW | BPF_IMM: of 64 bits, in two instructions */
#define LOAD_WIDE 0x18

static int
bpf(int command, union bpf_attr *attr)
{
	return high((int)syscall(SYS_bpf, command, attr, sizeof(*attr)));
}

static int
map_new(void)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = sizeof(uint32_t);
	attr.value_size = LOSS_MAP_SIZE;
	attr.max_entries = 1;
	attr.map_flags = BPF_F_MMAPABLE;
	memcpy(attr.map_name, "toxid_loss", sizeof("toxid_loss"));
	return bpf(BPF_MAP_CREATE, &attr);
}

static int
program_new(int map)
{
	struct bpf_insn code[nitems(loss_program)];
	union bpf_attr attr;
	size_t i;

	memcpy(code, loss_program, sizeof(code));
	for (i = 0; i < nitems(code); i++) {
		if (code[i].code == LOAD_WIDE &&
		    code[i].src_reg == BPF_PSEUDO_MAP_VALUE)
			code[i].imm = map;
	}
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insns = (uintptr_t)code;
	attr.insn_cnt = nitems(code);
	attr.license = (uintptr_t) "ISC";
	memcpy(attr.prog_name, "toxid_loss", sizeof("toxid_loss"));
	return bpf(BPF_PROG_LOAD, &attr);
}

/* 0, or -1 and errno. */
static int
pair_new(int32_t *pair)
{
	int error;

	if ((pair[LOSS_MAP] = map_new()) == -1)
		return -1;
	if ((pair[LOSS_PROGRAM] = program_new(pair[LOSS_MAP])) != -1)
		return 0;
	error = errno;
	close(pair[LOSS_MAP]);
	pair[LOSS_MAP] = -1;
	errno = error;
	return -1;
}

static enum loss_lack
load(struct loss *l)
{
	struct rlimit rl;
	size_t max, n = 0;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("%s", __func__);
	max = loss_pairs_max(rl.rlim_cur);
	while (n < max && pair_new(l->fds[n]) == 0)
		n++;
	if (n > 0 || max == 0)
		return n > 0 ? LOSS_LACKS_NOTHING : LOSS_LACKS_DESCRIPTORS;
	return errno == EPERM || errno == EACCES ? LOSS_LACKS_CAPABILITIES
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

	memset(l->fds, -1, sizeof(l->fds));
	l->print = fnv1a(FNV_BASIS, loss_program, sizeof(loss_program));
	if (g->tables_fd == -1 && g->files[PRIV_FILE_CHECK][0] == '\0')
		l->lacks = load(l);
	capabilities_drop();
}

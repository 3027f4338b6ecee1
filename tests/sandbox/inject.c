/* SPDX-License-Identifier: ISC */
/*
 * Makes another process do one system call, and says what came of it:
 *
 *	inject [-c] PID NUMBER [ARGUMENT ...]
 *
 * -c: a copy of it does, which has the same filter, ids and domain by fork(2).
 * The process itself goes on, whatever becomes of the copy.  For the fork alone
 * its filter is suspended, which only a tracer of all powers may do that has no
 * filter itself: exit code 77 where it may not.
 *
 * A number as in "i386:20" is one of i386's table, by int 0x80.  An argument is
 * a number, or @text, or #hex bytes: a pointer to them; or !hex
 * bytes: a pointer to a message of one byte to the address that they are.
 * Prints "returned N" or "killed by N".  For x86-64.
 */

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#define ARGUMENTS_MAX 6
#define SCRATCH 512    /* bytes of its stack, put back afterwards */
#define LOCKS_MAX 8192 /* a line of /proc may be of 512, and they are ten */
#define CANNOT 77

/* What stands still, to do a call. */
struct tracee {
	pid_t pid;
	uint64_t at; /* of a syscall instruction */
	struct user_regs_struct regs;
};

static void
die(const char *what)
{
	perror(what);
	exit(2);
}

static void
copy(pid_t pid, uint64_t at, void *data, size_t len, int in)
{
	struct iovec here = { .iov_base = data, .iov_len = len };
	struct iovec there = { .iov_base = (void *)at, .iov_len = len };
	ssize_t n;

	n = in ? process_vm_writev(pid, &here, 1, &there, 1, 0)
	       : process_vm_readv(pid, &here, 1, &there, 1, 0);
	if (n != (ssize_t)len)
		die("process_vm");
}

/* The address of a syscall instruction in [from, to), or 0. */
static uint64_t
find_in(pid_t pid, uint64_t from, uint64_t to)
{
	static uint8_t page[65536];
	uint64_t at;
	size_t i, n;

	for (at = from; at < to; at += sizeof(page)) {
		n = to - at < sizeof(page) ? to - at : sizeof(page);
		copy(pid, at, page, n, 0);
		for (i = 0; i + 1 < n; i++) {
			if (page[i] == 0x0f && page[i + 1] == 0x05)
				return at + i;
		}
	}
	return 0;
}

static uint64_t
find_syscall(pid_t pid)
{
	char path[64], line[512], mode[8];
	uint64_t from, to, at = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	if ((f = fopen(path, "r")) == NULL)
		die(path);
	while (at == 0 && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) == 3 &&
		    mode[2] == 'x' && strstr(line, "[v") == NULL)
			at = find_in(pid, from, to);
	}
	fclose(f);
	if (at == 0)
		die("no syscall instruction");
	return at;
}

static void
stop(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == -1 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == -1 ||
	    waitpid(pid, &status, __WALL) == -1 || !WIFSTOPPED(status))
		die("ptrace");
}

static size_t
unhex(const char *text, uint8_t *out)
{
	unsigned int byte;
	size_t n = 0;

	for (; sscanf(text, "%2x", &byte) == 1; text += 2)
		out[n++] = (uint8_t)byte;
	return n;
}

/* To scratch, which will be at base in the other's memory; its size. */
static size_t
put_message(const char *text, uint64_t base, uint8_t *scratch)
{
	struct {
		struct msghdr mh;
		struct iovec iov;
		uint8_t name[32];
	} m = { .iov = { .iov_len = 1 } };

	m.mh.msg_namelen = (socklen_t)unhex(text, m.name);
	m.mh.msg_name = (void *)(base + offsetof(__typeof__(m), name));
	m.mh.msg_iov = (void *)(base + offsetof(__typeof__(m), iov));
	m.mh.msg_iovlen = 1;
	m.iov.iov_base = m.mh.msg_name; /* any byte */
	memcpy(scratch, &m, sizeof(m));
	return sizeof(m);
}

/* The value of an argument; what it points to goes to scratch. */
static uint64_t
argument(const char *text, uint64_t base, uint8_t *scratch, size_t *used)
{
	uint64_t at = base + *used;

	if (text[0] == '!') {
		*used += put_message(text + 1, at, scratch + *used);
	} else if (text[0] == '@') {
		strcpy((char *)scratch + *used, text + 1);
		*used += strlen(text);
	} else if (text[0] == '#') {
		*used += unhex(text + 1, scratch + *used);
	} else {
		return (uint64_t)strtoll(text, NULL, 0);
	}
	*used = (*used + 15) & ~(size_t)15;
	return at;
}

/* Another instruction of as many bytes, where there was one. */
static void
put_instruction(pid_t pid, uint64_t at, const uint8_t bytes[2])
{
	long word;

	errno = 0;
	word = ptrace(PTRACE_PEEKTEXT, pid, at, NULL);
	if (errno != 0)
		die("PTRACE_PEEKTEXT");
	memcpy(&word, bytes, 2);
	if (ptrace(PTRACE_POKETEXT, pid, at, word) == -1)
		die("PTRACE_POKETEXT");
}

static void
set_arguments(
    struct user_regs_struct *r, const uint64_t args[ARGUMENTS_MAX], int is_i386)
{
	if (is_i386) {
		r->rbx = args[0];
		r->rcx = args[1];
		r->rdx = args[2];
		r->rsi = args[3];
		r->rdi = args[4];
		r->rbp = args[5];
		return;
	}
	r->rdi = args[0];
	r->rsi = args[1];
	r->rdx = args[2];
	r->r10 = args[3];
	r->r8 = args[4];
	r->r9 = args[5];
}

/* From its registers on; its status at the next stop, or at its end. */
static int
step(pid_t pid, const struct user_regs_struct *regs)
{
	int status;

	if (ptrace(PTRACE_SETREGS, pid, NULL, regs) == -1 ||
	    ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == -1 ||
	    waitpid(pid, &status, __WALL) == -1)
		die("ptrace");
	return status;
}

/* Its registers, about to make that call. */
static struct user_regs_struct
about_to(const struct tracee *t, uint64_t number,
    const uint64_t args[ARGUMENTS_MAX], int is_i386)
{
	struct user_regs_struct regs = t->regs;

	regs.rip = t->at;
	regs.rax = number;
	regs.orig_rax = (uint64_t)-1; /* no call that would be restarted */
	set_arguments(&regs, args, is_i386);
	return regs;
}

static int64_t
result_of(pid_t pid)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) == -1)
		die("PTRACE_GETREGS");
	return (int64_t)regs.rax;
}

/* ---- a copy */

static void
set_options(pid_t pid, long options)
{
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, options) == 0)
		return;
	perror("PTRACE_SETOPTIONS");
	exit(errno == EPERM || errno == EINVAL ? CANNOT : 2);
}

/* All that /proc says of who it is, and of its locks. */
static void
read_locks(pid_t pid, char *locks)
{
	static const char *const said[] = { "Uid:", "Gid:", "Groups:", "Cap",
		"NoNewPrivs:", "Seccomp" };
	char path[64], line[512];
	size_t i, used = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if ((f = fopen(path, "r")) == NULL)
		die(path);
	locks[0] = '\0';
	while (fgets(line, sizeof(line), f) != NULL) {
		for (i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
			if (strncmp(line, said[i], strlen(said[i])) == 0)
				used += (size_t)snprintf(
				    locks + used, LOCKS_MAX - used, "%s", line);
		}
	}
	fclose(f);
}

static void
has_the_same_locks(pid_t pid, pid_t other)
{
	char one[LOCKS_MAX], another[LOCKS_MAX];

	read_locks(pid, one);
	read_locks(other, another);
	if (strcmp(one, another) != 0) {
		fprintf(stderr, "%s, and its copy:\n%s", one, another);
		exit(2);
	}
}

/* Its child, which nobody hears of: it stands still, too. */
static struct tracee
copy_of(const struct tracee *t)
{
	static const uint64_t no_signal[ARGUMENTS_MAX];
	struct user_regs_struct regs = about_to(t, SYS_clone, no_signal, 0);
	struct tracee child = { .at = t->at };
	unsigned long pid;
	int status;

	set_options(t->pid, PTRACE_O_SUSPEND_SECCOMP | PTRACE_O_TRACECLONE);
	status = step(t->pid, &regs);
	if (status >> 8 != (SIGTRAP | PTRACE_EVENT_CLONE << 8)) {
		errno = (int)-result_of(t->pid);
		die("clone");
	}
	if (ptrace(PTRACE_GETEVENTMSG, t->pid, NULL, &pid) == -1 ||
	    waitpid((pid_t)pid, &status, __WALL) == -1 ||
	    ptrace(PTRACE_GETREGS, pid, NULL, &child.regs) == -1 ||
	    ptrace(PTRACE_SINGLESTEP, t->pid, NULL, NULL) == -1 ||
	    waitpid(t->pid, &status, __WALL) == -1)
		die("ptrace");
	child.pid = (pid_t)pid;
	set_options(child.pid, PTRACE_O_EXITKILL); /* its filter is back */
	has_the_same_locks(t->pid, child.pid);
	return child;
}

/* No zombie is left of it. */
static void
end_copy(const struct tracee *t, pid_t child)
{
	const uint64_t args[ARGUMENTS_MAX] = { (uint64_t)child, 0,
		(uint64_t)(__WALL | WNOHANG) };
	struct user_regs_struct regs = about_to(t, SYS_wait4, args, 0);

	if (kill(child, SIGKILL) == 0)
		(void)waitpid(child, NULL, __WALL);
	(void)step(t->pid, &regs);
	if (result_of(t->pid) != child)
		die("wait4");
}

/* ---- the call */

/* Says what came of it; 0: it is alive. */
static int
do_call(const struct tracee *t, int argc, char *argv[])
{
	static const uint8_t here[2] = { 0x0f, 0x05 }, i386[2] = { 0xcd, 0x80 };
	int is_i386 = strncmp(argv[0], "i386:", 5) == 0;
	uint8_t before[SCRATCH], scratch[SCRATCH] = { 0 };
	uint64_t args[ARGUMENTS_MAX] = { 0 };
	struct user_regs_struct regs;
	size_t used = 0;
	int i, status;

	copy(t->pid, t->regs.rsp, before, sizeof(before), 0);
	for (i = 1; i < argc; i++)
		args[i - 1] = argument(argv[i], t->regs.rsp, scratch, &used);
	if (used > 0)
		copy(t->pid, t->regs.rsp, scratch, used, 1);
	if (is_i386)
		put_instruction(t->pid, t->at, i386);
	regs = about_to(t, (uint64_t)strtoll(argv[0] + 5 * is_i386, NULL, 0),
	    args, is_i386);
	status = step(t->pid, &regs);
	if (WIFSIGNALED(status)) {
		printf("killed by %d\n", WTERMSIG(status));
		return -1;
	}
	printf("returned %lld\n", (long long)result_of(t->pid));
	if (is_i386)
		put_instruction(t->pid, t->at, here);
	copy(t->pid, t->regs.rsp, before, sizeof(before), 1);
	return 0;
}

static void
let_go(const struct tracee *t)
{
	ptrace(PTRACE_SETREGS, t->pid, NULL, &t->regs);
	ptrace(PTRACE_DETACH, t->pid, NULL, NULL);
}

int
main(int argc, char *argv[])
{
	int is_copy = argc > 1 && strcmp(argv[1], "-c") == 0;
	struct tracee t, child;

	argc -= 1 + is_copy;
	argv += 1 + is_copy;
	if (argc < 2 || argc > 2 + ARGUMENTS_MAX)
		return 2;
	t.pid = (pid_t)atoi(argv[0]);
	stop(t.pid);
	if (ptrace(PTRACE_GETREGS, t.pid, NULL, &t.regs) == -1)
		die("PTRACE_GETREGS");
	t.at = find_syscall(t.pid);
	if (is_copy) {
		child = copy_of(&t);
		(void)do_call(&child, argc - 1, argv + 1);
		end_copy(&t, child.pid);
		let_go(&t);
	} else if (do_call(&t, argc - 1, argv + 1) == 0) {
		let_go(&t);
	}
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * Makes another process do one system call, and says what came of it:
 *
 *	inject PID NUMBER [ARGUMENT ...]
 *
 * A number as in "i386:20" is one of i386's table, by int 0x80.  An argument is
 * a number, or @text, or #hex bytes: a pointer to them; or !hex
 * bytes: a pointer to a message of one byte to the address that they are.
 * Prints "returned N" or "killed by N".  For x86-64.
 */

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#define ARGUMENTS_MAX 6
#define SCRATCH 512 /* bytes of its stack, put back afterwards */

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

int
main(int argc, char *argv[])
{
	static const uint8_t here[2] = { 0x0f, 0x05 }, i386[2] = { 0xcd, 0x80 };
	uint8_t before[SCRATCH], scratch[SCRATCH] = { 0 };
	struct user_regs_struct saved, regs;
	uint64_t args[ARGUMENTS_MAX] = { 0 };
	uint64_t at;
	size_t used = 0;
	pid_t pid;
	int i, status, is_i386;

	if (argc < 3 || argc > 3 + ARGUMENTS_MAX)
		return 2;
	pid = (pid_t)atoi(argv[1]);
	stop(pid);
	if (ptrace(PTRACE_GETREGS, pid, NULL, &saved) == -1)
		die("PTRACE_GETREGS");
	regs = saved;
	copy(pid, saved.rsp, before, sizeof(before), 0);
	for (i = 3; i < argc; i++)
		args[i - 3] = argument(argv[i], saved.rsp, scratch, &used);
	if (used > 0)
		copy(pid, saved.rsp, scratch, used, 1);
	regs.rip = at = find_syscall(pid);
	is_i386 = strncmp(argv[2], "i386:", 5) == 0;
	if (is_i386)
		put_instruction(pid, at, i386);
	regs.rax = (uint64_t)strtoll(argv[2] + 5 * is_i386, NULL, 0);
	regs.orig_rax = (uint64_t)-1; /* no call that would be restarted */
	set_arguments(&regs, args, is_i386);
	if (ptrace(PTRACE_SETREGS, pid, NULL, &regs) == -1 ||
	    ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == -1 ||
	    waitpid(pid, &status, __WALL) == -1)
		die("ptrace");
	if (WIFSIGNALED(status)) {
		printf("killed by %d\n", WTERMSIG(status));
		return 0;
	}
	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) == -1)
		die("PTRACE_GETREGS");
	printf("returned %lld\n", (long long)regs.rax);
	if (is_i386)
		put_instruction(pid, at, here);
	copy(pid, saved.rsp, before, sizeof(before), 1);
	ptrace(PTRACE_SETREGS, pid, NULL, &saved);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return 0;
}

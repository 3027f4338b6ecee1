/* SPDX-License-Identifier: ISC */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>

/*
 * Which system calls a program may make, and what for.  Each program's
 * sandbox.c is such a table.  It is no part of the program: at build time
 * sandbox_compile.c turns it into a filter (filter.h), so that no process has
 * to carry the compiler, or may fail to compile.
 *
 * Every call that is not listed kills the process.
 */
struct sandbox_rule {
	int syscall;
	const char *why; /* for the reader: the kernel never sees it */
	int error;       /* fail with this errno instead of doing it; or 0 */
	unsigned int nargs;
	struct scmp_arg_cmp args[2]; /* all must hold for the rule to apply */
};

extern const struct sandbox_rule sandbox_rules[];
extern const size_t sandbox_nrules;

/* Argument n is value; argument n has no bit of mask set. */
#define SANDBOX_ARG(n, value) \
	.nargs = 1, .args = { SCMP_CMP(n, SCMP_CMP_EQ, value) }
#define SANDBOX_WITHOUT(n, mask) \
	.nargs = 1, .args = { SCMP_CMP(n, SCMP_CMP_MASKED_EQ, mask, 0) }

/* What every program needs: memory, time, its channel, an orderly end. */
#define SANDBOX_COMMON                                                        \
	{ SCMP_SYS(brk), "malloc" },                                          \
	    { SCMP_SYS(mmap), "malloc", SANDBOX_WITHOUT(2, PROT_EXEC) },      \
	    { SCMP_SYS(mprotect), "malloc", SANDBOX_WITHOUT(2, PROT_EXEC) },  \
	    { SCMP_SYS(mremap), "realloc" }, { SCMP_SYS(munmap), "free" },    \
	    { SCMP_SYS(madvise), "free" },                                    \
	    { SCMP_SYS(getrandom), "malloc's keys, seeds" },                  \
	    { SCMP_SYS(clock_gettime), "where the vdso asks the kernel" },    \
	    { SCMP_SYS(recvmsg), "chan.c" }, { SCMP_SYS(sendmsg), "chan.c" }, \
	    { SCMP_SYS(close), "descriptors" },                               \
	    { SCMP_SYS(getrusage), "vitals, for the metrics" },               \
	    { SCMP_SYS(restart_syscall), "after a stop signal" },             \
	    { SCMP_SYS(rt_sigreturn), "signal handlers" },                    \
	    { SCMP_SYS(rt_sigprocmask), "abort" },                            \
	    { SCMP_SYS(getpid), "abort" }, { SCMP_SYS(gettid), "abort" },     \
	    { SCMP_SYS(tgkill), "abort", .nargs = 1,                          \
		    .args = { SCMP_CMP(2, SCMP_CMP_EQ, 6) } },                \
	{                                                                     \
		SCMP_SYS(exit_group), "exit"                                  \
	}

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "lockdown.h"

/*
 * Which system calls a program may make, and what for.  Each program's
 * sandbox.c is such a table.  It is no part of the program: at build time
 * sandbox_compile.c turns it into a filter (filter.h), so that no process has
 * to carry the compiler, or may fail to compile.
 *
 * Every call that is not listed kills the process, and so does every listed
 * one with other arguments than its rules say.
 */
#define SANDBOX_ARGS_MAX 4

struct sandbox_rule {
	int syscall;
	const char *why; /* for the reader: the kernel never sees it */
	int error;       /* fail with this errno instead of doing it; or 0 */
	/* kills, on so many listeners: argument 0 is none of them */
	unsigned int guards;
	/* of different arguments; all must hold for the rule to apply */
	struct scmp_arg_cmp args[SANDBOX_ARGS_MAX];
};

extern const struct sandbox_rule sandbox_rules[];
extern const size_t sandbox_nrules;

/* The end of a rule: what has to hold of its arguments. */
#define SANDBOX_IF(...) .args = { __VA_ARGS__ }

/*
 * A listening socket outlives the process that accepts on it, and so would
 * what is done to it.  By arguments alone libseccomp cannot tell it from
 * others: the number is an int, and its upper half anything.
 */
#define SANDBOX_GUARDED .guards = 1
#define SANDBOX_GUARDED_BOTH .guards = 2

/*
 * Argument n, which the kernel takes for an int, is value; has no bits but
 * these; has none of these.  The upper half of the register is nobody's: the
 * kernel does not read it, and a compiler may leave anything there.
 */
#define ARG_IS(n, value) SCMP_CMP(n, SCMP_CMP_MASKED_EQ, 0xffffffff, value)
#define ARG_WITHIN(n, bits) \
	SCMP_CMP(n, SCMP_CMP_MASKED_EQ, 0xffffffff & ~(uint64_t)(bits), 0)
#define ARG_WITHOUT(n, bits) SCMP_CMP(n, SCMP_CMP_MASKED_EQ, bits, 0)
/* Argument n is value, with some of these bits or without. */
#define ARG_IS_BUT_FOR(n, value, bits) \
	SCMP_CMP(n, SCMP_CMP_MASKED_EQ, 0xffffffff & ~(uint64_t)(bits), value)
/* Argument n is a pointer to something that cannot be changed. */
#define ARG_IS_CONSTANT(n) SCMP_CMP(n, SCMP_CMP_EQ, CONSTANT_AT)
/* ... to what is above that, and all else is. */
#define ARG_IS_ABOVE_CONSTANT(n) \
	SCMP_CMP(n, SCMP_CMP_GE, CONSTANT_AT + CONSTANT_MAX)
/* Argument n is a null pointer, in all its bits. */
#define ARG_IS_NULL(n) SCMP_CMP(n, SCMP_CMP_EQ, 0)

/* The same, for a rule about one argument. */
#define SANDBOX_ARG(n, value) SANDBOX_IF(ARG_IS(n, value))
#define SANDBOX_WITHIN(n, bits) SANDBOX_IF(ARG_WITHIN(n, bits))
#define SANDBOX_WITHOUT(n, bits) SANDBOX_IF(ARG_WITHOUT(n, bits))

/* Readable and writable, and never anything else. */
#define SANDBOX_RW (PROT_READ | PROT_WRITE)

/* Memory of its own: no file's, nobody else's, at no address of its choice. */
#define SANDBOX_MAP (MAP_PRIVATE | MAP_ANONYMOUS)
#define SANDBOX_MAP_IF_LIKED (MAP_NORESERVE | MAP_STACK)

/* Clocks of the machine; another process's has a number outside. */
#define SANDBOX_CLOCKS 0xf

/*
 * What every program needs: memory, time, its channel, an orderly end.  One
 * that has to abort(3) is killed for it, which is an end as good.
 *
 * Messages go out by send(2) as long as no descriptor goes with them: there is
 * then nothing that the filter cannot see, neither an address nor a descriptor.
 */
#define SANDBOX_COMMON                                                       \
	{ SCMP_SYS(brk), "malloc" },                                         \
	    { SCMP_SYS(mmap), "malloc",                                      \
		    SANDBOX_IF(ARG_WITHIN(2, SANDBOX_RW),                    \
			ARG_IS_BUT_FOR(                                      \
			    3, SANDBOX_MAP, SANDBOX_MAP_IF_LIKED)) },        \
	    { SCMP_SYS(mprotect), "malloc", SANDBOX_WITHIN(2, SANDBOX_RW) }, \
	    { SCMP_SYS(mremap), "realloc",                                   \
		    SANDBOX_IF(ARG_IS_ABOVE_CONSTANT(0),                     \
			ARG_IS(3, MREMAP_MAYMOVE)) },                        \
	    { SCMP_SYS(munmap), "free",                                      \
		    SANDBOX_IF(ARG_IS_ABOVE_CONSTANT(0)) },                  \
	    { SCMP_SYS(madvise), "free", SANDBOX_ARG(2, MADV_DONTNEED) },    \
	    { SCMP_SYS(getrandom), "malloc's keys, seeds",                   \
		    SANDBOX_WITHIN(2, GRND_NONBLOCK) },                      \
	    { SCMP_SYS(clock_gettime), "where the vdso asks the kernel",     \
		    SANDBOX_WITHIN(0, SANDBOX_CLOCKS) },                     \
	    { SCMP_SYS(recvmsg), "chan.c",                                   \
		    SANDBOX_WITHIN(2, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) },    \
	    { SCMP_SYS(sendto), "chan.c; on what is connected, and so only", \
		    SANDBOX_IF(ARG_WITHIN(3, MSG_DONTWAIT | MSG_NOSIGNAL),   \
			ARG_IS_NULL(4), ARG_IS(5, 0)) },                     \
	    { SCMP_SYS(close), "descriptors" },                              \
	    { SCMP_SYS(getrusage), "vitals, for the metrics",                \
		    SANDBOX_ARG(0, RUSAGE_SELF) },                           \
	    { SCMP_SYS(restart_syscall), "after a stop signal" },            \
	{                                                                    \
		SCMP_SYS(exit_group), "exit"                                 \
	}

/* EPOLL_CTL_ADD, _DEL, _MOD */
#define SANDBOX_EPOLL 3

/* For those that pass descriptors on. */
#define SANDBOX_PASS                                      \
	{                                                 \
		SCMP_SYS(sendmsg), "chan.c: descriptors", \
		    SANDBOX_WITHIN(2, MSG_NOSIGNAL)       \
	}

#endif

/* SPDX-License-Identifier: ISC */
/*
 * What the dialer may ask of the kernel, and what for.  It is the one process
 * that may make connections; it accepts none, and writes no file.
 */

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "nitems.h"
#include "sandbox.h"

#define SOCKET(family)                                    \
	{                                                 \
		SCMP_SYS(socket), "getaddrinfo, connect", \
		    SANDBOX_ARG(0, family)                \
	}
#define FCNTL(command)                                            \
	{                                                         \
		SCMP_SYS(fcntl), "files", SANDBOX_ARG(1, command) \
	}

const struct sandbox_rule sandbox_rules[] = {
	SANDBOX_COMMON,

	SANDBOX_PASS,

	/* the loop */
	{ SCMP_SYS(epoll_wait), "libevent" },
	{ SCMP_SYS(epoll_ctl), "libevent" },
	{ SCMP_SYS(eventfd2), "resolver.c" },
	{ SCMP_SYS(write), "resolver.c: there is an answer" },

	/* threads: made once locked up, so that they are too; no process */
	{ SCMP_SYS(clone3), "pthread_create falls back", .error = ENOSYS },
	{ SCMP_SYS(clone), "pthread_create",
	    SANDBOX_IF(
		SCMP_CMP(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) },
	{ SCMP_SYS(rt_sigaction), "pthread_create" },
	{ SCMP_SYS(rt_sigprocmask), "pthread_create" },
	{ SCMP_SYS(rseq), "pthread_create" },
	{ SCMP_SYS(set_robust_list), "pthread_create" },
	{ SCMP_SYS(futex), "locks" },
	{ SCMP_SYS(exit), "the end of a thread" },

	/* connections; sendmsg, recvmsg and close are among the common ones */
	SOCKET(AF_INET),
	SOCKET(AF_INET6),
	SOCKET(AF_UNIX),
	SOCKET(AF_NETLINK),
	{ SCMP_SYS(connect), "upstreams, name servers, nscd" },
	{ SCMP_SYS(setsockopt), "keep-alive, getaddrinfo" },
	{ SCMP_SYS(getsockopt), "has it connected?",
	    SANDBOX_IF(ARG_IS(1, SOL_SOCKET), ARG_IS(2, SO_ERROR)) },

	/* getaddrinfo(3) */
	{ SCMP_SYS(openat), "hosts, resolv.conf, ...",
	    SANDBOX_WITHOUT(2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC) },
	{ SCMP_SYS(read), "the same" },
	{ SCMP_SYS(lseek), "the same" },
	{ SCMP_SYS(newfstatat), "the same" },
	{ SCMP_SYS(fstat), "the same" },
	{ SCMP_SYS(stat), "the same" },
	{ SCMP_SYS(statx), "the same" },
	{ SCMP_SYS(access), "the same" },
	FCNTL(F_GETFL),
	FCNTL(F_SETFL),
	FCNTL(F_GETFD),
	FCNTL(F_SETFD),
	{ SCMP_SYS(bind), "which families there are: netlink only",
	    SANDBOX_ARG(2, sizeof(struct sockaddr_nl)) },
	{ SCMP_SYS(getsockname), "circle.c, dials.c; getaddrinfo" },
	{ SCMP_SYS(sendto), "which families there are: netlink only",
	    SANDBOX_ARG(5, sizeof(struct sockaddr_nl)) },
	{ SCMP_SYS(sendmmsg), "name servers" },
	{ SCMP_SYS(recvfrom), "name servers" },
	{ SCMP_SYS(poll), "name servers" },
	{ SCMP_SYS(ioctl), "name servers: how much has come",
	    SANDBOX_ARG(1, FIONREAD) },
	{ SCMP_SYS(ioctl), "has a worker read its answers?",
	    SANDBOX_ARG(1, SIOCOUTQ) },
	{ SCMP_SYS(uname), "resolv.conf without a domain" },
};

const size_t sandbox_nrules = nitems(sandbox_rules);

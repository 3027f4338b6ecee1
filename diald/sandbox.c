/* SPDX-License-Identifier: ISC */
/*
 * What the dialer may ask of the kernel, and what for.  It is the one process
 * that may make connections; it accepts none, and opens no file.  The filter
 * does not see where connect(2) leads: to an address of IP and over TCP it is
 * because there is no other socket that could be connected.
 */

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "nitems.h"
#include "sandbox.h"

#define SOCKET(family)                                                         \
	{                                                                      \
		SCMP_SYS(socket), "sockets.c",                                 \
		    SANDBOX_IF(ARG_IS(0, family),                              \
			ARG_IS(1, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC), \
			ARG_IS(2, 0))                                          \
	}
#define OPTION(level, option)                                       \
	{                                                           \
		SCMP_SYS(setsockopt), "sockets.c",                  \
		    SANDBOX_IF(ARG_IS(1, level), ARG_IS(2, option), \
			ARG_IS(4, sizeof(int)))                     \
	}

const struct sandbox_rule sandbox_rules[] = {
	SANDBOX_COMMON,

	SANDBOX_PASS,

	/* the loop */
	{ SCMP_SYS(epoll_wait), "libevent" },
	{ SCMP_SYS(epoll_ctl), "libevent", SANDBOX_WITHIN(1, SANDBOX_EPOLL) },
	{ SCMP_SYS(sched_yield), "turns.c" },

	/* connections */
	SOCKET(AF_INET),
	SOCKET(AF_INET6),
	OPTION(IPPROTO_TCP, TCP_NODELAY),
	OPTION(SOL_SOCKET, SO_KEEPALIVE),
	OPTION(IPPROTO_TCP, TCP_KEEPIDLE),
	OPTION(IPPROTO_TCP, TCP_KEEPINTVL),
	OPTION(IPPROTO_TCP, TCP_KEEPCNT),
	{ SCMP_SYS(connect), "upstreams" },
	{ SCMP_SYS(getsockopt), "has it connected?",
	    SANDBOX_IF(ARG_IS(1, SOL_SOCKET), ARG_IS(2, SO_ERROR)) },
	{ SCMP_SYS(getsockname), "own.c, dials.c" },
	{ SCMP_SYS(getpeername), "dials.c: has it connected at once?" },
	{ SCMP_SYS(ioctl), "has a worker read its answers?",
	    SANDBOX_ARG(1, SIOCOUTQ) },
};

const size_t sandbox_nrules = nitems(sandbox_rules);

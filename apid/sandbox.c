/* SPDX-License-Identifier: ISC */
/*
 * What the REST process may ask of the kernel, and what for.  It has no call
 * to open, to connect or to listen: its descriptors are given to it.
 */

#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "lockdown.h"
#include "nitems.h"
#include "sandbox.h"

#define TCP_OPTION(option)                                                  \
	{                                                                   \
		SCMP_SYS(setsockopt), "when to send", SANDBOX_GUARDED_BOTH, \
		    SANDBOX_IF(ARG_IS(1, IPPROTO_TCP), ARG_IS(2, option),   \
			ARG_IS(4, sizeof(int)))                             \
	}

const struct sandbox_rule sandbox_rules[] = {
	SANDBOX_COMMON,

	/* the loop */
	{ SCMP_SYS(poll), "main.c, wire.c" },
	{ SCMP_SYS(epoll_wait), "libmicrohttpd" },
	{ SCMP_SYS(epoll_ctl), "libmicrohttpd",
	    SANDBOX_WITHIN(1, SANDBOX_EPOLL) },

	/*
	 * Connections; sendto, recvmsg and close are among the common ones.
	 * What sendmsg(2) is pointed at may have an address in it: nothing
	 * looks at one on a socket that is connected, or was.
	 */
	{ SCMP_SYS(accept4), "clients",
	    SANDBOX_WITHIN(3, SOCK_NONBLOCK | SOCK_CLOEXEC) },
	{ SCMP_SYS(recvfrom), "wire.c, clients.c: requests",
	    SANDBOX_WITHIN(3, MSG_PEEK) },
	{ SCMP_SYS(sendmsg), "replies; clients, to the next apid",
	    SANDBOX_WITHIN(2, MSG_NOSIGNAL | MSG_MORE) },
	{ SCMP_SYS(shutdown), "their end", SANDBOX_GUARDED_BOTH,
	    SANDBOX_ARG(1, SHUT_WR) },
	{ SCMP_SYS(shutdown), "... at once", SANDBOX_GUARDED_BOTH,
	    SANDBOX_ARG(1, SHUT_RDWR) },
	{ SCMP_SYS(shutdown), "wire.c: theirs, again", SANDBOX_GUARDED_BOTH,
	    SANDBOX_ARG(1, SHUT_RD) },
	{ SCMP_SYS(dup3), "child_take_listener",
	    SANDBOX_IF(ARG_IS(1, LISTENER_FD), ARG_IS(2, O_CLOEXEC)) },
	{ SCMP_SYS(dup3), "... the other one",
	    SANDBOX_IF(ARG_IS(1, SOCKET_FD), ARG_IS(2, O_CLOEXEC)) },
	{ SCMP_SYS(dup), "ask.c: a client, for ctld to ask who it is",
	    SANDBOX_GUARDED_BOTH },
	{ SCMP_SYS(getsockopt), "clients.c: who is it, of the socket?",
	    SANDBOX_IF(ARG_IS(1, SOL_SOCKET), ARG_IS(2, SO_PEERCRED)) },
	{ SCMP_SYS(getpeername), "who they are, from an earlier apid" },
	TCP_OPTION(TCP_NODELAY),
	TCP_OPTION(TCP_CORK),
	TCP_OPTION(TCP_USER_TIMEOUT),
	TCP_OPTION(TCP_NOTSENT_LOWAT),
	{ SCMP_SYS(fcntl), "libmicrohttpd: does it block?",
	    SANDBOX_ARG(1, F_GETFL) },

	/* files: there are those that were opened by toxid */
	{ SCMP_SYS(read), "the configuration file" },
	{ SCMP_SYS(pread64), "certificate and key" },
	{ SCMP_SYS(futex), "GnuTLS: what is done once; there is nobody to wake",
	    SANDBOX_ARG(1, FUTEX_WAKE | FUTEX_PRIVATE_FLAG) },
	/* libmicrohttpd wakes itself by an eventfd */
	{ SCMP_SYS(write), "MHD_resume_connection" },
};

const size_t sandbox_nrules = nitems(sandbox_rules);

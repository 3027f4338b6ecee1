/* SPDX-License-Identifier: ISC */
/*
 * What the REST process may ask of the kernel, and what for.  It has no call
 * to open, to connect or to listen: its descriptors are given to it.
 */

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "nitems.h"
#include "sandbox.h"

const struct sandbox_rule sandbox_rules[] = {
	SANDBOX_COMMON,

	/* the loop */
	{ SCMP_SYS(poll), "main.c" },
	{ SCMP_SYS(epoll_wait), "libmicrohttpd" },
	{ SCMP_SYS(epoll_ctl), "libmicrohttpd" },

	/* connections; sendmsg, recvmsg and close are among the common ones */
	{ SCMP_SYS(accept4), "clients" },
	{ SCMP_SYS(recvfrom), "requests" },
	{ SCMP_SYS(sendto), "replies" },
	{ SCMP_SYS(shutdown), "their end" },
	{ SCMP_SYS(getpeername), "who they are, from an earlier apid" },
	{ SCMP_SYS(getsockname), "guard.c: which address was called" },
	{ SCMP_SYS(setsockopt), "when to send", .nargs = 1,
	    .args = { SCMP_CMP(1, SCMP_CMP_EQ, IPPROTO_TCP) } },
	{ SCMP_SYS(fcntl), "libmicrohttpd, chan_open", .nargs = 1,
	    .args = { SCMP_CMP(1, SCMP_CMP_EQ, F_GETFL) } },
	{ SCMP_SYS(fcntl), "libmicrohttpd, chan_open", .nargs = 1,
	    .args = { SCMP_CMP(1, SCMP_CMP_EQ, F_SETFL) } },
	{ SCMP_SYS(fcntl), "libmicrohttpd", .nargs = 1,
	    .args = { SCMP_CMP(1, SCMP_CMP_EQ, F_GETFD) } },
	{ SCMP_SYS(fcntl), "libmicrohttpd", .nargs = 1,
	    .args = { SCMP_CMP(1, SCMP_CMP_EQ, F_SETFD) } },

	/* files: there is one, and it was opened by the supervisor */
	{ SCMP_SYS(read), "the configuration file" },
	/* libmicrohttpd wakes itself by an eventfd */
	{ SCMP_SYS(write), "MHD_resume_connection" },
};

const size_t sandbox_nrules = nitems(sandbox_rules);

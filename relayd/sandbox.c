/* SPDX-License-Identifier: ISC */
/*
 * What a relay worker may ask of the kernel, and what for.  Nothing here makes
 * a descriptor but accept4(2), pipe2(2), and what comes over a channel.
 */

#include <fcntl.h>
#include <sys/socket.h>

#include "nitems.h"
#include "sandbox.h"

const struct sandbox_rule sandbox_rules[] = {
	SANDBOX_COMMON,

	/* the loop */
	{ SCMP_SYS(epoll_wait), "loop.c" },
	{ SCMP_SYS(epoll_ctl), "loop.c" },
	{ SCMP_SYS(timerfd_settime), "the nearest deadline" },

	/* sessions; recvmsg, sendmsg and close are among the common ones */
	{ SCMP_SYS(accept4), "clients" },
	{ SCMP_SYS(recvfrom), "messages: less work than recvmsg" },
	{ SCMP_SYS(sendto), "messages, on connected sockets only", .nargs = 1,
	    .args = { SCMP_CMP(4, SCMP_CMP_EQ, 0) } },
	{ SCMP_SYS(splice), "bulk" },
	{ SCMP_SYS(pipe2), "bulk" },
	{ SCMP_SYS(fcntl), "bulk", .nargs = 1,
	    .args = { SCMP_CMP(1, SCMP_CMP_EQ, F_SETPIPE_SZ) } },
	{ SCMP_SYS(shutdown), "the end of one direction, and of listening" },
	{ SCMP_SYS(setsockopt), "a reset instead of an end", .nargs = 2,
	    .args = { SCMP_CMP(1, SCMP_CMP_EQ, SOL_SOCKET),
		SCMP_CMP(2, SCMP_CMP_EQ, SO_LINGER) } },
	{ SCMP_SYS(getsockopt), "has it been reset?", .nargs = 2,
	    .args = { SCMP_CMP(1, SCMP_CMP_EQ, SOL_SOCKET),
		SCMP_CMP(2, SCMP_CMP_EQ, SO_ERROR) } },

	/* descriptors that come: the listener, the channel to diald */
	{ SCMP_SYS(fcntl), "chan_open", .nargs = 2,
	    .args = { SCMP_CMP(1, SCMP_CMP_EQ, F_SETFL),
		SCMP_CMP(2, SCMP_CMP_EQ, O_NONBLOCK) } },
};

const size_t sandbox_nrules = nitems(sandbox_rules);

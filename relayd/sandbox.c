/* SPDX-License-Identifier: ISC */
/*
 * What a relay worker may ask of the kernel, and what for.  Nothing here makes
 * a descriptor but accept4(2), pipe2(2), and what comes over a channel.
 */

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "lockdown.h"
#include "nitems.h"
#include "sandbox.h"

const struct sandbox_rule sandbox_rules[] = {
	SANDBOX_COMMON,

	/* the loop */
	{ SCMP_SYS(epoll_wait), "watch.c" },
	{ SCMP_SYS(epoll_ctl), "watch.c", SANDBOX_WITHIN(1, SANDBOX_EPOLL) },
	{ SCMP_SYS(timerfd_settime), "the nearest deadline",
	    SANDBOX_ARG(1, TFD_TIMER_ABSTIME) },

	/*
	 * Sessions; sendto and close are among the common ones.  Without
	 * sendmsg(2) no address, and no descriptor, leaves it.
	 */
	{ SCMP_SYS(accept4), "clients",
	    SANDBOX_WITHIN(3, SOCK_NONBLOCK | SOCK_CLOEXEC) },
	{ SCMP_SYS(recvfrom), "messages: less work than recvmsg",
	    SANDBOX_WITHIN(3, MSG_DONTWAIT | MSG_PEEK) },
	{ SCMP_SYS(sendto), "slices: none is joined with another",
	    SANDBOX_IF(ARG_WITHIN(3, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_EOR),
		ARG_IS_NULL(4), ARG_IS(5, 0)) },
	{ SCMP_SYS(writev), "what toxics have held" },
	{ SCMP_SYS(splice), "bulk",
	    SANDBOX_IF(ARG_IS_NULL(1), ARG_IS_NULL(3),
		ARG_WITHIN(5, SPLICE_F_MOVE | SPLICE_F_NONBLOCK)) },
	{ SCMP_SYS(pipe2), "bulk", SANDBOX_WITHIN(1, O_NONBLOCK | O_CLOEXEC) },
	{ SCMP_SYS(fcntl), "bulk", SANDBOX_ARG(1, F_SETPIPE_SZ) },
	/* To what listens it does nothing: SHUT_RD would end the listening. */
	{ SCMP_SYS(shutdown), "the end of one direction", SANDBOX_GUARDED,
	    SANDBOX_ARG(1, SHUT_WR) },
	{ SCMP_SYS(dup3), "child_take_listener",
	    SANDBOX_IF(ARG_IS(1, LISTENER_FD), ARG_IS(2, O_CLOEXEC)) },
	{ SCMP_SYS(setsockopt), "a reset instead of an end", SANDBOX_GUARDED,
	    SANDBOX_IF(ARG_IS(1, SOL_SOCKET), ARG_IS(2, SO_LINGER),
		ARG_IS_CONSTANT(3), ARG_IS(4, sizeof(struct linger))) },
	/* With one of toxid's programs: it has no descriptor of another. */
	{ SCMP_SYS(setsockopt), "loss.c: segments that are lost",
	    SANDBOX_GUARDED,
	    SANDBOX_IF(ARG_IS(1, SOL_SOCKET), ARG_IS(2, SO_ATTACH_BPF),
		ARG_IS(4, sizeof(int))) },
	{ SCMP_SYS(setsockopt), "loss.c: ... no more", SANDBOX_GUARDED,
	    SANDBOX_IF(ARG_IS(1, SOL_SOCKET), ARG_IS(2, SO_DETACH_BPF),
		ARG_IS(4, sizeof(int))) },
	{ SCMP_SYS(getsockopt), "has it been reset?",
	    SANDBOX_IF(ARG_IS(1, SOL_SOCKET), ARG_IS(2, SO_ERROR)) },
	{ SCMP_SYS(getsockopt), "listener.c: does it hear?",
	    SANDBOX_IF(ARG_IS(1, IPPROTO_IP), ARG_IS(2, IP_MINTTL)) },
	{ SCMP_SYS(ioctl), "has the peer's kernel got all?",
	    SANDBOX_ARG(1, SIOCOUTQ) },
};

const size_t sandbox_nrules = nitems(sandbox_rules);

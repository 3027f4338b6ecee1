/* SPDX-License-Identifier: ISC */
/*
 * What ctld may ask of the kernel, and what for.  It opens nothing, connects to
 * nothing, and has no socket but pairs, whose ends it gives to children: for
 * everything else it asks toxid.
 */

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "nitems.h"
#include "sandbox.h"

/* Of clock_getcpuclockid(3): all its bits but those of the number. */
#define CLOCK_OF_PROCESS SCMP_CMP(0, SCMP_CMP_MASKED_EQ, 0x80000007, 0x80000002)

const struct sandbox_rule sandbox_rules[] = {
	SANDBOX_COMMON,

	/* children: messages with a descriptor, and lines between them */
	SANDBOX_PASS,
	{ SCMP_SYS(socketpair), "lines.c, dispatch_resolvd.c",
	    SANDBOX_IF(ARG_IS(0, AF_UNIX),
		ARG_IS(1, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC),
		ARG_IS(2, 0)) },
	{ SCMP_SYS(clock_gettime), "heart.c: what a child has used",
	    SANDBOX_IF(CLOCK_OF_PROCESS) },
	{ SCMP_SYS(clock_getres), "heart.c: is there such a clock?",
	    SANDBOX_IF(CLOCK_OF_PROCESS) },

	/* the loop */
	{ SCMP_SYS(epoll_wait), "watch.c" },
	{ SCMP_SYS(epoll_ctl), "watch.c", SANDBOX_WITHIN(1, SANDBOX_EPOLL) },
	{ SCMP_SYS(timerfd_settime), "deadlines.c",
	    SANDBOX_ARG(1, TFD_TIMER_ABSTIME) },
	{ SCMP_SYS(sched_yield), "quota.c: before one that floods" },
	{ SCMP_SYS(poll), "settings.c, output.c, takeover.c" },

	/* listeners, which toxid has bound */
	{ SCMP_SYS(getsockopt), "inspect.c: is it as it was? clients.c" },
	{ SCMP_SYS(getsockname), "api.c: where is it?" },
	{ SCMP_SYS(shutdown), "listen.c: at the end, or until it is enabled",
	    SANDBOX_ARG(1, SHUT_RDWR) },
	{ SCMP_SYS(setsockopt), "listen.c: a port is held, for nobody else",
	    SANDBOX_IF(ARG_IS(1, SOL_SOCKET), ARG_IS(2, SO_REUSEADDR),
		ARG_IS(4, sizeof(int))) },
	{ SCMP_SYS(setsockopt), "listen.c: it hears nobody, or does again",
	    SANDBOX_IF(ARG_IS(1, IPPROTO_IP), ARG_IS(2, IP_MINTTL),
		ARG_IS(4, sizeof(int))) },
	{ SCMP_SYS(setsockopt), "listen.c: of IPv6",
	    SANDBOX_IF(ARG_IS(1, IPPROTO_IPV6), ARG_IS(2, IPV6_MINHOPCOUNT),
		ARG_IS(4, sizeof(int))) },
	{ SCMP_SYS(setsockopt), "syn_loss.c: first packets are lost",
	    SANDBOX_IF(ARG_IS(1, SOL_SOCKET), ARG_IS(2, SO_ATTACH_BPF),
		ARG_IS(4, sizeof(int))) },
	{ SCMP_SYS(setsockopt), "syn_loss.c: ... no more",
	    SANDBOX_IF(ARG_IS(1, SOL_SOCKET), ARG_IS(2, SO_DETACH_BPF),
		ARG_IS(4, sizeof(int))) },
	{ SCMP_SYS(listen), "listen.c: to one at most", SANDBOX_ARG(1, 0) },
	{ SCMP_SYS(fcntl), "inspect.c: does it wait?",
	    SANDBOX_ARG(1, F_GETFL) },
	{ SCMP_SYS(fcntl), "inspect.c: who gets a signal?",
	    SANDBOX_ARG(1, F_GETOWN_EX) },
	{ SCMP_SYS(fcntl), "inspect.c: which?", SANDBOX_ARG(1, F_GETSIG) },
	{ SCMP_SYS(fcntl), "copies, for children",
	    SANDBOX_ARG(1, F_DUPFD_CLOEXEC) },
	{ SCMP_SYS(prlimit64), "are descriptors short?",
	    SANDBOX_IF(
		ARG_IS(0, 0), ARG_IS(1, RLIMIT_NOFILE), ARG_IS_NULL(2)) },

	/* files: the log, and what outlives it */
	{ SCMP_SYS(read), "the doorbell, timers" },
	{ SCMP_SYS(write), "the log" },
	{ SCMP_SYS(pread64), "the journal; settings.c: is it an object?" },
	{ SCMP_SYS(pwrite64), "the journal" },
	{ SCMP_SYS(ftruncate), "the journal" },
	{ SCMP_SYS(lseek), "its length; a configuration file, again" },

	/* rules and tokens */
	{ SCMP_SYS(sysinfo), "to sort many of them: qsort(3) asks first" },
};

const size_t sandbox_nrules = nitems(sandbox_rules);

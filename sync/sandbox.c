/* SPDX-License-Identifier: ISC */
/*
 * What toxid-sync may ask of the kernel, and what for.  It connects, reads
 * files, and writes its log; it accepts nothing, makes no file, and has no
 * thread.  The filter does not see where connect(2) leads: Landlock knows the
 * ports of TCP.
 */

#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "nitems.h"
#include "sandbox.h"

#define SOCKET(family, type)                                                   \
	{                                                                      \
		SCMP_SYS(socket), "libcurl, c-ares",                           \
		    SANDBOX_IF(ARG_IS(0, family),                              \
			ARG_IS_BUT_FOR(1, type, SOCK_NONBLOCK | SOCK_CLOEXEC)) \
	}
#define SET_TCP(name)                                                   \
	{                                                               \
		SCMP_SYS(setsockopt), "libcurl",                        \
		    SANDBOX_IF(ARG_IS(1, IPPROTO_TCP), ARG_IS(2, name)) \
	}

const struct sandbox_rule sandbox_rules[] = {
	SANDBOX_COMMON,

	/* the loop */
	{ SCMP_SYS(epoll_wait), "libevent" },
	{ SCMP_SYS(epoll_ctl), "libevent", SANDBOX_WITHIN(1, SANDBOX_EPOLL) },
	{ SCMP_SYS(poll), "libcurl: is a connection still there; the log" },

	/* etcd, toxid, name servers */
	SOCKET(AF_INET, SOCK_DGRAM),
	SOCKET(AF_INET, SOCK_STREAM),
	SOCKET(AF_INET6, SOCK_DGRAM),
	SOCKET(AF_INET6, SOCK_STREAM),
	{ SCMP_SYS(connect), "the same; in what order addresses go" },
	{ SCMP_SYS(getsockname), "the same" },
	{ SCMP_SYS(getpeername), "libcurl" },
	{ SCMP_SYS(recvfrom), "libcurl, c-ares",
	    SANDBOX_WITHIN(3, MSG_PEEK | MSG_DONTWAIT) },
	{ SCMP_SYS(writev), "c-ares, by TCP" },
	SET_TCP(TCP_NODELAY),
	SET_TCP(TCP_KEEPIDLE),
	SET_TCP(TCP_KEEPINTVL),
	{ SCMP_SYS(setsockopt), "libcurl",
	    SANDBOX_IF(ARG_IS(1, SOL_SOCKET), ARG_IS(2, SO_KEEPALIVE)) },
	{ SCMP_SYS(getsockopt), "libcurl",
	    SANDBOX_IF(ARG_IS(1, SOL_SOCKET), ARG_IS(2, SO_ERROR)) },
	{ SCMP_SYS(fcntl), "libcurl, c-ares", SANDBOX_ARG(1, F_GETFL) },
	{ SCMP_SYS(fcntl), "the same", SANDBOX_ARG(1, F_SETFL) },
	{ SCMP_SYS(fcntl), "the same", SANDBOX_ARG(1, F_GETFD) },
	{ SCMP_SYS(fcntl), "the same", SANDBOX_ARG(1, F_SETFD) },
	{ SCMP_SYS(sysinfo), "to sort addresses: qsort(3) asks first" },

	/* files, by stdio; TLS by a socket as by a file; the log */
	{ SCMP_SYS(openat), "hosts, resolv.conf, certificates, secrets",
	    SANDBOX_WITHIN(2, O_RDONLY | O_CLOEXEC) },
	{ SCMP_SYS(read), "the same, TLS, signals" },
	{ SCMP_SYS(write), "TLS, the log" },
	{ SCMP_SYS(lseek), "stdio" },
	{ SCMP_SYS(newfstatat), "stdio, certificates" },
	{ SCMP_SYS(fstat), "stdio" },
	{ SCMP_SYS(uname), "resolv.conf without a domain" },
	{ SCMP_SYS(getpid), "OpenSSL: it may have been forked" },
	{ SCMP_SYS(futex), "what is done once: nobody waits",
	    SANDBOX_ARG(1, FUTEX_WAKE_PRIVATE) },
};

const size_t sandbox_nrules = nitems(sandbox_rules);

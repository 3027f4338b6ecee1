/* SPDX-License-Identifier: ISC */
/*
 * What the resolver may ask of the kernel, and what for.  It reads files,
 * speaks with name servers, and makes sockets that say which address of this
 * host would reach another; it accepts no connection and writes no file.  The
 * filter does not see where connect(2) leads: Landlock knows its port, of TCP.
 */

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "nitems.h"
#include "sandbox.h"

#define SOCKET(family, type)                                            \
	{                                                               \
		SCMP_SYS(socket), "sockets.c, numbers.c, order.c",      \
		    SANDBOX_IF(ARG_IS(0, family),                       \
			ARG_IS(1, type | SOCK_NONBLOCK | SOCK_CLOEXEC), \
			ARG_IS(2, 0))                                   \
	}

const struct sandbox_rule sandbox_rules[] = {
	SANDBOX_COMMON,

	/* the loop */
	{ SCMP_SYS(epoll_wait), "libevent" },
	{ SCMP_SYS(epoll_ctl), "libevent", SANDBOX_WITHIN(1, SANDBOX_EPOLL) },

	/* name servers */
	SOCKET(AF_INET, SOCK_DGRAM),
	SOCKET(AF_INET, SOCK_STREAM),
	SOCKET(AF_INET6, SOCK_DGRAM),
	SOCKET(AF_INET6, SOCK_STREAM),
	{ SCMP_SYS(connect), "name servers; in what order addresses go" },
	{ SCMP_SYS(getsockname), "in what order addresses go" },
	{ SCMP_SYS(sysinfo), "to sort many of them: qsort(3) asks first" },

	/* files, by stdio; and the domain in this host's name */
	{ SCMP_SYS(openat), "hosts, resolv.conf, ...",
	    SANDBOX_WITHIN(2, O_RDONLY | O_CLOEXEC) },
	{ SCMP_SYS(read), "the same" },
	{ SCMP_SYS(lseek), "the same" },
	{ SCMP_SYS(newfstatat), "the same" },
	{ SCMP_SYS(fstat), "the same" },
	{ SCMP_SYS(uname), "resolv.conf without a domain" },

	/* zones */
	{ SCMP_SYS(ioctl), "numbers.c", SANDBOX_ARG(1, SIOCGIFINDEX) },
	{ SCMP_SYS(ioctl), "numbers.c", SANDBOX_ARG(1, SIOCGIFNAME) },
};

const size_t sandbox_nrules = nitems(sandbox_rules);

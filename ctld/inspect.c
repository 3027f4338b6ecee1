/* SPDX-License-Identifier: ISC */
/*
 * What a child may have done to a listening socket that it was lent.  The
 * socket outlives it, what it accepts inherits its options, and whoever has a
 * copy may end its listening: so it is compared with one that nobody had but
 * toxid, and this process, which can set none but SO_REUSEADDR, the program of
 * syn_loss, and to whom it listens.
 */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "inspect.h"
#include "nitems.h"

/* Newer than Debian 12's headers; a kernel that lacks one says so twice. */
#ifndef SO_RCVMARK
#define SO_RCVMARK 75
#endif
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif
#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS 44
#endif
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif

/* Of the longest option: the name of a device, or of an algorithm. */
#define VALUE_MAX 64

/*
 * Everything that can be read of a socket, stays as it was set, and is no
 * number of the kernel's own.  TCP_MD5SIG and TCP_AO_* cannot be read: no
 * child may set them (see its sandbox.c).
 */
static const struct option {
	const char *name;
	int level, number;
	socklen_t size; /* that is asked for */
} options[] = {
#define OPTION(level, name)                   \
	{                                     \
#name, level, name, VALUE_MAX \
	}
	OPTION(SOL_SOCKET, SO_LINGER),
	OPTION(SOL_SOCKET, SO_REUSEADDR),
	OPTION(SOL_SOCKET, SO_REUSEPORT),
	OPTION(SOL_SOCKET, SO_KEEPALIVE),
	OPTION(SOL_SOCKET, SO_OOBINLINE),
	OPTION(SOL_SOCKET, SO_RCVBUF),
	OPTION(SOL_SOCKET, SO_SNDBUF),
	OPTION(SOL_SOCKET, SO_RCVLOWAT),
	OPTION(SOL_SOCKET, SO_RCVTIMEO),
	OPTION(SOL_SOCKET, SO_SNDTIMEO),
	OPTION(SOL_SOCKET, SO_PRIORITY),
	OPTION(SOL_SOCKET, SO_MARK),
	OPTION(SOL_SOCKET, SO_DONTROUTE),
	OPTION(SOL_SOCKET, SO_TIMESTAMP),
	OPTION(SOL_SOCKET, SO_TIMESTAMPING),
	OPTION(SOL_SOCKET, SO_BINDTODEVICE),
	OPTION(SOL_SOCKET, SO_BUSY_POLL),
	OPTION(SOL_SOCKET, SO_MAX_PACING_RATE),
	OPTION(SOL_SOCKET, SO_ZEROCOPY),
	OPTION(SOL_SOCKET, SO_LOCK_FILTER),
	OPTION(SOL_SOCKET, SO_DEBUG),
	OPTION(SOL_SOCKET, SO_PASSCRED),
	OPTION(SOL_SOCKET, SO_PASSSEC),
	OPTION(SOL_SOCKET, SO_PASSPIDFD),
	OPTION(SOL_SOCKET, SO_PASSRIGHTS),
	OPTION(SOL_SOCKET, SO_NO_CHECK),
	OPTION(SOL_SOCKET, SO_RXQ_OVFL),
	OPTION(SOL_SOCKET, SO_WIFI_STATUS),
	OPTION(SOL_SOCKET, SO_NOFCS),
	OPTION(SOL_SOCKET, SO_SELECT_ERR_QUEUE),
	OPTION(SOL_SOCKET, SO_PREFER_BUSY_POLL),
	OPTION(SOL_SOCKET, SO_TXTIME),
	OPTION(SOL_SOCKET, SO_RESERVE_MEM),
	OPTION(SOL_SOCKET, SO_TXREHASH),
	OPTION(SOL_SOCKET, SO_RCVMARK),
	/* 0: how long the filter is, and not the filter */
	{ "SO_ATTACH_FILTER", SOL_SOCKET, SO_GET_FILTER, 0 },
	OPTION(IPPROTO_TCP, TCP_NODELAY),
	OPTION(IPPROTO_TCP, TCP_CORK),
	OPTION(IPPROTO_TCP, TCP_MAXSEG),
	OPTION(IPPROTO_TCP, TCP_KEEPIDLE),
	OPTION(IPPROTO_TCP, TCP_KEEPINTVL),
	OPTION(IPPROTO_TCP, TCP_KEEPCNT),
	OPTION(IPPROTO_TCP, TCP_SYNCNT),
	OPTION(IPPROTO_TCP, TCP_LINGER2),
	OPTION(IPPROTO_TCP, TCP_DEFER_ACCEPT),
	OPTION(IPPROTO_TCP, TCP_WINDOW_CLAMP),
	OPTION(IPPROTO_TCP, TCP_CONGESTION),
	OPTION(IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS),
	OPTION(IPPROTO_TCP, TCP_USER_TIMEOUT),
	OPTION(IPPROTO_TCP, TCP_FASTOPEN),
	OPTION(IPPROTO_TCP, TCP_NOTSENT_LOWAT),
	OPTION(IPPROTO_TCP, TCP_SAVE_SYN),
	OPTION(IPPROTO_TCP, TCP_ULP),
	OPTION(IPPROTO_TCP, TCP_INQ),
	OPTION(IPPROTO_TCP, TCP_TX_DELAY),
	OPTION(IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE),
	OPTION(IPPROTO_TCP, TCP_RTO_MAX_MS),
	OPTION(IPPROTO_IP, IP_TOS),
	OPTION(IPPROTO_IP, IP_TTL),
	OPTION(IPPROTO_IP, IP_MTU_DISCOVER),
	OPTION(IPPROTO_IP, IP_RECVERR),
	OPTION(IPPROTO_IP, IP_MINTTL),
	OPTION(IPPROTO_IP, IP_TRANSPARENT),
	OPTION(IPPROTO_IP, IP_FREEBIND),
	OPTION(IPPROTO_IP, IP_OPTIONS),
	OPTION(IPPROTO_IP, IP_PKTINFO),
	OPTION(IPPROTO_IP, IP_RECVOPTS),
	OPTION(IPPROTO_IP, IP_RETOPTS),
	OPTION(IPPROTO_IP, IP_RECVTTL),
	OPTION(IPPROTO_IP, IP_RECVTOS),
	OPTION(IPPROTO_IP, IP_PASSSEC),
	OPTION(IPPROTO_IP, IP_CHECKSUM),
	OPTION(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT),
	OPTION(IPPROTO_IP, IP_UNICAST_IF),
	OPTION(IPPROTO_IP, IP_LOCAL_PORT_RANGE),
	OPTION(IPPROTO_IPV6, IPV6_V6ONLY),
	OPTION(IPPROTO_IPV6, IPV6_TCLASS),
	OPTION(IPPROTO_IPV6, IPV6_UNICAST_HOPS),
	OPTION(IPPROTO_IPV6, IPV6_MTU_DISCOVER),
	OPTION(IPPROTO_IPV6, IPV6_RECVERR),
	OPTION(IPPROTO_IPV6, IPV6_MINHOPCOUNT),
	OPTION(IPPROTO_IPV6, IPV6_TRANSPARENT),
	OPTION(IPPROTO_IPV6, IPV6_FREEBIND),
	OPTION(IPPROTO_IPV6, IPV6_RECVPKTINFO),
	OPTION(IPPROTO_IPV6, IPV6_RECVHOPLIMIT),
	OPTION(IPPROTO_IPV6, IPV6_RECVTCLASS),
	OPTION(IPPROTO_IPV6, IPV6_RECVRTHDR),
	OPTION(IPPROTO_IPV6, IPV6_RECVHOPOPTS),
	OPTION(IPPROTO_IPV6, IPV6_RECVDSTOPTS),
	OPTION(IPPROTO_IPV6, IPV6_HOPOPTS),
	OPTION(IPPROTO_IPV6, IPV6_RTHDR),
	OPTION(IPPROTO_IPV6, IPV6_DSTOPTS),
	OPTION(IPPROTO_IPV6, IPV6_DONTFRAG),
	OPTION(IPPROTO_IPV6, IPV6_AUTOFLOWLABEL),
	OPTION(IPPROTO_IPV6, IPV6_ADDR_PREFERENCES),
	OPTION(IPPROTO_IPV6, IPV6_UNICAST_IF),
#undef OPTION
};

struct value {
	int error; /* errno, or 0 */
	socklen_t size;
	uint8_t bytes[VALUE_MAX];
};

static void
value_read(struct value *v, int fd, const struct option *o)
{
	memset(v, 0, sizeof(*v));
	v->size = o->size;
	if (getsockopt(fd, o->level, o->number, v->bytes, &v->size) == -1)
		v->error = errno;
}

static const char *
differing_option(int fd, int reference)
{
	struct value is, was;
	size_t i;

	for (i = 0; i < nitems(options); i++) {
		value_read(&is, fd, &options[i]);
		value_read(&was, reference, &options[i]);
		if (memcmp(&is, &was, sizeof(is)) != 0)
			return options[i].name;
	}
	return NULL;
}

int
socket_option(int fd, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &len) == 0 ? value : -1;
}

int
listen_accepts(int fd)
{
	return socket_option(fd, SO_ACCEPTCONN) == 1;
}

/* Whom the kernel would send a signal when there is something to read. */
static int
has_owner(int fd)
{
	struct f_owner_ex owner;

	return fcntl(fd, F_GETOWN_EX, &owner) == -1 || owner.pid != 0 ||
	    fcntl(fd, F_GETSIG) != 0;
}

const char *
listen_fault_but_for_that(int fd, int reference)
{
	if (fcntl(fd, F_GETFL) != (O_RDWR | O_NONBLOCK))
		return "its flags";
	if (has_owner(fd))
		return "its owner";
	return reference != -1 ? differing_option(fd, reference) : NULL;
}

const char *
listen_fault(int fd, int reference)
{
	return listen_accepts(fd) ? listen_fault_but_for_that(fd, reference)
				  : "it does not listen";
}

/* SPDX-License-Identifier: ISC */
/*
 * This host: which addresses are its own, and at which of its ports toxid
 * listens.
 */

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "diald.h"

/* How many proxies listen at each, wherever. */
static uint32_t listening[UINT16_MAX + 1];

void
own_port_opened(uint16_t port)
{
	listening[port]++;
}

void
own_port_closed(uint16_t port)
{
	listening[port]--;
}

int
own_port_is_open(uint16_t port)
{
	return listening[port] > 0;
}

struct address
address_to_reach(const struct address *a)
{
	struct address b = *a;

	if (!address_is_wildcard(a))
		return b;
	if (b.family == 4) {
		b.ip[0] = 127;
		b.ip[3] = 1;
	} else {
		b.ip[15] = 1;
	}
	return b;
}

int
address_is_loopback(const struct address *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	return a->family == 4 ? a->ip[0] == IN_LOOPBACKNET
			      : memcmp(a->ip, one, sizeof(one)) == 0;
}

/*
 * One for each family, or -1: for the lifetime of the process, as it may not
 * make others later.  They are bound to the loopback device, which has all
 * addresses of this host: nothing that they send could leave it.  They are shut
 * down, too, so that nothing is sent by them, whoever has them.
 */
static int fds[2] = { -1, -1 };

static int
open_one(int family)
{
	static const char device[] = "lo";
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device,
		sizeof(device)) == -1) {
		close(fd);
		return -1;
	}
	/* ENOTCONN: it is not connected, and shut down all the same. */
	(void)shutdown(fd, SHUT_WR);
	return fd;
}

void
own_open(void)
{
	fds[0] = open_one(AF_INET);
	fds[1] = open_one(AF_INET6);
}

/*
 * What is connected to an address of its own host has that address itself.
 * Nothing is sent: it is UDP.  The source of the last time is forgotten first.
 */
int
own_has(const struct address *a)
{
	static const struct sockaddr none = { .sa_family = AF_UNSPEC };
	int fd = fds[a->family == 6];
	struct sockaddr_storage ss;
	struct address own;
	socklen_t len;

	if (fd == -1 || address_to_sockaddr(a, &ss, &len) == -1)
		return -1;
	(void)connect(fd, &none, sizeof(none));
	return connect(fd, (struct sockaddr *)&ss, len) == 0 &&
	    getsockname(fd, (struct sockaddr *)&ss, &len) == 0 &&
	    address_from_sockaddr(&own, (struct sockaddr *)&ss) == 0 &&
	    own.family == a->family &&
	    memcmp(own.ip, a->ip, sizeof(own.ip)) == 0;
}

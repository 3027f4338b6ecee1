/* SPDX-License-Identifier: ISC */
/* The sockets of dials. */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agreed.h"
#include "diald.h"
#include "nitems.h"

/* Toxiproxy's, on both sides of a session */
static const struct {
	int level, name, value;
} options[] = {
	{ IPPROTO_TCP, TCP_NODELAY, 1 },
	{ SOL_SOCKET, SO_KEEPALIVE, 1 },
	{ IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE },
	{ IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL },
	{ IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT },
};

/* They all exist on Linux; none is worth failing for. */
static void
set_options(int fd)
{
	size_t i;

	for (i = 0; i < nitems(options); i++)
		(void)setsockopt(fd, options[i].level, options[i].name,
		    &options[i].value, sizeof(options[i].value));
}

/*
 * The last quarter is for what does not wait for an upstream: channels of new
 * workers, and look-ups.
 */
int
socket_open(
    const struct address *to, struct sockaddr_storage *ss, socklen_t *len)
{
	int fd;

	if (address_to_sockaddr(to, ss, len) == -1) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	fd = socket(
	    ss->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	/* Descriptors are given out from the lowest on. */
	if ((rlim_t)fd >= diald.descriptors_max / 4 * 3) {
		close(fd);
		errno = EMFILE;
		return -1;
	}
	set_options(fd);
	return fd;
}

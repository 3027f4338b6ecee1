/* SPDX-License-Identifier: ISC */
/* Listening descriptors: the only bind(2) in the program, and of addresses. */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervisor.h"

/* Toxiproxy's, on both sides of a session */
#define KEEPALIVE_IDLE 15     /* s */
#define KEEPALIVE_INTERVAL 15 /* s */

/*
 * The last descriptors are for what is there: a worker that dies, or apid, has
 * to come back.  They are given out from the lowest on.
 */
#define RESERVED 16

int
descriptor_is_reserved(int fd)
{
	struct rlimit rl;

	return getrlimit(RLIMIT_NOFILE, &rl) == 0 &&
	    (rlim_t)fd + RESERVED >= rl.rlim_cur;
}

static void
set_option(int fd, int level, int option, int value)
{
	/* They all exist on Linux; none is worth refusing to listen. */
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

/*
 * A socket for that address, set up so that what it accepts inherits
 * everything a session needs: a worker then has no call to make for it.
 */
static int
socket_open(const struct address *a)
{
	int fd;

	fd = socket(a->family == 4 ? AF_INET : AF_INET6,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	if (descriptor_is_reserved(fd)) {
		close(fd);
		errno = EMFILE;
		return -1;
	}
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL);
	if (a->family == 6)
		set_option(
		    fd, IPPROTO_IPV6, IPV6_V6ONLY, !address_is_wildcard(a));
	return fd;
}

static int
socket_listen(int fd, const struct address *a, struct address *bound)
{
	struct sockaddr_storage ss;
	socklen_t len;

	if (address_to_sockaddr(a, &ss, &len) == -1) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	if (bind(fd, (struct sockaddr *)&ss, len) == -1 ||
	    listen(fd, SOMAXCONN) == -1)
		return -1;
	*bound = *a;
	return 0;
}

/* Any wildcard is one dual-stack socket, where the host has IPv6 at all. */
static struct address
address_to_bind(const struct address *a, int family)
{
	struct address any = { .family = (uint8_t)family, .port = a->port };

	return address_is_wildcard(a) ? any : *a;
}

static int
open_at(const struct address *a, int *fd, struct address *bound)
{
	int error;

	if ((*fd = socket_open(a)) == -1)
		return -1;
	if (socket_listen(*fd, a, bound) == 0)
		return 0;
	error = errno;
	close(*fd);
	*fd = -1;
	errno = error;
	return -1;
}

/*
 * Port 0 is chosen by a socket that never listens, and then bound by number: a
 * socket whose port the kernel chose loses it in shutdown(2), and could not
 * come back in listen_instead().
 */
static int
open_somewhere(const struct address *a, int *fd, struct address *bound)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int chooser, r = -1;

	if ((chooser = socket_open(a)) == -1)
		return -1;
	if (address_to_sockaddr(a, &ss, &len) == 0 &&
	    bind(chooser, (struct sockaddr *)&ss, len) == 0 &&
	    getsockname(chooser, (struct sockaddr *)&ss, &len) == 0 &&
	    address_from_sockaddr(bound, (struct sockaddr *)&ss) == 0) {
		struct address numbered = *bound;

		r = open_at(&numbered, fd, bound);
	}
	close(chooser);
	return r;
}

int
listen_open(const struct address *a, int *fd, struct address *bound)
{
	int (*open_it)(const struct address *, int *, struct address *) =
	    a->port == 0 ? open_somewhere : open_at;
	struct address to = address_to_bind(a, 6);

	*fd = -1;
	if (open_it(&to, fd, bound) == 0)
		return 0;
	if (errno != EAFNOSUPPORT || !address_is_wildcard(a))
		return -1;
	to = address_to_bind(a, 4);
	return open_it(&to, fd, bound);
}

/*
 * For a proxy that listens already and is to listen elsewhere.  Where the new
 * address is in its own way (127.0.0.1:80 and [::]:80), the old socket stops
 * listening for a moment; it stays bound, so that it can go on where it was if
 * the new one cannot be had: its worker never notices.
 */
int
listen_instead(int old, const struct address *a, int *fd, struct address *bound)
{
	int error;

	if (listen_open(a, fd, bound) == 0)
		return 0;
	if (errno != EADDRINUSE || old == -1)
		return -1;
	shutdown(old, SHUT_RDWR);
	if (listen_open(a, fd, bound) == 0)
		return 0;
	error = errno;
	if (listen(old, SOMAXCONN) == -1)
		log_warn("%s: the old address is lost", __func__);
	errno = error;
	return -1;
}

/* shutdown(2) first: a worker's copy would otherwise keep the port open. */
void
listen_close(int *fd)
{
	if (*fd == -1)
		return;
	shutdown(*fd, SHUT_RDWR);
	close(*fd);
	*fd = -1;
}

/* SPDX-License-Identifier: ISC */
/* Listening descriptors: the only bind(2) in the program, and of addresses. */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agreed.h"
#include "endpoint.h"
#include "listen.h"
#include "log.h"

/* Toxiproxy's, on both sides of a session */

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
 * everything a session needs: a worker then has no call to make for it.  One
 * that is to take another's place is bound beside it: see listen_instead().
 */
static int
socket_open(const struct address *a, int beside)
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
	set_option(fd, SOL_SOCKET, SO_REUSEPORT, beside);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
	if (a->family == 6)
		set_option(
		    fd, IPPROTO_IPV6, IPV6_V6ONLY, !address_is_wildcard(a));
	return fd;
}

int
listen_socket(const struct address *a)
{
	return socket_open(a, 0);
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
	set_option(fd, SOL_SOCKET, SO_REUSEPORT, 0);
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
open_at(const struct address *a, int beside, int *fd, struct address *bound)
{
	int error;

	if ((*fd = socket_open(a, beside)) == -1)
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

	if ((chooser = socket_open(a, 0)) == -1)
		return -1;
	if (address_to_sockaddr(a, &ss, &len) == 0 &&
	    bind(chooser, (struct sockaddr *)&ss, len) == 0 &&
	    getsockname(chooser, (struct sockaddr *)&ss, &len) == 0 &&
	    address_from_sockaddr(bound, (struct sockaddr *)&ss) == 0) {
		struct address numbered = *bound;

		memcpy(numbered.zone, a->zone, sizeof(numbered.zone));
		r = open_at(&numbered, 0, fd, bound);
	}
	close(chooser);
	return r;
}

static int
open_it(const struct address *a, int beside, int *fd, struct address *bound)
{
	if (a->port == 0)
		return open_somewhere(a, fd, bound);
	return open_at(a, beside, fd, bound);
}

static int
open_any(const struct address *a, int beside, int *fd, struct address *bound)
{
	struct address to = address_to_bind(a, 6);

	*fd = -1;
	if (open_it(&to, beside, fd, bound) == 0)
		return 0;
	if (errno != EAFNOSUPPORT || !address_is_wildcard(a))
		return -1;
	to = address_to_bind(a, 4);
	return open_it(&to, beside, fd, bound);
}

int
listen_open(const struct address *a, int *fd, struct address *bound)
{
	return open_any(a, 0, fd, bound);
}

/*
 * Nobody is accepted any more, not by a worker's copy either; the socket stays
 * bound.  Another program could share the address, and listen there, as long
 * as both sockets have SO_REUSEADDR and this one does not listen: so that goes
 * first.
 */
static void
stop(int fd)
{
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 0);
	shutdown(fd, SHUT_RDWR);
}

/* At the end of all: the next toxid may listen there while sessions go on. */
void
listen_give_up(int fd)
{
	shutdown(fd, SHUT_RDWR);
}

/*
 * Where it was, or is: with its whole backlog, which cannot be read.  The
 * sessions there are in its way without the option.
 */
void
listen_again(int fd)
{
	set_option(fd, SOL_SOCKET, SO_REUSEPORT, 0);
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (listen(fd, SOMAXCONN) == -1)
		log_warn("%s: the old address is lost", __func__);
}

static int
has_port(int fd, uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct address a;

	return getsockname(fd, (struct sockaddr *)&ss, &len) == 0 &&
	    address_from_sockaddr(&a, (struct sockaddr *)&ss) == 0 &&
	    a.port == port;
}

/*
 * For a proxy that listens already and is to listen elsewhere.  Where the new
 * address is in its own way (127.0.0.1:80 and [::]:80), the old socket stops
 * listening for a moment; it stays bound, so that it can go on where it was if
 * the new one cannot be had: its worker never notices.
 *
 * That both can be bound is due to SO_REUSEPORT, which is for the sockets of
 * one user: by SO_REUSEADDR anybody could come in between.
 */
int
listen_instead(int old, const struct address *a, int *fd, struct address *bound)
{
	int error;

	if (listen_open(a, fd, bound) == 0)
		return 0;
	if (errno != EADDRINUSE || old == -1)
		return -1;
	if (!has_port(old, a->port)) {
		errno = EADDRINUSE; /* it is another's */
		return -1;
	}
	set_option(old, SOL_SOCKET, SO_REUSEPORT, 1);
	stop(old);
	if (open_any(a, 1, fd, bound) == 0)
		return 0;
	error = errno;
	listen_again(old);
	errno = error;
	return -1;
}

/*
 * A new socket where a spoilt one was; who waits in its backlog is lost.  0, or
 * -1 and errno: then it is the old one still.
 */
int
listen_anew(int *fd, const struct address *a)
{
	struct address bound;
	int new;

	if (listen_instead(*fd, a, &new, &bound) == -1)
		return -1;
	listen_close(fd);
	*fd = new;
	return 0;
}

/*
 * shutdown(2) first: a worker's copy would otherwise keep the port open.  Until
 * that worker has died the port is bound, but nobody's.
 */
void
listen_close(int *fd)
{
	if (*fd == -1)
		return;
	shutdown(*fd, SHUT_RDWR);
	close(*fd);
	*fd = -1;
}

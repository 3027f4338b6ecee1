/* SPDX-License-Identifier: ISC */
/* Listening descriptors: the only bind(2) in the program, and of addresses. */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reserve.h"
#include "agreed.h"
#include "bind_policy.h"
#include "endpoint.h"
#include "listen.h"
#include "remarks.h"

static void
set_option(int fd, int level, int option, int value)
{
	/* They all exist on Linux; none is worth refusing to listen. */
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

/*
 * A socket for that address, set up so that what it accepts inherits
 * everything a session needs: a worker then has no call to make for it.  One
 * that is to take another's place is bound beside it: see priv_bind_instead().
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
priv_socket(const struct address *a)
{
	return socket_open(a, 0);
}

/* The only bind(2): policy, or NULL, has the last word. */
static enum endpoint_error
bind_within(const struct bind_policy *policy, int fd, const struct address *a)
{
	struct sockaddr_storage ss;
	socklen_t len;

	if (policy != NULL && !bind_policy_allows(policy, a))
		return ENDPOINT_DENIED;
	if (address_to_sockaddr(a, &ss, &len) == -1) {
		errno = EAFNOSUPPORT;
		return ENDPOINT_SYSTEM;
	}
	return bind(fd, (struct sockaddr *)&ss, len) == 0 ? ENDPOINT_OK
							  : ENDPOINT_SYSTEM;
}

static enum endpoint_error
socket_listen(const struct bind_policy *policy, int fd, const struct address *a)
{
	enum endpoint_error e = bind_within(policy, fd, a);

	if (e != ENDPOINT_OK)
		return e;
	if (listen(fd, SOMAXCONN) == -1)
		return ENDPOINT_SYSTEM;
	set_option(fd, SOL_SOCKET, SO_REUSEPORT, 0);
	return ENDPOINT_OK;
}

/* Any wildcard is one dual-stack socket, where the host has IPv6 at all. */
static struct address
address_to_bind(const struct address *a, int family)
{
	struct address any = { .family = (uint8_t)family, .port = a->port };

	return address_is_wildcard(a) ? any : *a;
}

static enum endpoint_error
open_at(const struct bind_policy *policy, const struct address *a, int beside,
    int *fd, struct address *bound)
{
	enum endpoint_error e;
	int error;

	*bound = *a;
	if ((*fd = socket_open(a, beside)) == -1)
		return ENDPOINT_SYSTEM;
	if ((e = socket_listen(policy, *fd, a)) == ENDPOINT_OK)
		return e;
	error = errno;
	close(*fd);
	*fd = -1;
	errno = error;
	return e;
}

/* The port that the kernel gives; policy has to allow port 0, too. */
static enum endpoint_error
choose_port(const struct bind_policy *policy, int chooser,
    const struct address *a, struct address *numbered)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	enum endpoint_error e;

	*numbered = *a;
	if ((e = bind_within(policy, chooser, a)) != ENDPOINT_OK)
		return e;
	if (getsockname(chooser, (struct sockaddr *)&ss, &len) == -1 ||
	    address_from_sockaddr(numbered, (struct sockaddr *)&ss) == -1)
		return ENDPOINT_SYSTEM;
	memcpy(numbered->zone, a->zone, sizeof(numbered->zone));
	return ENDPOINT_OK;
}

/*
 * Port 0 is chosen by a socket that never listens, and then bound by number: a
 * socket whose port the kernel chose loses it in shutdown(2), and could not
 * come back in priv_bind_instead().
 */
static enum endpoint_error
open_somewhere(const struct bind_policy *policy, const struct address *a,
    int *fd, struct address *bound)
{
	struct address numbered;
	enum endpoint_error e;
	int chooser, error;

	if ((chooser = socket_open(a, 0)) == -1)
		return ENDPOINT_SYSTEM;
	e = choose_port(policy, chooser, a, &numbered);
	*bound = numbered;
	if (e == ENDPOINT_OK)
		e = open_at(policy, &numbered, 0, fd, bound);
	error = errno;
	close(chooser);
	errno = error;
	return e;
}

static enum endpoint_error
open_it(const struct bind_policy *policy, const struct address *a, int beside,
    int *fd, struct address *bound)
{
	if (a->port == 0)
		return open_somewhere(policy, a, fd, bound);
	return open_at(policy, a, beside, fd, bound);
}

static enum endpoint_error
open_any(const struct bind_policy *policy, const struct address *a, int beside,
    int *fd, struct address *bound)
{
	struct address to = address_to_bind(a, 6);
	enum endpoint_error e;

	*fd = -1;
	e = open_it(policy, &to, beside, fd, bound);
	if (e != ENDPOINT_SYSTEM || errno != EAFNOSUPPORT ||
	    !address_is_wildcard(a))
		return e;
	to = address_to_bind(a, 4);
	return open_it(policy, &to, beside, fd, bound);
}

enum endpoint_error
priv_bind(const struct bind_policy *policy, const struct address *a, int *fd,
    struct address *bound)
{
	return open_any(policy, a, 0, fd, bound);
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

/*
 * Where it was, or is: with its whole backlog, which cannot be read.  The
 * sessions there are in its way without the option.
 */
void
priv_relisten(int fd)
{
	set_option(fd, SOL_SOCKET, SO_REUSEPORT, 0);
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (listen(fd, SOMAXCONN) == -1)
		remark(PRIV_REMARK_LOST, errno);
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
enum endpoint_error
priv_bind_instead(const struct bind_policy *policy, int old,
    const struct address *a, int *fd, struct address *bound)
{
	enum endpoint_error e = priv_bind(policy, a, fd, bound);
	int error;

	if (e != ENDPOINT_SYSTEM || errno != EADDRINUSE || old == -1)
		return e;
	if (!has_port(old, a->port)) {
		errno = EADDRINUSE; /* it is another's */
		return e;
	}
	set_option(old, SOL_SOCKET, SO_REUSEPORT, 1);
	stop(old);
	e = open_any(policy, a, 1, fd, bound);
	if (e == ENDPOINT_OK)
		return e;
	error = errno;
	priv_relisten(old);
	errno = error;
	return e;
}

/*
 * shutdown(2) first: a worker's copy would otherwise keep the port open.  Until
 * that worker has died the port is bound, but nobody's.
 */
void
priv_unbind(int *fd)
{
	if (*fd == -1)
		return;
	shutdown(*fd, SHUT_RDWR);
	close(*fd);
	*fd = -1;
}

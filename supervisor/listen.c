/* SPDX-License-Identifier: ISC */
/* Listening descriptors: the only bind(2) in the program. */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "agreed.h"
#include "bind_policy.h"
#include "given.h"
#include "listen.h"
#include "priv.h"
#include "reserve.h"

static void
set_option(int fd, int level, int option, int value)
{
	/* They all exist on Linux; none is worth refusing to listen. */
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

/*
 * What it accepts inherits everything that a session needs: a worker then has
 * no call to make for it.  As root it is a user's who can make no socket: so
 * SO_REUSEPORT, which is for those of one user, is for toxid's alone.
 */
int
priv_socket(const struct address *a)
{
	int fd;

	fd = socket(a->family == 4 ? AF_INET : AF_INET6,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	if (descriptor_is_reserved(fd, RESERVED)) {
		close(fd);
		errno = EMFILE;
		return -1;
	}
	if (given.is_root)
		(void)!fchown(fd, given.uid_base + ROLE_CTLD, (gid_t)-1);
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
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

/* The only bind(2): the policy has the last word.  0, errno or PRIV_DENIED. */
static int
bind_within(const struct bind_policy *policy, int fd, struct address *a)
{
	struct sockaddr_storage ss;
	struct address bound;
	socklen_t len;

	if (policy != NULL && !bind_policy_allows(policy, a))
		return PRIV_DENIED;
	if (address_to_sockaddr(a, &ss, &len) == -1)
		return EAFNOSUPPORT;
	if (bind(fd, (struct sockaddr *)&ss, len) == -1 ||
	    getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		return errno;
	if (address_from_sockaddr(&bound, (struct sockaddr *)&ss) == 0)
		a->port = bound.port;
	return 0;
}

/*
 * Nobody is accepted any more, not by a worker's copy either.  Another program
 * could share the address, and listen there, as long as both sockets have
 * SO_REUSEADDR and this one does not listen: so that goes first.
 */
static void
stop(int fd)
{
	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 0);
	shutdown(fd, SHUT_RDWR);
}

/*
 * A socket of which only the port is wanted does not listen.  beside, or -1,
 * which has no options: what has stopped for it shares by SO_REUSEPORT until it
 * is bound.  None listens with that: the kernel would let all of that user do
 * so from then on.  It lets one without, if both have SO_REUSEADDR.
 */
static int
open_at(
    const struct bind_policy *policy, struct address *a, int beside, int *fd)
{
	int has_port = a->port != 0, error;

	if ((*fd = priv_socket(a)) == -1)
		return errno;
	set_option(beside, SOL_SOCKET, SO_REUSEPORT, 1);
	set_option(*fd, SOL_SOCKET, SO_REUSEPORT, beside != -1);
	error = bind_within(policy, *fd, a);
	set_option(*fd, SOL_SOCKET, SO_REUSEPORT, 0);
	set_option(beside, SOL_SOCKET, SO_REUSEPORT, 0);
	if (error == 0 && has_port) {
		set_option(beside, SOL_SOCKET, SO_REUSEADDR, 1);
		if (listen(*fd, SOMAXCONN) == -1)
			error = errno;
		set_option(beside, SOL_SOCKET, SO_REUSEADDR, 0);
	}
	if (error == 0)
		return 0;
	close(*fd);
	*fd = -1;
	return error;
}

/*
 * Port 0 is chosen by a socket that never listens, and then bound by number: a
 * socket whose port the kernel chose loses it in shutdown(2), and could not
 * come back after stop().  The policy has to allow both.
 */
int
priv_listen(
    const struct bind_policy *policy, struct address *a, int beside, int *fd)
{
	int is_chosen = a->port == 0, chooser, error;

	stop(beside);
	error = open_at(policy, a, beside, fd);
	if (error != 0 || !is_chosen)
		return error;
	chooser = *fd;
	error = open_at(policy, a, beside, fd);
	close(chooser);
	return error;
}

/*
 * The backlog cannot be read: it is set.  The sessions at that address are in
 * the way without SO_REUSEADDR.
 */
int
priv_relisten(int fd)
{
	int error;

	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (listen(fd, SOMAXCONN) == 0)
		return 0;
	error = errno;
	stop(fd); /* the place stays ours */
	return error;
}

/*
 * shutdown(2) first: a worker's copy would otherwise keep the port open.  Until
 * that worker has died the port is bound, but nobody's.
 */
void
priv_unbind(int fd)
{
	shutdown(fd, SHUT_RDWR);
	close(fd);
}

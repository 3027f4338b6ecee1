/* SPDX-License-Identifier: ISC */
/* See api_socket.h. */

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "api_socket.h"
#include "chan.h"
#include "inspect.h"
#include "listen.h"

static int listener = -1;

void
api_socket_open(int fd)
{
	listener = fd;
}

int
api_socket_fd(void)
{
	return listener;
}

void
api_socket_end(void)
{
	listen_end(&listener);
}

/* ---- is it as it was? */

/* One that was shut down says that it listens: its end is a hang-up. */
static int
has_hung_up(int fd, short how)
{
	struct pollfd p = { .fd = fd, .events = how };

	return poll(&p, 1, 0) == 1 && (p.revents & (how | POLLHUP)) != 0;
}

int
api_socket_listens(void)
{
	return listener == -1 || !has_hung_up(listener, POLLRDHUP);
}

/*
 * As one that nobody had: of all that can be set of a Unix socket, these two
 * have what they were born with.
 */
const char *
api_socket_fault(void)
{
	const char *what;
	int pair[2];

	if (listener == -1)
		return NULL;
	if (!api_socket_listens())
		return "it does not listen";
	if (chan_pair(pair) == -1)
		return listen_fault(listener, -1);
	what = listen_fault(listener, pair[0]);
	close(pair[0]);
	close(pair[1]);
	return what;
}

/* ---- who has connected */

/* Its name: a connection has that of what has accepted it. */
static int
name_of(int fd, struct sockaddr_un *name)
{
	socklen_t len = sizeof(*name);

	memset(name, 0, sizeof(*name));
	return getsockname(fd, (struct sockaddr *)name, &len);
}

/*
 * Of a channel the kernel says that it is toxid's, of what listens likewise: an
 * apid in bad hands has both.
 */
int
api_socket_has(int fd)
{
	struct sockaddr_un ours, its;

	return listener != -1 && socket_option(fd, SO_DOMAIN) == AF_UNIX &&
	    socket_option(fd, SO_TYPE) == SOCK_STREAM &&
	    socket_option(fd, SO_ACCEPTCONN) == 0 &&
	    name_of(listener, &ours) == 0 && name_of(fd, &its) == 0 &&
	    memcmp(&ours, &its, sizeof(ours)) == 0;
}

int
api_socket_peer(int fd, struct peer *peer)
{
	struct ucred u;
	socklen_t len = sizeof(u);

	if (!api_socket_has(fd) || has_hung_up(fd, 0) ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &u, &len) == -1)
		return -1;
	*peer = (struct peer){ .uid = u.uid, .gid = u.gid };
	return 0;
}

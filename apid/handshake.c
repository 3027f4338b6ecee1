/* SPDX-License-Identifier: ISC */
/*
 * Connections that are to be libmicrohttpd's as soon as they are TLS's.  Until
 * then they are ours: a few steps of all handshakes in a turn, so that a crowd
 * of them, which costs us more than those who make it, keeps nobody waiting
 * who is through.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apid.h"
#include "handshake.h"
#include "log.h"
#include "tls.h"

#define STEPS_MAX 4 /* in a turn; each may take a millisecond or two */
#define HANDSHAKE_RECORD 22

static int epoll = -1;

void
handshakes_open(void)
{
	if ((epoll = epoll_create1(EPOLL_CLOEXEC)) == -1)
		fatal("%s", __func__);
}

int
handshakes_poll_fd(void)
{
	return epoll;
}

static void
unwatch(const struct client *c)
{
	(void)epoll_ctl(epoll, EPOLL_CTL_DEL, c->fd, NULL);
}

void
handshake_begin(int fd, const struct sockaddr *from)
{
	struct epoll_event e = { .events = EPOLLIN };

	e.data.ptr = client_shakes(fd, from);
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == -1)
		fatal("%s", __func__);
}

/* What it has been told last is not to be lost to a reset. */
static void
end(struct client *c)
{
	int fd = c->fd;

	unwatch(c);
	client_drop(c);
	linger_take(fd);
}

static void
refuse_plain(struct client *c)
{
	static const char reply[] =
	    "HTTP/1.0 400 Bad Request\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Connection: close\r\n\r\n"
	    "Client sent an HTTP request to an HTTPS server.\n";

	(void)sendto(c->fd, reply, sizeof(reply) - 1, MSG_NOSIGNAL, NULL, 0);
	end(c);
}

/* 1: it begins as TLS does; 0: not yet, or it is over with it. */
static int
begins(struct client *c)
{
	char byte;
	ssize_t n = recvfrom(c->fd, &byte, 1, MSG_PEEK, NULL, NULL);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n == 1 && byte == HANDSHAKE_RECORD) {
		c->wire.tls = tls_open(c->fd);
		client_begins(c);
	}
	if (c->wire.tls != NULL)
		return 1;
	if (n == 1 && byte >= 'A' && byte <= 'Z')
		refuse_plain(c);
	else
		end(c);
	return 0;
}

static void
step(struct client *c, void (*done)(int fd))
{
	int r, fd = c->fd;

	if (c->wire.tls == NULL && !begins(c))
		return;
	if ((r = tls_shake(c->wire.tls)) == 0)
		return;
	if (r == -1) {
		end(c);
		return;
	}
	unwatch(c);
	done(fd);
	/* it may not have been taken, and be closed */
	if ((c = client_still_shaking(fd)) != NULL)
		client_drop(c);
}

void
handshakes_run(void (*done)(int fd))
{
	struct epoll_event events[STEPS_MAX];
	int i, n;

	if (epoll == -1)
		return;
	n = epoll_wait(epoll, events, STEPS_MAX, 0);
	for (i = 0; i < n; i++)
		step(events[i].data.ptr, done);
}

static void
leave_alone(struct client *c)
{
	if (c->wire.tls == NULL)
		unwatch(c);
}

void
handshakes_finish(void)
{
	if (epoll != -1)
		clients_each_shaking(leave_alone);
}

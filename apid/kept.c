/* SPDX-License-Identifier: ISC */
/* See kept.h. */

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "agreed.h"
#include "apid.h"
#include "kept.h"
#include "log.h"

#define ENDS_MAX 64 /* in a turn */

/* Of API_KEPT_MAX, those of one address. */
#define ADDRESS_MAX (API_KEPT_MAX / 4)

static int epoll = -1;
static unsigned int ncounted;

void
kept_open(void)
{
	if ((epoll = epoll_create1(EPOLL_CLOEXEC)) == -1)
		fatal("%s", __func__);
}

int
kept_poll_fd(void)
{
	return epoll;
}

/*
 * Of a client that can't be reached any more the kernel says so.  On a Unix
 * socket there is no such client.
 */
void
kept_watch(struct kept *k, int ms)
{
	struct epoll_event e = { .events = EPOLLRDHUP, .data.ptr = k };

	k->fd = client_is_kept(k->request->connection);
	(void)setsockopt(k->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, k->fd, &e) == -1)
		fatal("%s", __func__);
}

void
kept_unwatch(struct kept *k)
{
	if (k->fd != -1)
		(void)epoll_ctl(epoll, EPOLL_CTL_DEL, k->fd, NULL);
	k->fd = -1;
}

void
kept_run(void)
{
	struct epoll_event events[ENDS_MAX];
	struct kept *k;
	int i, fd, n = epoll_wait(epoll, events, ENDS_MAX, 0);

	for (i = 0; i < n; i++) {
		k = events[i].data.ptr;
		fd = k->fd;
		kept_unwatch(k);
		k->ended(k);
		/* it may be in the midst of what nobody reads */
		shutdown(fd, SHUT_RDWR);
	}
}

int
kept_count(struct kept *k)
{
	unsigned int *own = client_streams(k->request->connection);

	if (ncounted >= API_KEPT_MAX || *own >= ADDRESS_MAX) {
		reply_error(k->request, 503,
		    ncounted < API_KEPT_MAX
			? "too many streams and waits of this address"
			: "too many streams and waits");
		return 0;
	}
	k->is_counted = 1;
	ncounted++;
	++*own;
	return 1;
}

void
kept_uncount(struct kept *k)
{
	if (!k->is_counted)
		return;
	k->is_counted = 0;
	ncounted--;
	--*client_streams(k->request->connection);
}

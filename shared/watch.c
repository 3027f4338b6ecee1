/* SPDX-License-Identifier: ISC */
/*
 * epoll(7) itself, edge-triggered where it matters.  libevent would cost a
 * session 350 bytes, some of which it never gives back, and it does not say
 * whether an end or a reset came together with the bytes: not knowing costs a
 * system call with each message.
 */

#include <errno.h>
#include <unistd.h>

#include "log.h"
#include "watch.h"

/* What one wait may bring. */
#define EVENTS_MAX 128

static int epoll_fd = -1;

void
watches_open(void)
{
	if ((epoll_fd = epoll_create1(EPOLL_CLOEXEC)) == -1)
		fatal("%s", __func__);
}

void
watches_close(void)
{
	close(epoll_fd);
}

int
watch_add(struct watch *w, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = w };

	w->fd = fd;
	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e);
}

void
watch_change(struct watch *w, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = w };

	if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, w->fd, &e) == -1)
		fatal("%s", __func__);
}

void
watch_remove(struct watch *w)
{
	if (w->fd != -1)
		(void)epoll_ctl(epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	w->fd = -1;
}

/* A watch may be removed by a callback before its turn: it stays readable. */
void
watches_wait(int block)
{
	struct epoll_event events[EVENTS_MAX];
	struct watch *w;
	int i, n;

	n = epoll_wait(epoll_fd, events, EVENTS_MAX, block ? -1 : 0);
	if (n == -1 && errno != EINTR)
		fatal("%s", __func__);
	for (i = 0; i < n; i++) {
		w = events[i].data.ptr;
		if (w->fd != -1)
			w->on(w, events[i].events);
	}
}

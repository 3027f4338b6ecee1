/* SPDX-License-Identifier: ISC */
/*
 * epoll(7) itself, edge-triggered where it matters.  libevent would cost a
 * session 350 bytes, some of which it never gives back, and it does not say
 * whether an end or a reset came together with the bytes: not knowing costs a
 * system call with each message.
 */

#include <errno.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "log.h"
#include "relayd.h"

/* What one wait may bring. */
#define EVENTS_MAX 128

static int epoll_fd = -1;

void
loop_open(void)
{
	if ((epoll_fd = epoll_create1(EPOLL_CLOEXEC)) == -1 ||
	    prctl(PR_SET_TIMERSLACK, 1) == -1)
		fatal("%s", __func__);
}

void
loop_close(void)
{
	close(epoll_fd);
}

int
loop_add(struct watch *w, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = w };

	w->fd = fd;
	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e);
}

void
loop_change(struct watch *w, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = w };

	if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, w->fd, &e) == -1)
		fatal("%s", __func__);
}

void
loop_remove(struct watch *w)
{
	if (w->fd != -1)
		(void)epoll_ctl(epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	w->fd = -1;
}

/* A watch may be removed by a callback before its turn: it stays readable. */
void
loop_wait(int block)
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

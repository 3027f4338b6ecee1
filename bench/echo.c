/* SPDX-License-Identifier: ISC */
/* The server of most modes: what comes goes back, who ends is let go. */

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "net.h"
#include "run.h"

#define EVENTS 256
#define IS_LISTENER (UINT64_C(1) << 32)

static int poller;
static const int *listeners;
static size_t nlisteners;
static size_t nopen, nopen_max;
static uint8_t buffer[64 * 1024];

static void
listeners_add(void)
{
	size_t i;

	for (i = 0; i < nlisteners; i++) {
		if (fcntl(listeners[i], F_SETFL, O_NONBLOCK) == -1)
			fail("fcntl");
		poller_add(poller, listeners[i], EPOLLIN,
		    IS_LISTENER | (uint64_t)listeners[i]);
	}
}

/* Others have room: see idle.c. */
static void
listeners_leave(void)
{
	size_t i;

	for (i = 0; i < nlisteners; i++)
		epoll_ctl(poller, EPOLL_CTL_DEL, listeners[i], NULL);
}

static void
accept_some(int listener)
{
	int fd;

	while (nopen < nopen_max) {
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd == -1 && (errno == EAGAIN || errno == ECONNABORTED))
			return;
		if (fd == -1)
			fail("accept");
		poller_add(poller, fd, EPOLLIN, (uint64_t)fd);
		nopen++;
		atomic_fetch_add(&run->accepted, 1);
	}
	listeners_leave();
}

/* A client that resets, or leaves in the middle, is its own affair. */
static void
echo(int fd)
{
	ssize_t n;

	n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0 && send(fd, buffer, (size_t)n, MSG_NOSIGNAL) == n)
		return;
	close(fd);
	nopen--;
}

void
echo_serve(const int *fds, size_t n, size_t connections_max)
{
	struct epoll_event events[EVENTS], *ev;
	int nready;

	poller = poller_open();
	listeners = fds;
	nlisteners = n;
	nopen_max = connections_max;
	listeners_add();
	for (;;) {
		nready = epoll_wait(poller, events, EVENTS, -1);
		for (ev = events; ev < events + nready; ev++) {
			if ((ev->data.u64 & IS_LISTENER) != 0)
				accept_some((int)(uint32_t)ev->data.u64);
			else
				echo((int)ev->data.u64);
		}
	}
}

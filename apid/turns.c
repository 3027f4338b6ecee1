/* SPDX-License-Identifier: ISC */
/*
 * Whose turn it is.  libmicrohttpd would read all connections that have
 * something to say in one turn of the loop, and end all that have ended: three
 * hundred of one address before one of another.  It is told of one in each
 * turn, of one address after the other; the others wait here.  And of one whose
 * reply is kept open: who reads events, from however many addresses, is in the
 * way of nobody who asks for something.
 */

#include <search.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clients.h"
#include "clock.h"
#include "log.h"

/* What is taken from the kernel at once; the next ones with the next turn. */
#define EVENTS_MAX 1024

static int polled = -1;                                    /* libmicrohttpd's */
static void *by_connection;                                /* tsearch(3) */
static struct clients kept = TAILQ_HEAD_INITIALIZER(kept); /* those that wait */

void
turns_open(int fd)
{
	polled = fd;
}

static int
compare(const void *a, const void *b)
{
	const struct client *x = a, *y = b;

	return (x->connection > y->connection) -
	    (x->connection < y->connection);
}

void
turns_take(struct client *c)
{
	if (tsearch(c, &by_connection, compare) == NULL)
		fatal("%s", __func__);
}

void
turns_drop(struct client *c)
{
	turns_forget(c);
	tdelete(c, &by_connection, compare);
}

void
turns_forget(struct client *c)
{
	if (c->events != 0 && c->waits_as_kept)
		TAILQ_REMOVE(&kept, c, waiting);
	else if (c->events != 0)
		holder_waits_no_more(c);
	c->events = 0;
}

/* NULL: it is libmicrohttpd's own. */
static struct client *
client_of_event(const struct epoll_event *e)
{
	const struct client key = { .connection = e->data.ptr };
	struct client *const *c = tfind(&key, &by_connection, compare);

	return c != NULL ? *c : NULL;
}

static void
put_off(struct client *c, uint32_t events)
{
	if (c->events == 0) {
		c->waits_as_kept = c->is_kept;
		if (c->is_kept)
			TAILQ_INSERT_TAIL(&kept, c, waiting);
		else
			holder_waits(c);
	}
	c->events |= events;
}

/* glibc's, which is hidden behind ours. */
static int
wait_in_kernel(int fd, struct epoll_event *events, int max, int timeout)
{
	return (int)syscall(SYS_epoll_wait, fd, events, max, timeout);
}

/* Who is to make room does so at once, whatever else waits of its address. */
static int
makes_room(struct client *c, struct epoll_event *e)
{
	if (!c->is_leaving)
		return 0;
	e->events |= c->events;
	turns_forget(c);
	return 1;
}

/*
 * What has happened, as an edge is told of once: clients' events wait, and
 * others are passed on.  How many of those; or -1.
 */
static int
collect(int fd, struct epoll_event *own, int max, int timeout)
{
	static struct epoll_event events[EVENTS_MAX];
	struct client *c;
	int i, n, nown = 0;

	n = wait_in_kernel(fd, events, EVENTS_MAX, timeout);
	for (i = 0; i < n; i++) {
		c = client_of_event(&events[i]);
		if (c != NULL && (nown == max || !makes_room(c, &events[i])))
			put_off(c, events[i].events);
		else if (nown < max)
			own[nown++] = events[i];
	}
	return n == -1 ? -1 : nown;
}

int64_t
turns_wait(int64_t now)
{
	return TAILQ_EMPTY(&kept) ? holders_wait(now) : 0;
}

static void
tell(struct epoll_event *e, struct client *c)
{
	e->events = c->events;
	e->data.ptr = c->connection;
	c->events = 0;
}

/* The linker finds this one before libc's, for the library too. */
int
epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
	struct client *c;
	int64_t now;
	int n;

	if (fd != polled)
		return wait_in_kernel(fd, events, max, timeout);
	now = clock_now();
	n = collect(fd, events, max, turns_wait(now) == 0 ? 0 : timeout);
	if (n == -1)
		return -1;
	if (n < max && (c = holders_next(now)) != NULL)
		tell(&events[n++], c);
	if (n < max && (c = TAILQ_FIRST(&kept)) != NULL) {
		TAILQ_REMOVE(&kept, c, waiting);
		tell(&events[n++], c);
	}
	return n;
}

/* SPDX-License-Identifier: ISC */
/*
 * Everything that waits for a time: a binary heap, and one timerfd for its
 * root: epoll_wait(2) counts in milliseconds.
 */

#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "deadlines.h"
#include "log.h"
#include "watch.h"

static struct deadline **heap; /* heap[1] is the nearest */
static uint32_t heap_len, heap_size;
static int64_t armed_at = CLOCK_NEVER;
static struct watch timer;

/*
 * deadlines_run() looks at the clock in every pass.  Edge-triggered: nobody
 * has to read the descriptor.
 */
static void
timer_expired(struct watch *w, uint32_t events)
{
	(void)w;
	(void)events;
	armed_at = CLOCK_NEVER;
}

void
deadlines_open(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd == -1)
		fatal("%s", __func__);
	timer.on = timer_expired;
	if (watch_add(&timer, fd, EPOLLIN | EPOLLET) == -1)
		fatal("%s", __func__);
}

void
deadlines_close(void)
{
	close(timer.fd);
	free(heap);
	heap = NULL;
	heap_len = heap_size = 0;
	armed_at = CLOCK_NEVER;
}

static void
place(uint32_t i, struct deadline *d)
{
	heap[i] = d;
	d->index = i;
}

/* Both leave d where it belongs, starting from the free place i. */
static void
sift_up(uint32_t i, struct deadline *d)
{
	for (; i > 1 && d->at < heap[i / 2]->at; i /= 2)
		place(i, heap[i / 2]);
	place(i, d);
}

static void
sift_down(uint32_t i, struct deadline *d)
{
	uint32_t child;

	for (; (child = 2 * i) <= heap_len; i = child) {
		if (child < heap_len && heap[child + 1]->at < heap[child]->at)
			child++;
		if (d->at <= heap[child]->at)
			break;
		place(i, heap[child]);
	}
	place(i, d);
}

static void
settle(uint32_t i, struct deadline *d)
{
	if (i > 1 && d->at < heap[i / 2]->at)
		sift_up(i, d);
	else
		sift_down(i, d);
}

static void
resize(uint32_t size)
{
	heap_size = size;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): of pointers */
	heap = reallocarray(heap, heap_size, sizeof(*heap));
	if (heap == NULL)
		fatal("%s", __func__);
}

/* heap[0] is nobody's. */
void
deadlines_reserve(uint32_t n)
{
	if (n + 1 > heap_size)
		resize(n + 1);
}

static void
insert(struct deadline *d)
{
	if (heap_len + 1 >= heap_size)
		resize(heap_size == 0 ? 16 : heap_size * 2);
	heap_len++;
	sift_up(heap_len, d);
}

static void
take_out(struct deadline *d)
{
	struct deadline *last = heap[heap_len--];

	if (last != d)
		settle(d->index, last);
	d->index = 0;
}

void
deadline_set(struct deadline *d, int64_t at)
{
	if (at == CLOCK_NEVER) {
		if (d->index != 0)
			take_out(d);
		return;
	}
	if (d->index != 0 && d->at == at)
		return;
	d->at = at;
	if (d->index != 0)
		settle(d->index, d);
	else
		insert(d);
}

int64_t
deadlines_next(void)
{
	return heap_len > 0 ? heap[1]->at : CLOCK_NEVER;
}

void
deadlines_run(int64_t now)
{
	struct deadline *d;

	while (heap_len > 0 && heap[1]->at <= now) {
		d = heap[1];
		take_out(d);
		d->expired(d);
	}
}

/*
 * A timer that is armed too early is left: one wake-up for nothing costs less
 * than setting it anew with every chunk.
 */
void
deadlines_arm(void)
{
	struct itimerspec at = { 0 };

	if (heap_len == 0 || heap[1]->at >= armed_at)
		return;
	armed_at = heap[1]->at;
	at.it_value.tv_sec = armed_at / NS_PER_S;
	at.it_value.tv_nsec = armed_at % NS_PER_S;
	if (timerfd_settime(timer.fd, TFD_TIMER_ABSTIME, &at, NULL) == -1)
		fatal("%s", __func__);
}

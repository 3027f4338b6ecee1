/* SPDX-License-Identifier: ISC */
/*
 * Everything that waits for a time: a binary heap, and one timerfd for its
 * root: epoll_wait(2) counts in milliseconds.
 */

#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "deadlines.h"
#include "heap.h"
#include "log.h"
#include "watch.h"

static struct heap heap;
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
	heap_free(&heap);
	armed_at = CLOCK_NEVER;
}

void
deadlines_reserve(uint32_t n)
{
	if (heap_reserve(&heap, n) == -1)
		fatal("%s", __func__);
}

void
deadline_set(struct deadline *d, int64_t at)
{
	heap_set(&heap, d, at);
}

int64_t
deadlines_next(void)
{
	return heap_next(&heap);
}

void
deadlines_run(int64_t now)
{
	struct deadline *d;

	while ((d = heap_take_due(&heap, now)) != NULL)
		d->expired(d);
}

/*
 * A timer that is armed too early is left: one wake-up for nothing costs less
 * than setting it anew with every chunk.
 */
void
deadlines_arm(void)
{
	const int64_t next = heap_next(&heap);
	struct itimerspec at = { 0 };

	if (next >= armed_at)
		return;
	armed_at = next;
	at.it_value.tv_sec = armed_at / NS_PER_S;
	at.it_value.tv_nsec = armed_at % NS_PER_S;
	if (timerfd_settime(timer.fd, TFD_TIMER_ABSTIME, &at, NULL) == -1)
		fatal("%s", __func__);
}

/* SPDX-License-Identifier: ISC */
/* Everything that waits for a time of clock_now(). */

#include "deadlines.h"
#include "heap.h"
#include "log.h"
#include "timer.h"

static struct timer timer;

void
deadlines_open(void)
{
	timer_open(&timer, CLOCK_MONOTONIC);
}

void
deadlines_close(void)
{
	timer_close(&timer);
}

void
deadlines_reserve(uint32_t n)
{
	if (heap_reserve(&timer.times, n) == -1)
		fatal("%s", __func__);
}

void
deadline_set(struct deadline *d, int64_t at)
{
	heap_set(&timer.times, d, at);
}

int64_t
deadlines_next(void)
{
	return heap_next(&timer.times);
}

void
deadlines_run(int64_t now)
{
	struct deadline *d;

	while ((d = heap_take_due(&timer.times, now)) != NULL)
		d->expired(d);
}

void
deadlines_arm(void)
{
	timer_arm(&timer);
}

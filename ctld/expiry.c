/* SPDX-License-Identifier: ISC */
/* When leases end: see expiry.h. */

#include "agreed.h"
#include "clock.h"
#include "clock_boot.h"
#include "container_of.h"
#include "expiry.h"
#include "heap.h"
#include "proxies.h"
#include "timer.h"

/* So many proxies in a turn: a few ms of ours, if all have workers. */
#define SLICE 16

static void (*look_at)(struct proxy *, int64_t);
static struct timer ends; /* of clock_boot() */

void
expiry_open(void (*look)(struct proxy *, int64_t now))
{
	look_at = look;
	timer_open(&ends, CLOCK_BOOTTIME);
}

int
expiry_reserve(void)
{
	return heap_reserve(&ends.times, MAX_PROXIES);
}

/* ---- when */

static int64_t
nearer(int64_t at, int64_t lease)
{
	return lease != 0 && lease < at ? lease : at;
}

static int64_t
nearest(const struct proxy *p)
{
	int64_t at = nearer(CLOCK_NEVER, p->lease);
	const struct toxic *t;

	TAILQ_FOREACH (t, &p->toxics, entry)
		at = nearer(at, t->spec->lease);
	return at;
}

void
expiry_set(struct proxy *p)
{
	heap_set(&ends.times, &p->ends, nearest(p));
}

void
expiry_again(struct proxy *p, int64_t at)
{
	heap_set(&ends.times, &p->ends, at);
}

void
expiry_forget(struct proxy *p)
{
	heap_set(&ends.times, &p->ends, CLOCK_NEVER);
}

int
expiry_is_over(const struct proxy *p)
{
	return p->ends.index != 0 && nearest(p) <= clock_boot();
}

/* ---- in the loop */

void
expiry_turn(void)
{
	struct deadline *d;
	int64_t now;
	int n = 0;

	if (ends.times.len == 0)
		return;
	now = clock_boot();
	while (n++ < SLICE && (d = heap_take_due(&ends.times, now)) != NULL)
		look_at(container_of(d, struct proxy, ends), now);
}

int
expiry_waits(void)
{
	return ends.times.len > 0 && heap_next(&ends.times) <= clock_boot();
}

void
expiry_arm(void)
{
	timer_arm(&ends);
}

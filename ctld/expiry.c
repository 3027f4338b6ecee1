/* SPDX-License-Identifier: ISC */
/* When leases end: see expiry.h. */

#include <sys/timerfd.h>

#include "agreed.h"
#include "clock.h"
#include "clock_boot.h"
#include "container_of.h"
#include "expiry.h"
#include "heap.h"
#include "log.h"
#include "proxies.h"
#include "watch.h"

/* So many proxies in a turn: a few ms of ours, if all have workers. */
#define SLICE 16

static void (*look_at)(struct proxy *, int64_t);
static struct heap ends;
static int64_t armed_at = CLOCK_NEVER;
static struct watch timer;

/* Edge-triggered: nobody has to read the descriptor. */
static void
timer_expired(struct watch *w, uint32_t events)
{
	(void)w;
	(void)events;
	armed_at = CLOCK_NEVER;
}

void
expiry_open(void (*look)(struct proxy *, int64_t now))
{
	int fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);

	look_at = look;
	timer.on = timer_expired;
	if (fd == -1 || watch_add(&timer, fd, EPOLLIN | EPOLLET) == -1)
		fatal("%s", __func__);
}

int
expiry_reserve(void)
{
	return heap_reserve(&ends, MAX_PROXIES);
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
	heap_set(&ends, &p->ends, nearest(p));
}

void
expiry_again(struct proxy *p, int64_t at)
{
	heap_set(&ends, &p->ends, at);
}

void
expiry_forget(struct proxy *p)
{
	heap_set(&ends, &p->ends, CLOCK_NEVER);
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

	if (ends.len == 0)
		return;
	now = clock_boot();
	while (n++ < SLICE && (d = heap_take_due(&ends, now)) != NULL)
		look_at(container_of(d, struct proxy, ends), now);
}

int
expiry_waits(void)
{
	return ends.len > 0 && heap_next(&ends) <= clock_boot();
}

void
expiry_arm(void)
{
	const int64_t next = heap_next(&ends);
	struct itimerspec at = { 0 };

	if (next >= armed_at)
		return;
	armed_at = next;
	at.it_value.tv_sec = armed_at / NS_PER_S;
	at.it_value.tv_nsec = armed_at % NS_PER_S;
	if (timerfd_settime(timer.fd, TFD_TIMER_ABSTIME, &at, NULL) == -1)
		fatal("%s", __func__);
}

/* SPDX-License-Identifier: ISC */
/*
 * Children and proxies have times of their own, which several files set; each
 * has one deadline, for the nearest of them.  So nobody walks through all.
 */

#include "change.h"
#include "child.h"
#include "clock.h"
#include "container_of.h"
#include "deadlines.h"
#include "due.h"
#include "proxies.h"

/* What could not be done at its time is tried again so much later. */
#define AGAIN (50 * NS_PER_MS)

static void (*child_look)(struct child *, int64_t);
static void (*proxy_look)(struct proxy *, int64_t);

void
due_init(void (*look_at_child)(struct child *, int64_t),
    void (*look_at_proxy)(struct proxy *, int64_t))
{
	child_look = look_at_child;
	proxy_look = look_at_proxy;
}

static int64_t
nearer(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void
look_again(struct deadline *d, int64_t now, int64_t next)
{
	deadline_set(d, next > now ? next : now + AGAIN);
}

/* ---- children */

static int64_t
child_time(const struct child *c)
{
	const struct change *ch = TAILQ_FIRST(&c->waiting);
	const struct change *asks = TAILQ_FIRST(&c->inquiry.waiting);
	int64_t at = c->pong_by;

	if (c->state == CHILD_KILLED || c->state == CHILD_RETIRED)
		return CLOCK_NEVER;
	if (at == CLOCK_NEVER && c->state == CHILD_RUNNING)
		at = c->ping_at;
	if (c->proxy != NULL && c->line == 0)
		at = nearer(at, c->line_at);
	if (c->programs_at != 0)
		at = nearer(at, c->programs_at);
	if (c->halting.asked != c->halting.done)
		at = nearer(at, c->halting.by);
	if (asks != NULL)
		at = nearer(at, asks->deadline);
	return ch != NULL ? nearer(at, ch->deadline) : at;
}

static void
child_is_due(struct deadline *d)
{
	struct child *c = container_of(d, struct child, due);
	int64_t now = clock_now();

	child_look(c, now);
	look_again(d, now, child_time(c));
}

void
child_due(struct child *c)
{
	c->due.expired = child_is_due;
	deadline_set(&c->due, child_time(c));
}

void
child_not_due(struct child *c)
{
	deadline_set(&c->due, CLOCK_NEVER);
}

/* ---- proxies */

static int64_t
proxy_time(const struct proxy *p)
{
	return nearer(nearer(p->bind_at, p->restart_at), p->tell_at);
}

static void
proxy_is_due(struct deadline *d)
{
	struct proxy *p = container_of(d, struct proxy, due);
	int64_t now = clock_now();

	proxy_look(p, now);
	look_again(d, now, proxy_time(p));
}

void
proxy_due(struct proxy *p)
{
	p->due.expired = proxy_is_due;
	deadline_set(&p->due, proxy_time(p));
}

void
proxy_not_due(struct proxy *p)
{
	deadline_set(&p->due, CLOCK_NEVER);
}

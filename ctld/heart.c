/* SPDX-License-Identifier: ISC */
/* Does a child live?  Each is asked again and again, and has to answer. */

#include <time.h>

#include "agreed.h"
#include "child.h"
#include "children.h"
#include "clock.h"
#include "due.h"
#include "heart.h"
#include "pending.h"
#include "store.h"

/* Those that are due within it are asked at once: one wake-up for them all. */
#define TOGETHER (100 * NS_PER_MS)

/*
 * A worker that has not run since it answered waits, as it did then: it is not
 * woken to say so, but for once in a while.  To answer takes it so much.
 */
#define SELDOM (60 * NS_PER_S)
#define RESTING (2 * HEARTBEAT) /* a look costs 2 us */
#define ANSWER_COSTS (NS_PER_MS / 5)

#define PONG_WITHIN (2 * NS_PER_S)

/*
 * One that could not answer, because the machine had no time for it, is given
 * more, also one that has much to do: what takes 200 ms takes seconds where ten
 * others want the processor.  One that spins has used its time.
 */
#define USED_MIN NS_PER_S

static void
look_later(struct child *c, int64_t when)
{
	c->ping_at = when;
	c->ping_at += TOGETHER - c->ping_at % TOGETHER;
}

void
heart_beats(struct child *c)
{
	c->pong_by = CLOCK_NEVER;
	look_later(c, clock_now() + HEARTBEAT);
	child_due(c);
}

int
heart_ponged(struct child *c, const struct vitals *v)
{
	if (c->pong_by == CLOCK_NEVER || v->cpu_us < c->vitals.cpu_us ||
	    v->resident_max < c->vitals.resident_max)
		return -1;
	c->vitals = *v;
	heart_beats(c);
	return 0;
}

/* ns of processor time so far; 0: nobody can say */
static int64_t
cpu_time(struct child *c)
{
	struct timespec ts;

	if ((c->clock == 0 && clock_getcpuclockid(c->pid, &c->clock) != 0) ||
	    clock_gettime(c->clock, &ts) == -1)
		return 0;
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static int
is_starved(struct child *c, int64_t now)
{
	int64_t cpu = cpu_time(c);

	return cpu != 0 && cpu - c->ping_cpu < USED_MIN &&
	    now - c->pong_by < STARVED_MAX;
}

/*
 * stored tells the whole truth, or is told it, or what may be as much: a PING
 * waits behind that, and its successor would have it all to do again.
 */
static int
is_at_the_whole(const struct child *c, int64_t now)
{
	return c == children.stored && c->state == CHILD_RUNNING &&
	    (store.serial != 0 || pending.whole != NULL) &&
	    now - c->pong_by < WHOLE_WITHIN;
}

/*
 * Has it run since the last look?  What its answer costs may come behind the
 * answer, and that is all: at the look after it, and none later.
 */
static int
has_run(struct child *c)
{
	int64_t before = c->ping_cpu + c->answer_costs;

	c->answer_costs = 0;
	c->ping_cpu = cpu_time(c);
	return c->ping_cpu == 0 || c->ping_cpu > before;
}

/* A stopped one toxid tells of; others than workers may wait for a disk. */
static int
rests(struct child *c, int64_t now)
{
	return c->role == ROLE_RELAYD && c->counters.open_sessions == 0 &&
	    now - c->pinged_at < SELDOM && !has_run(c);
}

void
heart_awaits(struct child *c, int64_t within)
{
	c->pinged_at = clock_now();
	c->pong_by = c->pinged_at + within;
	c->ping_cpu = cpu_time(c);
	c->answer_costs = ANSWER_COSTS;
	child_due(c);
}

static void
ask(struct child *c)
{
	heart_awaits(c, PONG_WITHIN);
	child_send_nothing(c, MSG_PING, 0);
}

void
heart_look(struct child *c, int64_t now)
{
	if (c->state == CHILD_KILLED || c->state == CHILD_RETIRED)
		return;
	if (now >= c->pong_by &&
	    (is_starved(c, now) || is_at_the_whole(c, now)))
		return;
	if (now >= c->pong_by) {
		child_kill(c, "does not answer");
	} else if (c->state == CHILD_RUNNING && c->pong_by == CLOCK_NEVER &&
	    now >= c->ping_at) {
		if (rests(c, now))
			look_later(c, now + RESTING);
		else
			ask(c);
	}
}

void
hearts_forgive(int64_t late)
{
	struct child *c;

	TAILQ_FOREACH (c, &children.all, entry) {
		if (c->pong_by != CLOCK_NEVER)
			c->pong_by += late;
		child_due(c);
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * What one child may cost the others: bytes of log, and ctld's time.  Who owes
 * too much is not punished, because a client may be the cause of it: its lines
 * are dropped and counted, its messages wait in its channel.
 */

#include <sched.h>

#include "child.h"
#include "child_watch.h"
#include "clock.h"
#include "clock_used.h"
#include "container_of.h"
#include "deadlines.h"
#include "log.h"
#include "msg.h"
#include "output.h"
#include "proxies.h"
#include "quota.h"

/* Some 8,000 lines at once, and then some 1,000 a second. */
#define LOG_BURST INT64_C(2097152) /* bytes */
#define LOG_RATE INT64_C(262144)   /* bytes a second */

/*
 * Of ctld's processor time.  Others' requests go through apid, so it has a
 * larger part than any other child: enough for 20,000 changes a second; the
 * rest is theirs who have nothing to do with it.
 */
#define TIME_PART 8 /* one of so many */
#define TIME_PART_APID 4

/*
 * What may be owed: an honest child has much to say at once, and seldom.  One
 * that owes as much is read for a grain at a time: whoever shares the processor
 * with ctld waits no longer than that.  All workers have TIME_PART together: a
 * hundred that flood are no more than one, and rest in turn.
 */
#define TIME_BURST (20 * NS_PER_MS)
#define TIME_BURST_APID (100 * NS_PER_MS)
#define TIME_GRAIN (NS_PER_MS / 10)

/*
 * Messages of one child in one turn of the loop: then it is others' turn.  Of
 * a flood few: a change costs some 20 us, and a line of log may wake who reads
 * the log, who has the processor at once.
 */
#define MESSAGES_PER_TURN 64
#define MESSAGES_OF_A_FLOOD 2

/* ... but some cost much more than that. */
#define TURN (NS_PER_MS / 2)

#define TELL_EVERY NS_PER_S

/* What is owed by now, when so much is forgiven each second. */
static int64_t
owes(struct debt *d, int64_t now, int64_t forgiven)
{
	int64_t seconds = (now - d->since) / NS_PER_S;
	int64_t rest = (now - d->since) % NS_PER_S;

	if (seconds > d->owed / forgiven)
		d->owed = 0;
	else
		d->owed -= seconds * forgiven + forgiven * rest / NS_PER_S;
	if (d->owed < 0)
		d->owed = 0;
	d->since = now;
	return d->owed;
}

static struct quota quotas[ROLE_MAX]; /* of those without a proxy */

static struct quota *
quota_of(const struct child *c)
{
	return c->proxy != NULL ? &c->proxy->quota : &quotas[c->role];
}

/* ---- log */

static void
tell(struct quota *q, enum role role, const struct proxy *p)
{
	if (q->dropped == 0)
		return;
	log_event(LOG_WARN, "Log lines dropped: a child says too much",
	    LOG_STR("child", role_name(role)),
	    LOG_INT("lines", (int64_t)q->dropped), LOG_PROXY(proxy_key_of(p)));
	q->dropped = 0;
}

/* Once a second, while lines are dropped. */
static void
tell_all(struct deadline *d)
{
	struct proxy *p;
	int role;

	(void)d;
	for (role = 0; role < ROLE_MAX; role++)
		tell(&quotas[role], (enum role)role, NULL);
	TAILQ_FOREACH (p, &proxies.all, entry)
		tell(&p->quota, ROLE_RELAYD, p);
}

void
quota_log(const struct child *c, const struct log_record *r)
{
	static struct deadline told = { .expired = tell_all };
	struct quota *q = quota_of(c);
	char proxy[PROXY_KEY_TEXT_MAX + 1];

	if (owes(&q->bytes, clock_now(), LOG_RATE) > LOG_BURST) {
		q->dropped++;
		if (told.index == 0)
			deadline_set(&told, clock_now() + TELL_EVERY);
		output_refuse();
		return;
	}
	proxy_key_text(proxy_key_of(c->proxy), proxy);
	q->bytes.owed += (int64_t)output_line(
	    role_name(c->role), c->proxy != NULL ? proxy : NULL, r);
}

/* ---- time */

static int64_t
part_of(const struct child *c)
{
	return c->role == ROLE_APID ? TIME_PART_APID : TIME_PART;
}

static int64_t
burst_of(const struct child *c)
{
	return c->role == ROLE_APID ? TIME_BURST_APID : TIME_BURST;
}

/* In a second.  The workers' part is for all of them. */
static int64_t
forgiven_to(const struct child *c)
{
	int64_t part = NS_PER_S / part_of(c);

	if (c->role == ROLE_RELAYD && proxies.n > 1)
		part /= proxies.n;
	return part;
}

static int
is_flood(struct child *c)
{
	return owes(&c->time, clock_now(), forgiven_to(c)) > burst_of(c) / 2;
}

/* How many of its messages are read now. */
int
quota_messages(struct child *c)
{
	return is_flood(c) ? MESSAGES_OF_A_FLOOD : MESSAGES_PER_TURN;
}

/* By the clock: no turn is worth asking how much of it was ours. */
int64_t
quota_until(void)
{
	return clock_now() + TURN;
}

/* A grain is forgiven; what it rested for others' sake was theirs. */
static void
wake(struct deadline *d)
{
	struct child *c = container_of(d, struct child, wake);

	c->time.owed = burst_of(c) - TIME_GRAIN;
	c->time.since = clock_now();
	c->rests = 0;
	child_watch_update(c);
}

void
quota_begin(struct child *c)
{
	c->time_began = clock_used();
}

/* When that has been forgiven; a worker, behind those that rest already. */
static int64_t
rests_until(const struct child *c, int64_t over)
{
	static int64_t workers_until;
	int64_t now = clock_now(), rest = (over + TIME_GRAIN) * part_of(c);

	if (c->role != ROLE_RELAYD)
		return now + rest;
	if (workers_until < now)
		workers_until = now;
	workers_until += rest;
	return workers_until;
}

/* What the child wanted is done, and paid for. */
void
quota_end(struct child *c)
{
	int64_t over;

	c->time.owed += clock_used() - c->time_began;
	over = c->time.owed - burst_of(c);
	if (over <= 0 || c->rests || !child_is_watched(c))
		return;
	c->rests = 1;
	child_watch_update(c);
	c->wake.expired = wake;
	deadline_set(&c->wake, rests_until(c, over));
}

void
quota_inherit(struct child *c)
{
	c->time = quota_of(c)->time;
}

void
quota_leave(const struct child *c)
{
	quota_of(c)->time = c->time;
}

/* ---- whose turn it is */

/* In one turn of the loop, those that owe much: they are read after others. */
static TAILQ_HEAD(, child) floods = TAILQ_HEAD_INITIALIZER(floods);

/* 1: c, which has something to say, is one of them. */
int
quota_puts_off(struct child *c)
{
	if (!is_flood(c))
		return 0;
	TAILQ_INSERT_TAIL(&floods, c, flood);
	return 1;
}

/*
 * The next one of them; NULL: there is none.  Before it, other processes have
 * their turn, too: those who sleep mostly are not to wait for as long as the
 * kernel lets one run.
 */
struct child *
quota_next(void)
{
	struct child *c = TAILQ_FIRST(&floods);

	if (c == NULL)
		return NULL;
	TAILQ_REMOVE(&floods, c, flood);
	(void)sched_yield();
	return c;
}

/* SPDX-License-Identifier: ISC */
/* See paces.h. */

#include "child.h"
#include "children.h"
#include "clock.h"
#include "deadlines.h"
#include "tenant_limits.h"
#include "msg.h"
#include "paces.h"

#define RENEW_EVERY NS_PER_S
/* After something has come, which others may do, too, at once. */
#define RENEW_SOON (10 * NS_PER_MS)

/* Who has used so much of its share wants as much as there is. */
#define IS_HUNGRY(used, share) ((used) >= (share) - (share) / 8)

/* One that wants nothing has this part of an even one, to begin with. */
#define LITTLE 16

static int64_t counted_at; /* how much each has used */

static void renew(struct deadline *);
static struct deadline next = { .expired = renew };

static struct limit_state *
paced_of(const struct child *c)
{
	return c->role == ROLE_RELAYD && c->lease_of != NULL &&
		c->lease_of->pace.rate != 0
	    ? c->lease_of
	    : NULL;
}

static int
has_share(const struct child *c)
{
	return c->proxy != NULL &&
	    (c->state == CHILD_RUNNING || c->state == CHILD_STARTING);
}

/* Of one that was retired nobody hears: it has what it had. */
static void
enlist(const struct child *c)
{
	struct limit_state *of = paced_of(c);

	if (of != NULL && has_share(c))
		of->pace.n++;
	else if (of != NULL && c->state == CHILD_RETIRED)
		of->pace.gone += c->pace.share;
}

static void
count(struct child *c, int64_t elapsed)
{
	const uint64_t all = c->counters.received[STREAM_UPSTREAM] +
	    c->counters.received[STREAM_DOWNSTREAM];

	if (elapsed < RENEW_EVERY / 2)
		return;
	c->pace.used = (uint64_t)((double)(all - c->pace.counted) * NS_PER_S /
	    (double)elapsed);
	c->pace.counted = all;
}

/* By which the rate is divided. */
static uint64_t
weight(const struct child *c, const struct limit_state *of)
{
	const uint64_t rate = of->pace.rate;
	const uint64_t wants =
	    2 * c->pace.used + rate / (LITTLE * of->pace.n) + 1;

	return wants > rate || IS_HUNGRY(c->pace.used, c->pace.share) ? rate
								      : wants;
}

static void
say(struct child *c, uint64_t share)
{
	struct relay_bytes payload = { .bytes = share };

	c->pace.share = share;
	child_send(c, MSG_RELAY_PACE, 0, &payload, -1);
}

/* Little more is not worth a message. */
static void
give(struct child *c, const struct limit_state *of)
{
	const uint64_t rate = of->pace.gone < of->pace.rate / 2
	    ? of->pace.rate - of->pace.gone
	    : of->pace.rate / 2;
	uint64_t share = (uint64_t)((double)rate *
	    ((double)c->pace.weight / (double)of->pace.weights));

	if (share == 0)
		share = 1;
	if (share < c->pace.share || share > c->pace.share + c->pace.share / 16)
		say(c, share);
}

static int
begin(void)
{
	const struct tenant_limits *all;
	size_t i, n;
	int any = 0;

	all = limits_now(&n);
	for (i = 0; i < n; i++) {
		limits_state(all[i].tenant)->pace =
		    (struct limit_pace){ .rate = all[i].of[LIMIT_OF_BYTES] };
		any |= all[i].of[LIMIT_OF_BYTES] != 0;
	}
	return any;
}

static void
renew(struct deadline *d)
{
	const int64_t now = clock_now(), elapsed = now - counted_at;
	struct limit_state *of;
	struct child *c;

	if (!begin())
		return;
	TAILQ_FOREACH (c, &children.all, entry)
		enlist(c);
	TAILQ_FOREACH (c, &children.all, entry) {
		if ((of = paced_of(c)) == NULL || !has_share(c))
			continue;
		count(c, elapsed);
		c->pace.weight = weight(c, of);
		of->pace.weights += c->pace.weight;
	}
	TAILQ_FOREACH (c, &children.all, entry) {
		if ((of = paced_of(c)) != NULL && has_share(c))
			give(c, of);
	}
	if (elapsed >= RENEW_EVERY / 2)
		counted_at = now;
	deadline_set(d, now + RENEW_EVERY);
}

/* Before it knows its share it has next to nothing. */
void
pace_tell(struct child *c)
{
	const int is_paced =
	    limits_of(c->proxy->key.tenant, LIMIT_OF_BYTES) != 0;

	if (!is_paced && c->pace.share != 0)
		say(c, 0);
	if (!is_paced)
		return;
	if (c->pace.share == 0)
		say(c, 1);
	deadline_set(&next, clock_now() + RENEW_SOON);
}

/* SPDX-License-Identifier: ISC */
/*
 * What has just ended otherwise than by the FIN of both sides, for ctld to make
 * events of: of those that are alike the first at once, and of the others, once
 * in a second, the last, with how many there were.  So ctld hears as little of
 * a flood as of a few.
 */

#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "log.h"
#include "relayd.h"

struct kind {
	int64_t since;             /* ns: when something of it was said last */
	struct session_ended last; /* .sessions: so many have not been said */
	int is_used;
};

/* When there is one.  The last has all that there is no other for. */
static struct kind *kinds;

static int
are_alike(const struct session_ended *a, const struct session_ended *b)
{
	return a->end == b->end && strcmp(a->toxic, b->toxic) == 0 &&
	    a->dial.error == b->dial.error && a->dial.rule == b->dial.rule &&
	    a->dial.sys_errno == b->dial.sys_errno;
}

static struct kind *
kind_of(const struct session_ended *row)
{
	struct kind *k, *crowd = &kinds[ENDED_KINDS - 1], *room = NULL;

	for (k = kinds; k < crowd; k++) {
		if (!k->is_used)
			room = k;
		else if (are_alike(&k->last, row))
			return k;
	}
	return room != NULL ? room : crowd;
}

static void
count(struct kind *k, const struct session_ended *row, int64_t now)
{
	const uint64_t before = k->last.sessions;

	if (!k->is_used)
		k->since = now - NS_PER_S;
	k->is_used = 1;
	k->last = *row;
	k->last.sessions += before;
	k->last.are_several |= k->last.sessions > 1;
}

/* One of which there was no more for a second is none. */
static void
say(struct kind *k, int64_t now)
{
	if (!k->is_used || now - k->since < NS_PER_S ||
	    chan_wants_write(&relay.ctld.chan))
		return;
	k->is_used = k->last.sessions > 0;
	if (!k->is_used)
		return;
	k->since = now;
	if (chan_send(&relay.ctld.chan, MSG_RELAY_ENDED_NOW, 0, &k->last, -1) ==
	    -1)
		log_warn("%s", __func__);
	k->last.sessions = 0;
}

static void say_all(struct deadline *);
static struct deadline next = { .expired = say_all };

/* A channel without room is looked at again later. */
static void
wait_for_next(int64_t now)
{
	int64_t at = CLOCK_NEVER;
	struct kind *k;

	for (k = kinds; k < kinds + ENDED_KINDS; k++) {
		if (k->is_used && k->since + NS_PER_S < at)
			at = k->since + NS_PER_S;
	}
	deadline_set(&next, at > now ? at : now + NS_PER_S);
}

static void
say_all(struct deadline *d)
{
	const int64_t now = clock_now();
	struct kind *k;

	(void)d;
	if (relay.retires)
		return;
	for (k = kinds; k < kinds + ENDED_KINDS; k++)
		say(k, now);
	wait_for_next(now);
}

void
ended_news(const struct session_ended *row)
{
	const int64_t now = clock_now();
	struct kind *k;

	if (relay.retires)
		return;
	if (kinds == NULL &&
	    (kinds = calloc(ENDED_KINDS, sizeof(*kinds))) == NULL)
		fatal("%s", __func__);
	k = kind_of(row);
	count(k, row, now);
	say(k, now);
	wait_for_next(now);
}

void
ended_news_free(void)
{
	deadline_set(&next, CLOCK_NEVER);
	free(kinds);
	kinds = NULL;
}

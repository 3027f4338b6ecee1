/* SPDX-License-Identifier: ISC */
/*
 * See halting.h.  A worker is asked once for each change of what it is to do,
 * and answers in that order; while it owes an answer it is awaited, by all
 * changes that have begun to wait since.  One that an earlier ctld had is
 * awaited, too, until it has said how it is: that may be the answer.
 */

#include "agreed.h"
#include "change.h"
#include "child.h"
#include "children.h"
#include "clock.h"
#include "due.h"
#include "halting.h"
#include "halts.h"
#include "msg.h"

/*
 * All workers are asked at once, and of thousands each waits for the others.
 * One that hangs is found out by its PING long before.
 */
#define HALT_WITHIN (3 * APPLY_WITHIN)
_Static_assert(
    STORE_WITHIN + HALT_WITHIN < HURRY_WITHIN, "what is asked can be answered");

static struct changes waiting = TAILQ_HEAD_INITIALIZER(waiting);
static uint64_t moment; /* later in the order in which things happen */
static void (*has_waited)(struct change *);

void
halting_open(void (*done)(struct change *))
{
	has_waited = done;
}

/* ---- workers are asked */

static int
owes_answer(const struct child *c)
{
	return c->halting.asked != c->halting.done;
}

static uint32_t
next(uint32_t id)
{
	return id + 1 != 0 ? id + 1 : 1;
}

/* It is awaited from here on. */
static void
expect(struct child *c, int64_t by)
{
	struct child_halting *h = &c->halting;

	if (!owes_answer(c)) {
		h->since = ++moment;
		h->by = by;
	}
	h->asked = next(h->asked);
	child_due(c);
}

static void
say(struct child *c)
{
	child_send_nothing(c,
	    c->halting.is_halted ? MSG_RELAY_HALT : MSG_RELAY_RESUME,
	    c->halting.asked);
}

static void
tell(struct child *c)
{
	const int is_halted = halts_cover(c->proxy->key.tenant);

	if (is_halted == c->halting.is_halted)
		return;
	c->halting.is_halted = is_halted;
	expect(c, clock_now() + HALT_WITHIN);
	say(c);
}

void
halting_tell_new(struct child *c)
{
	c->halting.is_halted = halts_cover(c->proxy->key.tenant);
	if (c->halting.is_halted)
		child_send_nothing(c, MSG_RELAY_HALT, 0);
}

/* Greeted ones are told when it is known what they do. */
void
halting_tell_all(void)
{
	struct child *c;

	TAILQ_FOREACH (c, &children.all, entry) {
		if (c->role == ROLE_RELAYD && c->proxy != NULL &&
		    c->state != CHILD_GREETED)
			tell(c);
	}
}

/* ---- changes wait */

static int
is_about(const struct change *ch, const struct child *c)
{
	return halt_covers(&ch->u.halt.row, c->proxy->key.tenant);
}

int
halting_wait(struct change *ch)
{
	struct child *c;

	ch->u.halt.nawaited = 0;
	TAILQ_FOREACH (c, &children.all, entry) {
		if (c->role != ROLE_RELAYD || c->proxy == NULL ||
		    !is_about(ch, c))
			continue;
		if (c->state == CHILD_GREETED && !owes_answer(c))
			expect(c, CLOCK_NEVER);
		ch->u.halt.nawaited += owes_answer(c);
	}
	if (ch->u.halt.nawaited == 0)
		return 0;
	ch->u.halt.since = ++moment;
	TAILQ_INSERT_TAIL(&waiting, ch, entry);
	return 1;
}

/* It is not awaited any more: whoever had begun to wait for it has one less. */
static void
settle(const struct child *c)
{
	struct change *ch, *after;

	for (ch = TAILQ_FIRST(&waiting); ch != NULL; ch = after) {
		after = TAILQ_NEXT(ch, entry);
		if (ch->u.halt.since < c->halting.since || !is_about(ch, c) ||
		    --ch->u.halt.nawaited > 0)
			continue;
		TAILQ_REMOVE(&waiting, ch, entry);
		has_waited(ch);
	}
}

int
halting_done(struct child *c, uint32_t id)
{
	struct child_halting *h = &c->halting;

	if (!owes_answer(c) || id != next(h->done))
		return -1;
	h->done = id;
	h->by = clock_now() + HALT_WITHIN;
	if (!owes_answer(c))
		settle(c);
	return 0;
}

void
halting_forget(struct child *c)
{
	if (!owes_answer(c))
		return;
	c->halting.done = c->halting.asked;
	settle(c);
}

/* What it was not asked yet is what it does already, or is asked now. */
void
halting_adopt(struct child *c, const struct relay_here *here)
{
	const int is_halted = halts_cover(c->proxy->key.tenant);

	c->halting.is_halted = (int)here->is_halted;
	if (!owes_answer(c)) {
		tell(c);
	} else if (is_halted == c->halting.is_halted) {
		halting_forget(c);
	} else {
		c->halting.is_halted = is_halted;
		c->halting.by = clock_now() + HALT_WITHIN;
		child_due(c);
		say(c);
	}
}

void
halting_look(struct child *c, int64_t now)
{
	if (owes_answer(c) && now >= c->halting.by)
		child_kill(c, "does not apply a change");
}

void
halting_forget_asker(const struct child *asker)
{
	struct change *ch;

	TAILQ_FOREACH (ch, &waiting, entry) {
		if (ch->asker == asker)
			ch->asker = NULL;
	}
}

/* ---- an apid */

void
halting_feed(struct child *apid)
{
	const struct halt *all;
	size_t i, n;

	all = halts_now(&n);
	child_send_nothing(apid, MSG_API_HALTS, 0);
	for (i = 0; i < n; i++)
		child_send(apid, MSG_API_HALT, 0, &all[i], -1);
	child_send_nothing(apid, MSG_API_HALTS_END, 0);
}

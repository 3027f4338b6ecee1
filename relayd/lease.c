/* SPDX-License-Identifier: ISC */
/*
 * What this worker may hold.  Its own share is there at any time; the rest is
 * ctld's, for all workers: it is borrowed when a session has to wait for
 * memory, and returned when it was not needed for a second, or is recalled.
 */

#include <malloc.h>

#include "agreed.h"
#include "least.h"
#include "log.h"
#include "relayd.h"

/* As much as there is already, so that few messages make it a lot. */
#define STEP_MIN ((size_t)1024 * 1024)
#define STEP_MAX ((size_t)32 * 1024 * 1024)

#define LOOK_EVERY NS_PER_S

#define OWN ((size_t)RELAY_OWN_HELD)

static void look(struct deadline *);

static struct deadline next_look = { .expired = look };

static void
set_bound(void)
{
	const struct lease *l = &relay.lease;

	relay.budget.max =
	    least(relay.worker_held_max, OWN + least(l->lent, l->keep));
}

void
lease_init(size_t worker_held_max)
{
	relay.worker_held_max = worker_held_max;
	relay.lease = (struct lease){ .keep = SIZE_MAX };
	set_bound();
}

static void
say(enum msg_type type, size_t bytes)
{
	struct relay_bytes payload = { .bytes = bytes };

	if (chan_send(&relay.ctld.chan, type, 0, &payload, -1) == -1)
		log_warn("%s", __func__);
}

/* The kernel has it back before another worker gets it. */
static void
give_back(size_t bytes)
{
	struct lease *l = &relay.lease;

	malloc_trim(0);
	l->lent -= bytes;
	if (l->lent <= l->keep)
		l->keep = SIZE_MAX;
	set_bound();
	say(MSG_RELAY_RETURN, bytes);
}

/* Once a second while anything is lent. */
static void
look(struct deadline *d)
{
	struct lease *l = &relay.lease;
	size_t unused = minus(l->lent, minus(l->peak, OWN));

	if (relay.retires || l->lent == 0)
		return;
	if (unused >= STEP_MIN || unused == l->lent)
		give_back(unused);
	l->peak = relay.budget.held;
	if (l->lent > 0)
		deadline_set(d, clock_now() + LOOK_EVERY);
}

int
lease_lent(size_t bytes)
{
	struct lease *l = &relay.lease;

	if (bytes == 0 || bytes > l->borrowed)
		return -1;
	l->borrowed = 0;
	l->lent += bytes;
	l->keep = SIZE_MAX;
	l->peak = relay.budget.held;
	set_bound();
	deadline_set(&next_look, clock_now() + LOOK_EVERY);
	return 0;
}

/* From now on sessions wait, until enough of what is held has gone. */
void
lease_recalled(size_t keep)
{
	if (keep >= relay.lease.lent)
		return; /* it has been returned meanwhile */
	relay.lease.keep = keep;
	set_bound();
}

static void
return_recalled(void)
{
	const struct lease *l = &relay.lease;
	size_t recalled = minus(l->lent, l->keep);
	size_t unused = minus(OWN + l->lent, relay.budget.held);

	if (unused >= recalled)
		give_back(recalled);
	else if (unused >= STEP_MIN)
		give_back(unused);
}

static void
borrow(void)
{
	struct lease *l = &relay.lease;
	size_t step = least(l->lent, STEP_MAX);

	if (step < STEP_MIN)
		step = STEP_MIN;
	l->borrowed = least(step, minus(relay.worker_held_max, OWN + l->lent));
	if (l->borrowed > 0)
		say(MSG_RELAY_BORROW, l->borrowed);
}

/* Nothing is said while there is room. */
void
lease_run(void)
{
	struct lease *l = &relay.lease;

	if (relay.budget.held > l->peak)
		l->peak = relay.budget.held;
	if (relay.retires)
		return;
	if (l->lent > l->keep)
		return_recalled();
	else if (l->borrowed == 0 && sessions_wait())
		borrow();
}

/* SPDX-License-Identifier: ISC */
/*
 * See gate.h.  Who is let in is counted before the worker hears of it, and let
 * off when it has said that they have gone, or has died; so there are never
 * more, and nothing is lost with a worker.  A ctld that follows another has the
 * numbers of the workers, and lets nobody in before all of the tenant's have
 * said theirs.
 */

#include "agreed.h"
#include "child.h"
#include "children.h"
#include "clock.h"
#include "gate.h"
#include "least.h"
#include "tenant_limits.h"
#include "msg.h"

static void
set_inside(struct child *c, uint32_t inside)
{
	c->gate.of->inside -= c->gate.inside;
	c->gate.of->inside += inside;
	c->gate.inside = inside;
}

/* ---- who has to ask */

static int
is_limited(const char *tenant)
{
	return limits_of(tenant, LIMIT_OF_SESSIONS) != 0 ||
	    limits_of(tenant, LIMIT_OF_CONNECTIONS) != 0;
}

void
gate_tell(struct child *c)
{
	static uint32_t last;
	const char *tenant = c->proxy->key.tenant;
	const int is_to_ask = is_limited(tenant);

	if (is_to_ask == (c->gate.id != 0))
		return;
	if (is_to_ask) {
		if (++last == 0)
			last = 1;
		c->gate = (struct child_gate){
			.id = last, .is_new = 1, .of = limits_state(tenant)
		};
		/* more or less: it says how many at once */
		set_inside(c, (uint32_t)c->counters.open_sessions);
	} else {
		gate_end(c);
	}
	child_send_nothing(c, MSG_RELAY_GATE, c->gate.id);
}

/* ---- who asks */

/* Has one of the tenant's workers not said yet what it has?  That is over soon.
 */
static int
is_unknown(const struct limit_state *of)
{
	static int is_over;
	const struct child *c;

	if (is_over || (is_over = children_have_answered()))
		return 0;
	TAILQ_FOREACH (c, &children.all, entry) {
		if (c->state == CHILD_GREETED && c->proxy != NULL &&
		    limits_state(c->proxy->key.tenant) == of)
			return 1;
	}
	return 0;
}

/* So many of those who want in, and what is in the others' way. */
static struct relay_entered
let_in(const struct child *c, int64_t now)
{
	struct limit_state *of = c->gate.of;
	const uint64_t sessions = limits_of(of->tenant, LIMIT_OF_SESSIONS),
		       per_s = limits_of(of->tenant, LIMIT_OF_CONNECTIONS);
	struct relay_entered e = { .n = c->gate.wants };
	uint32_t n;

	if (sessions != 0) {
		e.n = (uint32_t)least(minus(sessions, of->inside), e.n);
		e.over = LIMIT_OF_SESSIONS;
	}
	if (per_s != 0) {
		n = (uint32_t)least(
		    minus(per_s, rate_used(&of->entered, now)), e.n);
		if (n < e.n)
			e.over = LIMIT_OF_CONNECTIONS;
		e.n = n;
	}
	return e;
}

static void
answer(struct child *c)
{
	const int64_t now = clock_now();
	struct relay_entered e = let_in(c, now);

	c->gate.wants = 0;
	set_inside(c, c->gate.inside + e.n);
	rate_add(&c->gate.of->entered, e.n, now);
	child_send(c, MSG_RELAY_ENTERED, c->gate.id, &e, -1);
}

/* All is known now of the tenant: whoever asked before waits for it. */
static void
answer_all(const struct limit_state *of)
{
	struct child *c;

	if (is_unknown(of))
		return;
	TAILQ_FOREACH (c, &children.all, entry) {
		if (c->gate.of == of && c->gate.wants > 0 &&
		    c->state == CHILD_RUNNING)
			answer(c);
	}
}

/* What it said before it heard of the last RELAY_GATE counts no more. */
int
gate_enter(struct child *c, uint32_t id, const struct relay_enter *enter)
{
	if (c->gate.id == 0 || id != c->gate.id)
		return 0;
	if (c->gate.wants > 0 || enter->wants > GATE_ROOM ||
	    (!c->gate.is_new && enter->inside > c->gate.inside))
		return -1;
	c->gate.is_new = 0;
	c->gate.wants = enter->wants;
	set_inside(c, enter->inside);
	if (enter->wants > 0 && !is_unknown(c->gate.of))
		answer(c);
	return 0;
}

/* ---- who comes, and goes */

/* It has had none of ours. */
void
gate_adopt(struct child *c, const struct relay_here *here)
{
	struct limit_state *of = limits_state(c->proxy->key.tenant);

	if (here->gate != 0 && of != NULL) {
		c->gate = (struct child_gate){ .id = here->gate, .of = of };
		c->gate.wants = here->wants;
		set_inside(c, here->inside);
		rate_add(&of->entered, here->entered, clock_now());
	} else if (here->gate != 0) {
		child_send_nothing(c, MSG_RELAY_GATE, 0);
	}
	gate_tell(c);
	if (of != NULL)
		answer_all(of);
}

void
gate_adopt_retired(struct child *c, const char *tenant, uint32_t inside)
{
	if ((c->gate.of = limits_state(tenant)) != NULL)
		set_inside(c, inside);
}

void
gate_end(struct child *c)
{
	const struct limit_state *of = c->gate.of;

	if (of == NULL)
		return;
	set_inside(c, 0);
	c->gate = (struct child_gate){ .of = NULL };
	answer_all(of);
}

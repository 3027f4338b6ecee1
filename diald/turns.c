/* SPDX-License-Identifier: ISC */
/*
 * Whose turn it is.  A worker may ask as fast as it can: it may have that many
 * clients.  But who asks for more than FREE_PER_S, and has used up
 * FREE_AT_ONCE, is greedy: in a pass of the loop one of those has a turn,
 * behind all others. What is counted is what it makes diald do, and not how
 * long that takes: a machine that is busy makes nobody greedy.  Of a tenant all
 * that its workers ask for counts, too, against the same: one that has a
 * thousand proxies has no more turns before others than one that has one.
 */

#include <sched.h>

#include "diald.h"

/* A dial is two: its message, and its connect(2). */
#define FREE_PER_S 2000
#define FREE_AT_ONCE 64
#define EACH (NS_PER_S / FREE_PER_S)

/*
 * Messages that are read, dials that go on, and dials that begin, in one turn:
 * some 0.05 ms each.  Who has been alone for that long has longer ones: its
 * answers leave by more at a time, and wake it up less often.
 */
#define A_TURN 4
#define A_TURN_ALONE 16
#define ALONE_FOR (NS_PER_S / 10)

/* Who has its share is looked at again so many us later. */
#define STARVED_US 20000

static int (*serve)(struct worker *, int most);
static uint32_t alone;      /* the line of who had all turns since */
static int64_t alone_since; /* ns */
static struct workers hungry = TAILQ_HEAD_INITIALIZER(hungry);
static struct workers greedy = TAILQ_HEAD_INITIALIZER(greedy);
static struct workers starved = TAILQ_HEAD_INITIALIZER(starved);
static unsigned int nhungry;
static struct event next_pass, starved_due;
static int64_t tenants_owe_until[POLICIES_MAX]; /* by policy; ns */

/* ---- who is greedy */

static void
owe(int64_t *until, int64_t now)
{
	if (*until < now)
		*until = now;
	*until += EACH;
}

void
turn_costs(struct worker *w)
{
	int64_t now = clock_now();

	owe(&w->owes_until, now);
	owe(&tenants_owe_until[w->policy_id], now);
}

static int
is_greedy(const struct worker *w)
{
	int64_t until = w->owes_until;

	if (policies_have_tenants() && tenants_owe_until[w->policy_id] > until)
		until = tenants_owe_until[w->policy_id];
	return until - clock_now() > FREE_AT_ONCE * EACH;
}

/* ---- queues */

void
turn_not_wanted(struct worker *w)
{
	struct workers *const queues[] = { NULL, &hungry, &greedy, &starved };

	if (w->queue != QUEUE_NONE)
		TAILQ_REMOVE(queues[w->queue], w, queued);
	nhungry -= w->queue == QUEUE_HUNGRY;
	w->queue = QUEUE_NONE;
}

void
turn_wanted_last(struct worker *w)
{
	turn_not_wanted(w);
	w->queue = QUEUE_GREEDY;
	TAILQ_INSERT_TAIL(&greedy, w, queued);
}

void
turn_wanted(struct worker *w)
{
	if (w->queue == QUEUE_HUNGRY || w->queue == QUEUE_GREEDY)
		return;
	turn_not_wanted(w);
	if (is_greedy(w)) {
		turn_wanted_last(w);
	} else {
		w->queue = QUEUE_HUNGRY;
		TAILQ_INSERT_TAIL(&hungry, w, queued);
		nhungry++;
	}
}

void
turn_put_off(struct worker *w)
{
	static const struct timeval soon = { .tv_usec = STARVED_US };

	turn_not_wanted(w);
	w->queue = QUEUE_STARVED;
	TAILQ_INSERT_TAIL(&starved, w, queued);
	if (!event_pending(&starved_due, EV_TIMEOUT, NULL))
		event_add(&starved_due, &soon);
}

static void
starved_expired(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w;

	(void)fd;
	(void)what;
	(void)arg;
	while ((w = TAILQ_FIRST(&starved)) != NULL)
		turn_wanted(w);
}

/* ---- turns */

static void
pass(evutil_socket_t fd, short what, void *arg)
{
	(void)fd; /* turns_take() follows */
	(void)what;
	(void)arg;
}

void
turns_open(int (*serve_worker)(struct worker *, int most))
{
	serve = serve_worker;
	evtimer_assign(&next_pass, diald.base, pass, NULL);
	evtimer_assign(&starved_due, diald.base, starved_expired, NULL);
}

static int
how_much(const struct worker *w)
{
	int64_t now = clock_now();

	if (w->line != alone) {
		alone = w->line;
		alone_since = now;
	}
	return now - alone_since > ALONE_FOR ? A_TURN_ALONE : A_TURN;
}

/* 1: there may be more to do for it. */
static int
take_turn(struct worker *w)
{
	turn_not_wanted(w);
	return serve(w, how_much(w));
}

/*
 * Whoever wants another one meanwhile has it in the next pass.  Behind who is
 * greedy and has more to ask other processes have theirs: those that sleep
 * mostly are not to wait for as long as the kernel lets one run.
 */
void
turns_take(void)
{
	struct worker *w;
	unsigned int n;

	for (n = nhungry; n > 0 && (w = TAILQ_FIRST(&hungry)) != NULL; n--) {
		if (is_greedy(w)) /* others of its tenant have made it so */
			turn_wanted_last(w);
		else
			(void)take_turn(w);
	}
	if ((w = TAILQ_FIRST(&greedy)) != NULL && take_turn(w))
		(void)sched_yield();
}

void
turns_go_on(void)
{
	if (nhungry > 0 || !TAILQ_EMPTY(&greedy))
		event_active(&next_pass, EV_TIMEOUT, 0);
}

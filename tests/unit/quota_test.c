/* SPDX-License-Identifier: ISC */
/* A child that costs ctld too much is served a grain at a time. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "chan.h"
#include "child.h"
#include "child_watch.h"
#include "clock.h"
#include "clock_rig.h"
#include "clock_used.h"
#include "container_of.h"
#include "deadlines.h"
#include "dispatch.h"
#include "heart.h"
#include "nitems.h"
#include "pending.h"
#include "proxies.h"
#include "quota.h"
#include "requests.h"
#include "watch.h"

/* In place of proxies.c and pending.c */
struct proxies proxies = { .all = TAILQ_HEAD_INITIALIZER(proxies.all) };
struct pending pending;

static struct child worker = { .role = ROLE_RELAYD };
static struct chan far_end;
static int heard;

static void
on_child(struct watch *w, uint32_t events)
{
	cr_assert_eq(container_of(w, struct child, watch), &worker);
	cr_assert_eq(events, EPOLLIN);
	heard++;
}

static void
open_worker(void)
{
	int fds[2];

	watches_open();
	child_watch_init(on_child);
	cr_assert_eq(chan_pair(fds), 0);
	chan_open(&worker.chan, fds[0]);
	chan_open(&far_end, fds[1]);
	cr_assert_eq(child_watch_add(&worker), 0);
	chan_send_nothing(&far_end, MSG_RELAY_DONE, 1);
}

TestSuite(quota, .init = open_worker);

/* ctld works for a worker, for so many ns. */
static void
work_for(struct child *c, int64_t ns)
{
	const int64_t end = clock_used() + ns;

	quota_begin(c);
	while (clock_used() < end)
		;
	quota_end(c);
}

static void
work(int64_t ns)
{
	work_for(&worker, ns);
}

static int
is_heard(void)
{
	heard = 0;
	watches_wait(0);
	return heard;
}

/* Until it is as said; a machine that is busy forgives much meanwhile. */
#define work_for_until(c, it_is_so)                               \
	for (int tries = 0; !(it_is_so) && tries < 1000; tries++) \
	work_for(c, 5 * NS_PER_MS)
#define work_until(it_is_so) work_for_until(&worker, it_is_so)

Test(quota, a_little_is_for_nothing)
{
	work(NS_PER_MS);
	cr_assert(!worker.rests);
	cr_assert(!quota_puts_off(&worker));
	cr_assert(is_heard());
}

Test(quota, who_owes_much_is_read_after_the_others_and_little_at_once)
{
	int messages = quota_messages(&worker);

	work_until(quota_puts_off(&worker));
	cr_assert_eq(quota_next(), &worker);
	cr_assert_null(quota_next());
	work_until(quota_messages(&worker) < messages);
	cr_assert_leq(
	    quota_messages(&worker), 2, "who reads the log runs at each");
}

/* An eighth is the worker's: it waits eight times what is too much. */
Test(quota, who_owes_too_much_rests_as_long_as_that_takes)
{
	int64_t over, began = clock_now();

	(void)quota_messages(&worker);
	work_until(worker.rests);
	cr_assert(!is_heard());
	over = worker.time.owed - 20 * NS_PER_MS;
	cr_assert_gt(over, 0);
	cr_assert_geq(worker.wake.at, began + 8 * over);
	cr_assert_leq(worker.wake.at, clock_now() + 8 * (over + NS_PER_MS));
	deadlines_run(worker.wake.at - 1);
	cr_assert(!is_heard());
	deadlines_run(worker.wake.at);
	cr_assert(!worker.rests);
	cr_assert(is_heard());
}

Test(quota, who_is_not_watched_is_not_woken)
{
	(void)quota_messages(&worker);
	work_until(worker.rests);
	child_watch_remove(&worker);
	cr_assert_eq(deadlines_next(), CLOCK_NEVER);
	work(21 * NS_PER_MS);
	cr_assert_eq(deadlines_next(), CLOCK_NEVER);
}

/* Or else there would be no time left, where there are many of them. */
Test(quota, workers_have_their_part_together_and_in_turn)
{
	static struct child others[8];
	int64_t over, before;
	size_t i;

	clock_stop();
	work_until(worker.rests);
	before = worker.wake.at;
	for (i = 0; i < nitems(others); i++) {
		others[i].role = ROLE_RELAYD;
		chan_open(&others[i].chan, dup(worker.chan.fd));
		cr_assert_eq(child_watch_add(&others[i]), 0);
		work_for_until(&others[i], others[i].rests);
		over = others[i].time.owed - 20 * NS_PER_MS;
		cr_assert_geq(others[i].wake.at, before + 8 * over);
		before = others[i].wake.at;
	}
	deadlines_run(before - 1);
	for (i = 0; i < nitems(others) - 1; i++)
		cr_assert(!others[i].rests);
	cr_assert(others[i].rests);
}

/* ... a grain, however long it has rested for the sake of others. */
Test(quota, who_has_rested_is_read_for_a_grain)
{
	clock_stop();
	work_until(worker.rests);
	clock_stopped_at = worker.wake.at + NS_PER_S;
	deadlines_run(clock_stopped_at);
	cr_assert(!worker.rests);
	cr_assert(quota_puts_off(&worker));
	work(NS_PER_MS / 2);
	cr_assert(worker.rests);
}

/* What is forgiven to each is less where there are more. */
Test(quota, workers_divide_what_is_forgiven)
{
	clock_stop();
	work_until(quota_puts_off(&worker));
	cr_assert_eq(quota_next(), &worker);
	work(2 * NS_PER_MS);
	proxies.n = 100;
	clock_stopped_at += 80 * NS_PER_MS;
	cr_assert(quota_puts_off(&worker));
	cr_assert_eq(quota_next(), &worker);
	proxies.n = 1;
	clock_stopped_at += 80 * NS_PER_MS;
	cr_assert(!quota_puts_off(&worker));
}

/* ... of the processor, too; who owes little makes nobody wait. */
Test(quota, other_processes_have_their_turn_before_who_owes_much)
{
	clock_stop();
	cr_assert_null(quota_next());
	cr_assert_eq(yields, 0);
	work_until(quota_puts_off(&worker));
	cr_assert_eq(quota_next(), &worker);
	cr_assert_eq(yields, 1);
}

/* ---- a turn */

/* What dispatch.c has to do with others: none of it is asked for here. */

static void __attribute__((__noreturn__)) unasked(void)
{
	cr_assert_fail();
	abort();
}

void
heart_beats(struct child *c)
{
	(void)c;
	unasked();
}

int
heart_ponged(struct child *c, const struct vitals *v)
{
	(void)c;
	(void)v;
	unasked();
}

const struct request *
request_of(enum msg_type type)
{
	(void)type;
	unasked();
}

void
child_end(struct child *c)
{
	(void)c;
	unasked();
}

void
child_kill(struct child *c, const char *why)
{
	(void)c;
	(void)why;
	unasked();
}

static int handled;

/* Each is much work. */
static int
on_done(struct msg *m)
{
	(void)m;
	handled++;
	clock_stopped_at += NS_PER_MS / 4;
	return 0;
}

static const struct handler *
may_say(const struct child *c, unsigned int *state)
{
	static const struct handler rows[MSG_MAX] = {
		[MSG_RELAY_DONE] = { on_done, ANY_STATE },
	};

	(void)c;
	*state = RUNS;
	return rows;
}

const struct role_row *
child_role(const struct child *c)
{
	static const struct role_row relayd = { .may_say = may_say };

	cr_assert_eq(c->role, ROLE_RELAYD);
	return &relayd;
}

Test(quota, a_turn_ends_by_its_time_too)
{
	uint32_t id;

	worker.state = CHILD_RUNNING;
	for (id = 2; id <= 10; id++)
		chan_send_nothing(&far_end, MSG_RELAY_DONE, id);
	clock_stop();
	child_readable(&worker);
	cr_assert_eq(handled, 2);
	cr_assert_eq(child_hear(&worker, 1, clock_now()), 0);
	cr_assert_eq(handled, 3, "one at least");
	cr_assert_eq(child_hear(&worker, 100, CLOCK_NEVER), 0);
	cr_assert_eq(handled, 10);
}

/* ---- who comes after it */

static void
passes_its_debt_on(struct child *next)
{
	clock_stop();
	cr_assert(!quota_puts_off(next));
	work_until(quota_puts_off(&worker));
	cr_assert_eq(quota_next(), &worker);
	quota_leave(&worker);
	quota_inherit(next);
	cr_assert(quota_puts_off(next), "it begins anew");
	cr_assert_eq(quota_next(), next);
}

Test(quota, the_next_worker_of_a_proxy_owes_what_the_last_one_owed)
{
	static struct proxy two[2];
	static struct child next = { .role = ROLE_RELAYD }, other;

	worker.proxy = next.proxy = &two[0];
	passes_its_debt_on(&next);
	other = next;
	other.proxy = &two[1];
	quota_inherit(&other);
	cr_assert(!quota_puts_off(&other), "another proxy's does not");
}

Test(quota, the_next_of_a_role_owes_what_the_last_one_owed)
{
	static struct child next = { .role = ROLE_DIALD };

	worker.role = ROLE_DIALD;
	passes_its_debt_on(&next);
}

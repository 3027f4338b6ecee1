/* SPDX-License-Identifier: ISC */
/* A child that costs ctld too much is served a grain at a time. */

#include <criterion/criterion.h>
#include <time.h>
#include <unistd.h>

#include "chan.h"
#include "child.h"
#include "child_watch.h"
#include "clock.h"
#include "clock_rig.h"
#include "container_of.h"
#include "deadlines.h"
#include "nitems.h"
#include "quota.h"
#include "state.h"
#include "watch.h"

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

	state_init();
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
	struct timespec ts;
	int64_t end = 0, now;

	quota_begin(c);
	do {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
		now = ts.tv_sec * NS_PER_S + ts.tv_nsec;
		if (end == 0)
			end = now + ns;
	} while (now < end);
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
	ctld.nproxies = 100;
	clock_stopped_at += 80 * NS_PER_MS;
	cr_assert(quota_puts_off(&worker));
	cr_assert_eq(quota_next(), &worker);
	ctld.nproxies = 1;
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

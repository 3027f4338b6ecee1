/* SPDX-License-Identifier: ISC */
/* What counts as a hit of each toxic: see toxid-api(7). */

#include <criterion/criterion.h>

#include "chain_rig.h"

TestSuite(hits, .init = rig_before, .fini = rig_after);

static void
expect_done(
    const struct toxic *t, uint64_t hits, uint64_t delayed, uint64_t dropped)
{
	cr_expect_eq(t->counts.hits, hits, "hits");
	cr_expect_eq(t->counts.delayed, delayed, "delayed");
	cr_expect_eq(t->counts.dropped, dropped, "dropped");
}

Test(hits, of_latency_is_a_byte_that_waits)
{
	struct toxic *t = rig_add(&rig, TOXIC_LATENCY, 0, 100, 0, 0);

	expect_done(t, 0, 0, 0);
	rig_feed(&rig, 10, 0);
	expect_done(t, 1, 10, 0);
	rig_feed(&rig, 5, MS(1));
	rig_run(&rig, MS(200));
	expect_done(t, 1, 15, 0);
}

Test(hits, of_latency_is_none_without_a_wait)
{
	struct toxic *t = rig_add(&rig, TOXIC_LATENCY, 0, 0, 0, 0);

	rig_feed(&rig, 10, 0);
	rig_feed_eof(&rig, 0);
	cr_expect_eq(rig.got, 10);
	expect_done(t, 0, 0, 0);
}

/* What the second would hold is due already: its delay has been, all the same.
 */
Test(hits, of_latency_are_those_of_which_the_machine_was_late)
{
	struct toxic *first = rig_add(&rig, TOXIC_LATENCY, 0, 10, 0, 0);
	struct toxic *second = rig_add(&rig, TOXIC_LATENCY, 0, 10, 0, 0);

	rig_feed(&rig, 10, 0);
	chain_run(&rig.chain, MS(50));
	expect_done(first, 1, 10, 0);
	expect_done(second, 1, 10, 0);
}

Test(hits, need_more_than_to_be_drawn)
{
	struct toxic *spared =
	    rig_add_with(&rig, TOXIC_LATENCY, 0, 0, 100, 0, 0);
	struct toxic *idle = rig_add(&rig, TOXIC_LIMIT_DATA, 0, 100, 0, 0);

	rig_feed(&rig, 10, 0);
	expect_done(spared, 0, 0, 0);
	expect_done(idle, 0, 0, 0);
}

Test(hits, of_bandwidth_is_a_byte_that_waits)
{
	struct toxic *t = rig_add(&rig, TOXIC_BANDWIDTH, 0, 1, 0, 0);

	rig_feed(&rig, 10, 0);
	expect_done(t, 1, 10, 0);
	rig_run(&rig, MS(100));
}

Test(hits, of_slow_close_is_the_end)
{
	struct toxic *t = rig_add(&rig, TOXIC_SLOW_CLOSE, 0, 500, 0, 0);

	rig_feed(&rig, 10, 0);
	expect_done(t, 0, 0, 0);
	rig_feed_eof(&rig, 0);
	expect_done(t, 1, 0, 0);
	rig_run(&rig, MS(500));
}

Test(hits, of_timeout_is_a_byte_that_is_swallowed)
{
	struct toxic *t = rig_add(&rig, TOXIC_TIMEOUT, 0, 0, 0, 0);

	rig_feed(&rig, 10, 0);
	expect_done(t, 1, 0, 10);
}

Test(hits, of_timeout_is_its_close)
{
	struct toxic *t = rig_add(&rig, TOXIC_TIMEOUT, 0, 100, 0, 0);

	rig_run(&rig, MS(99));
	expect_done(t, 0, 0, 0);
	rig_run(&rig, MS(100));
	expect_done(t, 1, 0, 0);
}

/* What it holds until then is dropped with it. */
Test(hits, of_reset_peer_is_once)
{
	struct toxic *t = rig_add(&rig, TOXIC_RESET_PEER, 0, 100, 0, 0);

	expect_done(t, 0, 0, 0);
	rig_feed(&rig, 10, 0);
	expect_done(t, 1, 10, 0);
	rig_run(&rig, MS(100));
	expect_done(t, 1, 10, 10);
}

Test(hits, of_limit_data_is_its_close)
{
	struct toxic *t = rig_add(&rig, TOXIC_LIMIT_DATA, 0, 15, 0, 0);

	rig_feed(&rig, 10, 0);
	expect_done(t, 0, 0, 0);
	rig_feed(&rig, 10, 0);
	expect_done(t, 1, 0, 5);
}

Test(hits, of_slicer_is_a_piece)
{
	struct toxic *t = rig_add(&rig, TOXIC_SLICER, 0, 5, 0, 0);

	expect_done(t, 0, 0, 0);
	rig_feed(&rig, 20, 0);
	rig_run(&rig, MS(1));
	cr_expect_eq(t->counts.hits, 1);
}

Test(hits, of_noop_is_none)
{
	struct toxic *t = rig_add(&rig, TOXIC_NOOP, 0, 0, 0, 0);

	rig_feed(&rig, 10, 0);
	rig_feed_eof(&rig, 0);
	expect_done(t, 0, 0, 0);
}

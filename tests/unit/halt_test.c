/* SPDX-License-Identifier: ISC */
/* relayd/chain.c: all toxics of a chain are held off, and begin anew. */

#include <criterion/criterion.h>

#include "chain_rig.h"

TestSuite(halt, .init = rig_before, .fini = rig_after);

static void
resume(int64_t now)
{
	size_t i;

	for (i = 0; i < rig.ntoxics; i++)
		chain_add(&rig.chain, &rig.toxics[i], now);
}

Test(halt, lets_go_what_is_under_way)
{
	rig_add(&rig, TOXIC_LATENCY, 0, 500, 0, 0);
	rig_feed(&rig, 100, 0);
	rig_halt(&rig, MS(10));
	cr_assert_eq(rig.got, 100);
	cr_assert(chain_is_idle(&rig.chain));
	rig_feed(&rig, 100, MS(20));
	cr_assert_eq(rig.got, 200);
}

/* The first is the latency: what it lets go meets none of the others. */
Test(halt, what_one_lets_go_meets_no_other)
{
	rig_add(&rig, TOXIC_LATENCY, 0, 500, 0, 0);
	rig_add(&rig, TOXIC_BANDWIDTH, 0, 1, 0, 0);
	rig_add(&rig, TOXIC_RESET_PEER, 0, 60000, 0, 0);
	rig_add(&rig, TOXIC_LIMIT_DATA, 0, 10, 0, 0);
	rig_feed(&rig, 5000, 0);
	rig_halt(&rig, MS(10));
	cr_assert_eq(rig.got, 5000);
	cr_assert_eq(rig.chain.end, CHAIN_OPEN);
}

Test(halt, the_end_that_is_held_goes_on)
{
	rig_add(&rig, TOXIC_SLOW_CLOSE, 0, 60000, 0, 0);
	rig_feed(&rig, 10, 0);
	rig_feed_eof(&rig, MS(1));
	rig_halt(&rig, MS(10));
	cr_assert_eq(rig.ended, MS(10));
	cr_assert_eq(rig.chain.end, CHAIN_EOF);
}

Test(halt, nothing_comes_of_a_reset_that_was_to_be)
{
	rig_add(&rig, TOXIC_RESET_PEER, 0, 100, 0, 0);
	rig_feed(&rig, 10, 0);
	rig_halt(&rig, MS(10));
	cr_assert_eq(rig.got, 10);
	rig_run(&rig, MS(1000));
	cr_assert_eq(rig.ended, CLOCK_NEVER);
	resume(MS(1000));
	rig_feed(&rig, 10, MS(1000));
	rig_run(&rig, MS(2000));
	cr_assert_eq(rig.ended, MS(1100), "it has begun anew");
}

Test(halt, a_timeout_that_has_dropped_nothing_lets_it_go_on)
{
	rig_add(&rig, TOXIC_TIMEOUT, 0, 100, 0, 0);
	rig_halt(&rig, MS(10));
	rig_run(&rig, MS(1000));
	cr_assert_eq(rig.chain.end, CHAIN_OPEN);
	rig_feed(&rig, 10, MS(1000));
	cr_assert_eq(rig.got, 10);
	resume(MS(2000));
	rig_run(&rig, MS(9000));
	cr_assert_eq(rig.ended, MS(2100), "it has begun anew");
}

/* Or the stream would go on with a hole in it. */
Test(halt, a_timeout_that_has_dropped_some_closes)
{
	rig_add(&rig, TOXIC_TIMEOUT, 0, 0, 0, 0);
	rig_feed(&rig, 10, 0);
	rig_halt(&rig, MS(10));
	cr_assert_eq(rig.chain.end, CHAIN_CLOSE);
	cr_assert_eq(rig.got, 0);
}

/* What was before it does not count. */
Test(halt, what_was_dropped_before_the_last_one_is_closed_already)
{
	rig_add(&rig, TOXIC_TIMEOUT, 0, 0, 0, 0);
	rig_halt(&rig, MS(1));
	rig_feed(&rig, 10, MS(1));
	resume(MS(2));
	rig_halt(&rig, MS(3));
	cr_assert_eq(rig.chain.end, CHAIN_OPEN);
	cr_assert_eq(rig.got, 10);
}

Test(halt, a_limit_counts_anew_and_what_is_closed_stays_so)
{
	rig_add(&rig, TOXIC_LIMIT_DATA, 0, 10, 0, 0);
	rig_feed(&rig, 9, 0);
	rig_halt(&rig, MS(1));
	rig_feed(&rig, 100, MS(1));
	resume(MS(2));
	rig_feed(&rig, 9, MS(2));
	cr_assert_eq(rig.got, 118);
	cr_assert_eq(rig.chain.end, CHAIN_OPEN);
	rig_feed(&rig, 9, MS(3));
	cr_assert_eq(rig.chain.end, CHAIN_CLOSE);
	rig_halt(&rig, MS(4));
	cr_assert_eq(rig.chain.end, CHAIN_CLOSE);
	cr_assert_eq(rig.got, 119);
}

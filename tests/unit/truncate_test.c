/* SPDX-License-Identifier: ISC */
/* truncate: which bytes pass, when the end does, and what comes after it. */

#include <criterion/criterion.h>

#include "chain_rig.h"
#include "nitems.h"

TestSuite(truncate, .init = rig_before, .fini = rig_after);

/* The rig looks at each byte: those that pass are the first ones. */
static struct toxic *
add(int64_t bytes)
{
	struct toxic *t = rig_add(&rig, TOXIC_TRUNCATE, 0, bytes, 0, 0);

	rig.is_lossy = 0;
	return t;
}

static void
expect_end(uint64_t got, const struct toxic *t)
{
	cr_expect_eq(rig.got, got);
	cr_expect_eq(rig.chain.end, CHAIN_EOF);
	cr_expect_eq(rig.chain.source_done, 0, "it is still heard");
	cr_expect_eq(t->counts.dropped, rig.fed - got);
	cr_expect_eq(t->counts.hits, 1);
}

Test(truncate, at_each_split_of_the_stream)
{
	size_t first, second;

	for (first = 1; first <= 12; first++) {
		for (second = 1; second <= 12; second++) {
			struct toxic *t = add(10);

			rig_feed(&rig, first, 0);
			rig_feed(&rig, second, 0);
			if (first + second >= 10)
				expect_end(10, t);
			else
				cr_expect_eq(rig.chain.end, CHAIN_OPEN);
			rig_feed(&rig, 20, 0);
			expect_end(10, t);
			rig_close(&rig);
			rig_open(&rig);
		}
	}
}

Test(truncate, the_last_byte_is_the_end)
{
	struct toxic *t = add(10);

	rig_feed(&rig, 9, MS(1));
	cr_expect_eq(rig.chain.end, CHAIN_OPEN);
	rig_feed(&rig, 1, MS(2));
	cr_expect_eq(rig.ended, MS(2));
	expect_end(10, t);
}

Test(truncate, at_0_there_is_nothing_but_the_end)
{
	struct toxic *t = add(0);

	rig_run(&rig, MS(1));
	cr_expect_eq(rig.ended, 0);
	rig_feed(&rig, 10, MS(1));
	expect_end(0, t);
}

Test(truncate, at_0_toxics_behind_it_see_the_end)
{
	struct toxic *t = add(0);

	rig_add(&rig, TOXIC_SLOW_CLOSE, 0, 500, 0, 0);
	rig_run(&rig, MS(1000));
	cr_expect_eq(rig.ended, MS(500));
	expect_end(0, t);
}

Test(truncate, the_sources_own_end_is_no_news)
{
	add(10);
	rig_feed(&rig, 20, 0);
	rig_feed_eof(&rig, MS(1));
	cr_expect_eq(rig.ended, 0);
	cr_expect_eq(rig.chain.end, CHAIN_EOF);
	cr_expect_eq(rig.chain.source_done, 1);
}

Test(truncate, a_shorter_stream_ends_as_it_does)
{
	struct toxic *t = add(10);

	rig_feed(&rig, 9, 0);
	rig_feed_eof(&rig, MS(1));
	cr_expect_eq(rig.ended, MS(1));
	cr_expect_eq(rig.got, 9);
	cr_expect_eq(t->counts.hits, 0);
}

Test(truncate, lowered_below_what_has_passed_it_ends_at_once)
{
	struct toxic *t = add(100);

	rig_feed(&rig, 60, 0);
	rig_update(&rig, t, MS(1), 80, 0, 0);
	cr_expect_eq(rig.chain.end, CHAIN_OPEN);
	rig_update(&rig, t, MS(2), 50, 0, 0);
	cr_expect_eq(rig.ended, MS(2));
	expect_end(60, t);
}

Test(truncate, raised_in_time_it_goes_on_counting)
{
	struct toxic *t = add(100);

	rig_feed(&rig, 60, 0);
	rig_update(&rig, t, 0, 70, 0, 0);
	rig_feed(&rig, 60, 0);
	expect_end(70, t);
}

Test(truncate, a_stream_that_has_ended_does_not_go_on)
{
	struct toxic *t = add(10);

	rig_feed(&rig, 20, 0);
	rig_update(&rig, t, 0, 1000, 0, 0);
	rig_feed(&rig, 20, 0);
	expect_end(10, t);
}

/* ---- taken away */

Test(truncate, taken_away_in_time_it_lets_all_pass)
{
	struct toxic *t = add(100);

	rig_feed(&rig, 60, 0);
	rig_remove(&rig, t, 0);
	rig_feed(&rig, 60, 0);
	cr_expect_eq(rig.got, 120);
	cr_expect_eq(rig.chain.end, CHAIN_OPEN);
}

/* They count their time, whatever comes of the source. */
Test(truncate, taken_away_too_late_it_spares_what_ends_sessions_before_it)
{
	static const enum toxic_kind kinds[] = { TOXIC_CLOSE, TOXIC_TIMEOUT };
	struct toxic *t;
	size_t i;

	for (i = 0; i < nitems(kinds); i++) {
		rig_add(&rig, kinds[i], 0, 100, 0, 0);
		t = add(0);
		rig_add(&rig, TOXIC_SLOW_CLOSE, 0, 50, 0, 0);
		rig_run(&rig, MS(1));
		rig_remove(&rig, t, MS(1));
		rig_run(&rig, MS(99));
		cr_expect_eq(rig.ended, MS(50));
		cr_expect_eq(rig.chain.end, CHAIN_EOF);
		rig_run(&rig, MS(100));
		cr_expect_eq(rig.chain.end, CHAIN_CLOSE);
		rig_close(&rig);
		rig_open(&rig);
	}
}

/* ... and become of the end that is on its way. */
Test(truncate, taken_away_too_late_an_end_before_it_hardens_its_own)
{
	struct toxic *t;

	rig_add(&rig, TOXIC_CLOSE, 0, 100, 0, 0);
	t = add(0);
	rig_add(&rig, TOXIC_SLOW_CLOSE, 0, 500, 0, 0);
	rig_run(&rig, MS(1));
	rig_remove(&rig, t, MS(1));
	rig_run(&rig, MS(1000));
	cr_expect_eq(rig.ended, MS(500));
	cr_expect_eq(rig.chain.end, CHAIN_CLOSE);
}

/* Nor would what a toxic before it holds be its beginning. */
Test(truncate, taken_away_too_late_nothing_passes)
{
	struct toxic *t;

	rig_add(&rig, TOXIC_LATENCY, 0, 100, 0, 0);
	t = add(10);
	rig_feed(&rig, 20, 0);
	rig_run(&rig, MS(100));
	rig_feed(&rig, 20, MS(100));
	rig_remove(&rig, t, MS(101));
	rig_feed(&rig, 20, MS(102));
	rig_run(&rig, MS(1000));
	cr_expect_eq(rig.got, 10);
	cr_expect_eq(rig.chain.end, CHAIN_EOF);
	cr_expect_eq(rig.chain.held, 0);
	rig_feed_eof(&rig, MS(1001));
	cr_expect_eq(rig.chain.end, CHAIN_EOF);
}

/* ... while the end waits in another, which keeps what it has. */
Test(truncate, taken_away_too_late_the_end_is_not_overtaken)
{
	struct toxic *t = add(10);

	rig_add(&rig, TOXIC_LATENCY, 0, 100, 0, 0);
	rig_feed(&rig, 20, 0);
	rig_remove(&rig, t, MS(1));
	rig_feed(&rig, 20, MS(2));
	rig_feed_eof(&rig, MS(3));
	cr_expect_eq(rig.chain.end, CHAIN_OPEN);
	rig_run(&rig, MS(1000));
	cr_expect_eq(rig.ended, MS(100));
	cr_expect_eq(rig.got, 10);
}

Test(truncate, a_halt_does_not_bring_back_what_was_dropped)
{
	add(10);
	rig_feed(&rig, 20, 0);
	rig_halt(&rig, MS(1));
	rig_feed(&rig, 20, MS(2));
	cr_expect_eq(rig.got, 10);
	chain_add(&rig.chain, &rig.toxics[0], MS(3));
	rig_feed(&rig, 20, MS(4));
	cr_expect_eq(rig.got, 10);
}

/* ---- beside others */

Test(truncate, a_harder_end_comes_through_yet)
{
	add(10);
	rig_add(&rig, TOXIC_TIMEOUT, 0, 100, 0, 0);
	rig_run(&rig, MS(100));
	cr_expect_eq(rig.chain.end, CHAIN_CLOSE);
}

Test(truncate, the_second_of_two_drops_too)
{
	struct toxic *first = add(20), *second = add(10);

	rig_feed(&rig, 30, 0);
	cr_expect_eq(rig.chain.end, CHAIN_EOF);
	cr_expect_eq(first->counts.dropped, 10);
	cr_expect_eq(second->counts.dropped, 10);
	rig_remove(&rig, first, 0);
	rig_feed(&rig, 30, 0);
	cr_expect_eq(rig.got, 10);
}

Test(truncate, holds_nothing_and_takes_as_much_as_there_is)
{
	struct iovec iov[CHAIN_IOV];

	add(1000000);
	cr_expect_eq(chain_room(&rig.chain, iov), CHAIN_IOV);
	chunks_free_spare();
}

/* SPDX-License-Identifier: ISC */
/* The chain itself: order, bounds, ends, live changes. */

#include <criterion/criterion.h>

#include "chain_rig.h"
#include "nitems.h"

TestSuite(chain, .init = rig_before, .fini = rig_after);

Test(chain, without_a_toxic_bytes_pass_at_once)
{
	rig_feed(&rig, 100000, 5);
	cr_assert_eq(rig.got, 100000);
	cr_assert(chain_is_idle(&rig.chain));
	cr_assert_eq(chain_deadline(&rig.chain), CLOCK_NEVER);
	rig_feed_eof(&rig, 7);
	cr_assert_eq(rig.chain.end, CHAIN_EOF);
	cr_assert(!chain_is_idle(&rig.chain));
}

Test(chain, chunks_are_as_large_as_the_originals_reads)
{
	rig_feed(&rig, 2 * CHUNK_MAX + 1, 0);
	cr_assert_eq(rig.narrivals, 3);
	cr_assert_eq(rig.arrivals[0].len, CHUNK_MAX);
	cr_assert_eq(rig.arrivals[2].len, 1);
}

Test(chain, memory_is_counted_with_what_it_costs)
{
	rig_add(&rig, TOXIC_LATENCY, 0, 1000, 0, 0);
	rig_feed(&rig, 1, 0);
	cr_assert_eq(rig.chain.held, sizeof(struct chunk) + 1);
	cr_assert_eq(rig.budget.held, rig.chain.held);
	rig_run(&rig, MS(1000));
	cr_assert_eq(rig.chain.held, 0);
	cr_assert_eq(rig.budget.held, 0);
}

Test(chain, a_latency_may_hold_the_bound_of_the_session)
{
	rig.chain.held_max = 1000000;
	rig_add(&rig, TOXIC_LATENCY, 0, 1000, 0, 0);
	rig_feed(&rig, 900000, 0);
	cr_assert(!chain_is_full(&rig.chain));
	rig_feed(&rig, 200000, 0);
	cr_assert(chain_is_full(&rig.chain));
	rig_run(&rig, MS(1000));
	cr_assert(!chain_is_full(&rig.chain));
	cr_assert_eq(rig.got, 1100000);
}

Test(chain, others_stop_their_source_soon)
{
	rig_add(&rig, TOXIC_BANDWIDTH, 0, 0, 0, 0);
	rig_feed(&rig, 60000, 0);
	cr_assert(!chain_is_full(&rig.chain));
	rig_feed(&rig, 10000, 0);
	cr_assert(chain_is_full(&rig.chain));
}

Test(chain, the_workers_bound_counts_too)
{
	rig_add(&rig, TOXIC_LATENCY, 0, 1000, 0, 0);
	rig.budget.max = 5000;
	rig_feed(&rig, 6000, 0);
	cr_assert(chain_is_full(&rig.chain));
}

Test(chain, no_more_is_read_than_the_worker_has_room_for)
{
	struct iovec iov[CHAIN_IOV];

	rig_add(&rig, TOXIC_LATENCY, 0, 1000, 0, 0);
	rig.budget.max = 3 * CHUNK_COST;
	cr_assert_eq(chain_room(&rig.chain, iov), 3);
	rig_feed(&rig, CHUNK_MAX, 0);
	cr_assert_eq(chain_room(&rig.chain, iov), 2);
	rig.budget.max--;
	cr_assert_eq(chain_room(&rig.chain, iov), 1);
	rig_feed(&rig, CHUNK_MAX, 0);
	cr_assert(chain_is_full(&rig.chain));
	rig.budget.max = 1; /* less than is held already */
	cr_assert(chain_is_full(&rig.chain));
	chunks_free_spare();
}

/* 57 bytes for each of them would be two megabytes. */
static void
stuck_pieces(enum toxic_kind kind, int64_t a, int64_t until)
{
	static uint8_t zeros[CHUNK_MAX];

	rig_add(&rig, kind, 0, a, 0, 0);
	rig.budget.max = 2 * CHUNK_COST;
	chain_feed(&rig.chain, zeros, sizeof(zeros), 0);
	while (chain_deadline(&rig.chain) <= until)
		chain_run(&rig.chain, chain_deadline(&rig.chain));
	cr_assert_leq(rig.budget.held, rig.budget.max);
	cr_assert_gt(rig.chain.out_bytes, 0);
}

Test(chain, slices_that_are_not_read_cost_no_more_than_there_is)
{
	stuck_pieces(TOXIC_SLICER, 1, 0);
	cr_assert_eq(rig.chain.out_bytes, 1); /* the others wait for it */
}

Test(chain, portions_that_are_not_read_cost_no_more_than_there_is)
{
	struct chunk *k;
	size_t n = 0;

	stuck_pieces(TOXIC_BANDWIDTH, 1, MS(20000));
	while (n < CHUNK_MAX && rig.chain.now < MS(100000)) {
		while ((k = STAILQ_FIRST(&rig.chain.out)) != NULL) {
			n += k->len;
			chain_written(&rig.chain, k->len);
		}
		if (chain_deadline(&rig.chain) != CLOCK_NEVER)
			chain_run(&rig.chain, chain_deadline(&rig.chain));
	}
	cr_assert_eq(n, CHUNK_MAX); /* it goes on when they are */
}

Test(chain, a_sink_that_does_not_write_stops_the_source)
{
	static const uint8_t zeros[CHUNK_MAX];
	int i;

	for (i = 0; i < 9; i++)
		chain_feed(&rig.chain, zeros, sizeof(zeros), 0);
	cr_assert(chain_is_full(&rig.chain));
	cr_assert_eq(rig.chain.out_bytes, 9 * sizeof(zeros));
	chain_written(&rig.chain, 3 * sizeof(zeros) + 1);
	cr_assert(!chain_is_full(&rig.chain));
	cr_assert_eq(rig.chain.out_bytes, 6 * sizeof(zeros) - 1);
	cr_assert_eq(STAILQ_FIRST(&rig.chain.out)->len, sizeof(zeros) - 1);
}

Test(chain, an_inactive_toxic_is_passed_by)
{
	struct toxic *t = rig_add_with(&rig, TOXIC_LATENCY, 0, 0, 1000, 0, 0);

	cr_assert(!chain_has_active(&rig.chain, t));
	cr_assert(chain_is_idle(&rig.chain));
	rig_feed(&rig, 10, 0);
	cr_assert_eq(rig.got, 10);
}

Test(chain, toxics_that_see_no_bytes_leave_it_idle)
{
	struct toxic *t;

	rig_add(&rig, TOXIC_NOOP, 0, 0, 0, 0);
	rig_add(&rig, TOXIC_SLOW_CLOSE, 0, 1000, 0, 0);
	cr_assert(chain_is_idle(&rig.chain));
	t = rig_add(&rig, TOXIC_LATENCY, 0, 0, 0, 0);
	cr_assert(!chain_is_idle(&rig.chain));
	rig_feed(&rig, 10, 0);
	rig_remove(&rig, t, 0);
	cr_assert(chain_is_idle(&rig.chain));
	cr_assert_eq(rig.got, 10);
	rig_feed_eof(&rig, 0);
	cr_assert(!chain_is_idle(&rig.chain), "the end is held");
	rig_run(&rig, MS(1000));
	cr_assert_eq(rig.ended, MS(1000));
}

Test(chain, toxicity_is_drawn_again_only_when_it_changes)
{
	struct toxic *t = rig_add(&rig, TOXIC_LATENCY, 0, 1000, 0, 0);

	t->spec->toxicity = 0;
	chain_update(&rig.chain, t, 0, 0);
	cr_assert(chain_has_active(&rig.chain, t));
	rig_feed(&rig, 10, 0);
	chain_update(&rig.chain, t, 1, MS(1));
	cr_assert(!chain_has_active(&rig.chain, t));
	rig_run(&rig, MS(1));
	cr_assert_eq(rig.chain.out_bytes, 10, "what it held goes on");
	t->spec->toxicity = 1;
	chain_update(&rig.chain, t, 1, MS(2));
	cr_assert(chain_has_active(&rig.chain, t));
}

Test(chain, half_a_toxicity_is_at_work_on_half)
{
	struct toxic_spec spec = { .kind = TOXIC_NOOP, .toxicity = 0.5f };
	struct toxic t = { .spec = &spec };
	int i, active = 0;

	for (i = 0; i < 1000; i++) {
		chain_add(&rig.chain, &t, 0);
		active += chain_has_active(&rig.chain, &t);
		chain_remove(&rig.chain, &t, 0);
	}
	cr_assert(active > 400 && active < 600, "%d of 1000", active);
}

Test(chain, removal_lets_go_in_order_through_what_follows)
{
	struct toxic *first = rig_add(&rig, TOXIC_BANDWIDTH, 0, 0, 0, 0);

	rig_add(&rig, TOXIC_LATENCY, 0, 100, 0, 0);
	rig_feed(&rig, 1000, MS(1));
	rig_feed(&rig, 1000, MS(2));
	rig_feed_eof(&rig, MS(3));
	rig_run(&rig, MS(1000));
	cr_assert_eq(rig.got, 0);
	rig_remove(&rig, first, MS(1000));
	cr_assert_eq(rig.got, 2000, "both are older than the latency");
	cr_assert_eq(rig.chain.end, CHAIN_EOF);
}

Test(chain, a_close_drops_what_lies_before_it)
{
	rig_add(&rig, TOXIC_BANDWIDTH, 0, 1, 0, 0);
	rig_add(&rig, TOXIC_LIMIT_DATA, 0, 10, 0, 0);
	rig_feed(&rig, 1000, 0);
	rig_run(&rig, MS(2000));
	cr_assert_eq(rig.got, 10);
	cr_assert_eq(rig.chain.end, CHAIN_CLOSE);
	cr_assert_eq(rig.ended, MS(10));
	cr_assert_eq(rig.chain.held, 0);
}

Test(chain, a_close_waits_for_what_has_left)
{
	rig_add(&rig, TOXIC_LIMIT_DATA, 0, 10, 0, 0);
	rig_add(&rig, TOXIC_LATENCY, 0, 100, 0, 0);
	rig_feed(&rig, 1000, 0);
	cr_assert(rig.chain.source_done);
	cr_assert_eq(rig.chain.end, CHAIN_OPEN);
	rig_run(&rig, MS(200));
	cr_assert_eq(rig.got, 10);
	cr_assert_eq(rig.ended, MS(100));
	cr_assert_eq(rig.chain.end, CHAIN_CLOSE);
}

Test(chain, a_close_after_the_end_is_a_close)
{
	struct toxic *t = rig_add_with(&rig, TOXIC_NOOP, 1, 0, 0, 0, 0);

	(void)t;
	rig_feed_eof(&rig, 0);
	cr_assert_eq(rig.chain.end, CHAIN_EOF);
	t = rig_add(&rig, TOXIC_TIMEOUT, MS(1), 5, 0, 0);
	rig_run(&rig, MS(6));
	cr_assert_eq(rig.chain.end, CHAIN_CLOSE);
}

Test(chain, a_reset_is_the_last_word)
{
	rig_add(&rig, TOXIC_RESET_PEER, 0, 5, 0, 0);
	rig_add(&rig, TOXIC_TIMEOUT, 0, 20, 0, 0);
	rig_feed(&rig, 1, 0);
	rig_run(&rig, MS(100));
	cr_assert_eq(rig.chain.end, CHAIN_RESET);
	cr_assert_eq(rig.got, 0);
}

Test(chain, nothing_is_taken_after_the_end)
{
	rig_feed_eof(&rig, 0);
	rig_feed(&rig, 10, 1);
	cr_assert_eq(rig.got, 0);
	cr_assert_eq(rig.chain.held, 0);
}

/* Whatever changes meanwhile: drain() of the rig checks every byte. */
Test(chain, live_changes_lose_nothing)
{
	static const enum toxic_kind kinds[] = { TOXIC_LATENCY, TOXIC_BANDWIDTH,
		TOXIC_SLICER, TOXIC_NOOP };
	struct toxic *on[4] = { NULL };
	int64_t now = 0;
	int i, n;

	rig.toxics[2].is_own = 1;
	for (i = 0; i < 4000; i++) {
		now += US(random_below(&rig.random, 900));
		rig_run(&rig, now);
		rig_feed(
		    &rig, (size_t)random_below(&rig.random, 3000) + 1, now);
		n = (int)random_below(&rig.random, 4);
		if (on[n] == NULL) {
			rig.ntoxics = (size_t)n;
			on[n] = rig_add(
			    &rig, kinds[n], now, 100 + i % 50, i % 2, i % 20);
		} else if (i % 3 == 0) {
			rig_update(&rig, on[n], now, 100 + i % 40, i % 2, 5);
		} else {
			rig_remove(&rig, on[n], now);
			on[n] = NULL;
		}
	}
	for (n = 0; n < 4; n++) {
		if (on[n] != NULL)
			rig_remove(&rig, on[n], now);
	}
	cr_assert_eq(rig.got, rig.fed);
}

/* One session's own come behind those of its proxy, whichever was first. */
Test(chain, own_toxics_are_behind_the_proxys)
{
	static const size_t order[] = { 0, 2, 4, 1, 3 };
	const struct stage *s;
	size_t i;

	rig.toxics[1].is_own = rig.toxics[3].is_own = 1;
	for (i = 0; i < nitems(order); i++)
		rig_add(&rig, TOXIC_LATENCY, 0, 10, 0, 0);
	s = TAILQ_FIRST(&rig.chain.stages);
	for (i = 0; i < nitems(order); i++, s = TAILQ_NEXT(s, entry))
		cr_expect_eq(s->toxic, &rig.toxics[order[i]], "%zu", i);
	rig_feed(&rig, 10, 0);
	rig_run(&rig, MS(50));
	cr_expect_eq(rig.got, 10);
	cr_expect_eq(rig.arrivals[0].at, MS(50));
	rig.toxics[1].is_own = rig.toxics[3].is_own = 0;
}

Test(chain, the_proxys_may_come_and_go_before_what_an_own_one_holds)
{
	struct toxic *before;

	rig.toxics[0].is_own = 1;
	rig_add(&rig, TOXIC_LATENCY, 0, 30, 0, 0);
	rig_feed(&rig, 10, 0);
	before = rig_add(&rig, TOXIC_LATENCY, MS(10), 50, 0, 0);
	rig_feed(&rig, 10, MS(10));
	rig_run(&rig, MS(30));
	cr_expect_eq(rig.got, 10);
	rig_remove(&rig, before, MS(40));
	rig_run(&rig, MS(70));
	cr_expect_eq(rig.got, 20);
	rig.toxics[0].is_own = 0;
}

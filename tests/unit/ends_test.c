/* SPDX-License-Identifier: ISC */
/* Ends travel behind the bytes; pieces stay apart, and leave one by one. */

#include <criterion/criterion.h>

#include "chain_rig.h"

TestSuite(ends, .init = rig_before, .fini = rig_after);
TestSuite(pieces, .init = rig_before, .fini = rig_after);

static const uint8_t zeros[CHUNK_MAX];

/* ---- ends */

Test(ends, a_reset_waits_for_what_was_let_through)
{
	chain_feed(&rig.chain, zeros, 100, 0);
	rig.toxics[0].spec->kind = TOXIC_RESET_PEER;
	rig.toxics[0].spec->toxicity = 1;
	chain_add(&rig.chain, &rig.toxics[0], 1);
	chain_feed(&rig.chain, zeros, 1, 2);
	cr_assert_eq(rig.chain.end, CHAIN_RESET);
	cr_assert_eq(rig.chain.out_bytes, 100);
	cr_assert_eq(rig.chain.held, 100 + sizeof(struct chunk));
}

Test(ends, a_reset_does_not_overtake_in_the_chain)
{
	rig_add(&rig, TOXIC_RESET_PEER, 0, 50, 0, 0);
	rig_add(&rig, TOXIC_SLOW_CLOSE, 0, 200, 0, 0);
	rig_feed(&rig, 10, 0);
	rig_run(&rig, MS(249));
	cr_assert_eq(rig.chain.end, CHAIN_OPEN);
	rig_run(&rig, MS(250));
	cr_assert_eq(rig.chain.end, CHAIN_RESET);
	cr_assert_eq(rig.got, 0);
}

Test(ends, a_reset_is_harder_than_a_close_or_an_end)
{
	rig_add(&rig, TOXIC_LIMIT_DATA, 0, 5, 0, 0);
	rig_add(&rig, TOXIC_RESET_PEER, 0, 50, 0, 0);
	rig_feed(&rig, 10, 0);
	rig_run(&rig, MS(50));
	cr_assert_eq(rig.chain.end, CHAIN_RESET);
}

Test(ends, the_toxic_that_made_it_is_named)
{
	struct toxic *t = rig_add(&rig, TOXIC_LIMIT_DATA, 0, 5, 0, 0);

	cr_assert_null(rig.chain.ended_by);
	t->spec->name[0] = 'x';
	rig_feed(&rig, 10, 0);
	cr_assert_eq(rig.chain.end, CHAIN_CLOSE);
	cr_assert_str_eq(rig.chain.ended_by, "x");
}

Test(ends, a_stop_drops_what_is_held_and_nothing_else)
{
	rig_add(&rig, TOXIC_LATENCY, 0, 100, 0, 0);
	chain_feed(&rig.chain, zeros, 10, 0);
	chain_run(&rig.chain, MS(100));
	chain_feed(&rig.chain, zeros, 20, MS(100));
	chain_stop(&rig.chain, CHAIN_CLOSE);
	cr_assert_eq(rig.chain.end, CHAIN_CLOSE);
	cr_assert_eq(rig.chain.out_bytes, 10);
	cr_assert_eq(rig.chain.held, 10 + sizeof(struct chunk));
	cr_assert_eq(chain_deadline(&rig.chain), CLOCK_NEVER);
}

/* What it held has gone on: nobody waits behind that. */
Test(ends, a_latency_that_is_drawn_again_begins_anew)
{
	struct toxic *t = rig_add(&rig, TOXIC_LATENCY, 0, 60000, 0, 0);

	rig_feed(&rig, 10, 0);
	t->spec->toxicity = 0;
	chain_update(&rig.chain, t, 1, MS(1));
	cr_assert_eq(rig.chain.out_bytes, 10);
	t->spec->toxicity = 1;
	t->spec->values[0].integer = 100;
	chain_update(&rig.chain, t, 1, MS(2));
	rig_feed(&rig, 10, MS(3));
	cr_assert_eq(chain_deadline(&rig.chain), MS(103));
}

Test(ends, a_slicer_that_is_drawn_again_begins_anew)
{
	struct toxic *t = rig_add(&rig, TOXIC_SLICER, 0, 10, 0, 60000000);

	rig_feed(&rig, 10, 0);
	t->spec->toxicity = 0;
	chain_update(&rig.chain, t, 1, MS(1));
	t->spec->toxicity = 1;
	t->spec->values[SLICER_DELAY].integer = 0;
	chain_update(&rig.chain, t, 1, MS(2));
	rig_feed(&rig, 10, MS(3));
	cr_assert_eq(rig.got, 20);
}

/* ---- pieces */

/* All that there is, without saying that it has left. */
static size_t
count_out(void)
{
	struct chunk *k;
	size_t n = 0;

	STAILQ_FOREACH (k, &rig.chain.out, entry)
		n++;
	return n;
}

/* Or the two directions of a session would each tell the other, for ever. */
Test(ends, of_two_stops_the_harder_one_counts)
{
	chain_stop(&rig.chain, CHAIN_CLOSE);
	chain_stop(&rig.chain, CHAIN_RESET);
	cr_assert_eq(rig.chain.end, CHAIN_RESET);
	chain_stop(&rig.chain, CHAIN_CLOSE);
	cr_assert_eq(rig.chain.end, CHAIN_RESET);
}

Test(pieces, the_next_waits_until_the_one_before_has_left)
{
	rig_add(&rig, TOXIC_SLICER, 0, 10, 0, 2000); /* us */
	chain_feed(&rig.chain, zeros, 40, 0);
	cr_assert_eq(count_out(), 1);
	chain_run(&rig.chain, MS(50));
	cr_assert_eq(count_out(), 1);
	cr_assert(!chain_wants_room(&rig.chain));
	chain_written(&rig.chain, 10);
	cr_assert(chain_wants_room(&rig.chain));
	chain_has_room(&rig.chain, MS(60));
	cr_assert_eq(count_out(), 0);
	cr_assert_eq(chain_deadline(&rig.chain), MS(62));
}

Test(pieces, a_part_that_was_written_has_not_left)
{
	rig_add(&rig, TOXIC_SLICER, 0, 10, 0, 0);
	chain_feed(&rig.chain, zeros, 40, 0);
	chain_written(&rig.chain, 9);
	cr_assert(!chain_wants_room(&rig.chain));
	chain_written(&rig.chain, 1);
	cr_assert_eq(chain_has_room(&rig.chain, 0), 1);
	cr_assert_eq(count_out(), 1);
}

/* Nothing else would have the sink look at the chain again. */
Test(pieces, an_end_that_comes_of_the_room_is_told)
{
	rig_add(&rig, TOXIC_SLICER, 0, 10, 0, 0);
	chain_feed(&rig.chain, zeros, 10, 0);
	chain_feed_eof(&rig.chain, 0);
	chain_written(&rig.chain, 10);
	cr_assert(chain_wants_room(&rig.chain));
	cr_assert_eq(rig.chain.end, CHAIN_OPEN);
	cr_assert_eq(chain_has_room(&rig.chain, 0), 1);
	cr_assert_eq(rig.chain.end, CHAIN_EOF);
}

Test(pieces, a_call_makes_so_many_at_most)
{
	rig_add(&rig, TOXIC_SLICER, 0, 1, 0, 0);
	rig_add(&rig, TOXIC_LATENCY, 0, 1000, 0, 0);
	chain_feed(&rig.chain, zeros, 1000, 0);
	cr_assert_eq(rig.chain.pieces, PIECES_MAX);
	cr_assert(chain_wants_room(&rig.chain));
	cr_assert_eq(chain_has_room(&rig.chain, 0), 1);
	cr_assert_eq(rig.chain.pieces, PIECES_MAX);
}

Test(pieces, without_memory_they_wait_for_what_is_held_behind)
{
	rig_add(&rig, TOXIC_SLICER, 0, 1, 0, 0);
	rig_add(&rig, TOXIC_LATENCY, 0, 1000, 0, 0);
	rig.chain.held_max = 4000;
	rig_feed(&rig, 1000, 0);
	cr_assert_leq(rig.chain.held, 4000 + 1 + sizeof(struct chunk));
	cr_assert(chain_wants_room(&rig.chain));
	rig_run(&rig, MS(60000));
	cr_assert_eq(rig.narrivals, 1000);
}

static void
assert_pieces(size_t least, size_t most)
{
	size_t i;

	cr_assert(rig.narrivals >= least && rig.narrivals <= most, "%zu",
	    rig.narrivals);
	for (i = 0; i < rig.narrivals; i++)
		cr_assert(rig.arrivals[i].is_piece);
}

Test(pieces, stay_apart_behind_a_latency)
{
	rig_add(&rig, TOXIC_SLICER, 0, 100, 0, 0);
	rig_add(&rig, TOXIC_LATENCY, 0, 50, 0, 0);
	rig_feed(&rig, 10000, 0);
	rig_run(&rig, MS(100));
	cr_assert_eq(rig.got, 10000);
	assert_pieces(128, 128);
}

Test(pieces, are_cut_again_but_not_joined_by_a_bandwidth)
{
	rig_add(&rig, TOXIC_SLICER, 0, 100, 0, 0);
	rig_add(&rig, TOXIC_BANDWIDTH, 0, 30, 0, 0);
	rig_feed(&rig, 10000, 0);
	rig_run(&rig, MS(1000));
	cr_assert_eq(rig.got, 10000);
	assert_pieces(128, 10000 / 15);
}

Test(pieces, are_cut_again_by_a_slicer)
{
	rig_add(&rig, TOXIC_SLICER, 0, 100, 0, 0);
	rig_add(&rig, TOXIC_SLICER, 0, 10, 0, 0);
	rig_feed(&rig, 10000, 0);
	cr_assert_eq(rig.got, 10000);
	assert_pieces(1024, 1024);
}

Test(pieces, what_a_removed_slicer_lets_go_is_none)
{
	struct toxic *t = rig_add(&rig, TOXIC_SLICER, 0, 10, 0, 1000000);

	rig_feed(&rig, 40, 0);
	rig_remove(&rig, t, MS(1));
	cr_assert_eq(rig.narrivals, 2);
	cr_assert(rig.arrivals[0].is_piece);
	cr_assert(!rig.arrivals[1].is_piece);
}

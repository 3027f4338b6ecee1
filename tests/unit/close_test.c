/* SPDX-License-Identifier: ISC */
/* close: when, how, and what of a session that hangs can go on. */

#include <criterion/criterion.h>

#include "chain_rig.h"

TestSuite(close, .init = rig_before, .fini = rig_after);

enum {
	FIN,
	RESET,
	HANG
};

static void
set(struct toxic *t, int64_t ms, int64_t bytes, int mode)
{
	t->spec->values[CLOSE_AFTER_MS].integer = ms;
	t->spec->values[CLOSE_AFTER_BYTES].integer = bytes;
	t->spec->values[CLOSE_MODE].integer = mode;
}

/* The rig looks at each byte: those that pass are the first ones. */
static struct toxic *
add(int64_t ms, int64_t bytes, int mode, int64_t now)
{
	struct toxic *t = &rig.toxics[rig.ntoxics++];

	toxic_spec_init(t->spec, TOXIC_CLOSE);
	set(t, ms, bytes, mode);
	chain_add(&rig.chain, t, now);
	return t;
}

static void
update(struct toxic *t, int64_t ms, int64_t bytes, int mode, int64_t now)
{
	set(t, ms, bytes, mode);
	rig_update(&rig, t, now, ms, bytes, 0);
}

static void
expect_hung(uint64_t got)
{
	cr_expect_eq(rig.got, got);
	cr_expect_eq(rig.chain.end, CHAIN_OPEN);
	cr_expect_eq(rig.chain.nhanging, 1);
}

/* As many as it holds. */
static void
expect_gone_on(uint64_t got)
{
	cr_expect_eq(rig.got, got);
	cr_expect_eq(rig.chain.nhanging, 0);
}

/* ---- when */

Test(close, of_nothing_is_at_once)
{
	add(0, 0, FIN, MS(5));
	rig_run(&rig, MS(5));
	cr_expect_eq(rig.ended, MS(5));
	cr_expect_eq(rig.chain.end, CHAIN_CLOSE);
}

Test(close, of_nothing_waits_for_what_is_behind_it)
{
	add(0, 0, RESET, 0);
	rig_add(&rig, TOXIC_SLOW_CLOSE, 0, 500, 0, 0);
	rig_run(&rig, MS(1000));
	cr_expect_eq(rig.ended, MS(500));
	cr_expect_eq(rig.chain.end, CHAIN_RESET);
}

Test(close, by_time_counts_from_the_beginning)
{
	add(100, 0, RESET, MS(10));
	rig_feed(&rig, 1000000, MS(50));
	rig_run(&rig, MS(110) - 1);
	cr_expect_eq(rig.ended, CLOCK_NEVER);
	cr_expect_eq(rig.got, 1000000);
	rig_run(&rig, MS(110));
	cr_expect_eq(rig.ended, MS(110));
	cr_expect_eq(rig.chain.end, CHAIN_RESET);
}

Test(close, by_bytes_at_each_split_of_the_stream)
{
	size_t first, second;
	int mode;

	for (first = 1; first <= 12; first++) {
		for (second = 1; second <= 12; second++) {
			for (mode = FIN; mode <= RESET; mode++) {
				add(0, 10, mode, 0);
				rig_feed(&rig, first, 0);
				rig_feed(&rig, second, 0);
				rig_feed(&rig, 10, 0);
				cr_expect_eq(rig.got, 10);
				cr_expect_eq(rig.chain.end,
				    mode == FIN ? CHAIN_CLOSE : CHAIN_RESET);
				rig_close(&rig);
				rig_open(&rig);
			}
		}
	}
}

Test(close, the_first_of_both_counts)
{
	add(100, 10, FIN, 0);
	rig_feed(&rig, 9, 0);
	rig_run(&rig, MS(99));
	cr_expect_eq(rig.ended, CLOCK_NEVER);
	rig_feed(&rig, 1, MS(99));
	cr_expect_eq(rig.ended, MS(99));
	rig_close(&rig);
	rig_open(&rig);
	add(100, 10, FIN, 0);
	rig_feed(&rig, 9, 0);
	rig_run(&rig, MS(200));
	cr_expect_eq(rig.ended, MS(100));
}

Test(close, its_toxic_is_named_and_hit_once)
{
	struct toxic *t = add(0, 10, RESET, 0);

	t->spec->name[0] = 'x';
	rig_feed(&rig, 20, 0);
	cr_expect_str_eq(rig.chain.ended_by, "x");
	cr_expect_eq(t->counts.hits, 1);
	cr_expect_eq(t->counts.dropped, 10);
}

Test(close, an_end_before_its_time_passes)
{
	add(100, 10, FIN, 0);
	rig_feed(&rig, 5, 0);
	rig_feed_eof(&rig, MS(1));
	cr_expect_eq(rig.ended, MS(1));
	cr_expect_eq(rig.chain.end, CHAIN_EOF);
}

Test(close, an_update_counts_from_the_same_beginning)
{
	struct toxic *t = add(1000, 0, FIN, 0);

	rig_feed(&rig, 60, 0);
	update(t, 100, 0, FIN, MS(50));
	rig_run(&rig, MS(99));
	cr_expect_eq(rig.ended, CLOCK_NEVER);
	update(t, 0, 61, FIN, MS(99));
	rig_run(&rig, MS(500));
	cr_expect_eq(rig.ended, CLOCK_NEVER);
	update(t, 0, 60, FIN, MS(500));
	cr_expect_eq(rig.ended, MS(500));
}

Test(close, taken_away_in_time_it_does_nothing)
{
	struct toxic *t = add(100, 10, RESET, 0);

	rig_feed(&rig, 9, 0);
	rig_remove(&rig, t, MS(99));
	rig_run(&rig, MS(1000));
	rig_feed(&rig, 100, MS(1000));
	cr_expect_eq(rig.got, 109);
	cr_expect_eq(rig.chain.end, CHAIN_OPEN);
}

Test(close, the_longest_time_does_not_overflow)
{
	add(INT64_MAX, 0, FIN, MS(1000));
	cr_expect_geq(chain_deadline(&rig.chain), INT64_MAX / 2);
}

/* ---- hangs */

Test(close, that_hangs_holds_what_comes_and_the_end)
{
	struct toxic *t = add(0, 10, HANG, 0);

	rig_feed(&rig, 15, 0);
	expect_hung(10);
	rig_feed(&rig, 15, MS(1));
	rig_feed_eof(&rig, MS(2));
	rig_run(&rig, MS(100000));
	expect_hung(10);
	cr_expect_eq(t->counts.hits, 1);
	rig_remove(&rig, t, MS(100000));
	expect_gone_on(30);
	cr_expect_eq(rig.chain.end, CHAIN_EOF);
}

Test(close, that_hangs_by_time_holds_from_then_on)
{
	add(100, 0, HANG, 0);
	rig_feed(&rig, 15, MS(99));
	rig_run(&rig, MS(100));
	expect_hung(15);
	rig_feed(&rig, 15, MS(101));
	expect_hung(15);
	rig_halt(&rig, MS(102));
	expect_gone_on(30);
}

Test(close, that_hangs_is_full_soon)
{
	struct iovec iov[CHAIN_IOV];

	add(0, 10, HANG, 0);
	cr_expect_eq(chain_room(&rig.chain, iov), CHAIN_IOV);
	rig_feed(&rig, STAGE_HOLDS + 20, 0);
	expect_hung(10);
	cr_expect_eq(chain_is_full(&rig.chain), 1);
	chunks_free_spare();
}

Test(close, that_hangs_goes_on_as_far_as_a_change_lets_it)
{
	struct toxic *t = add(0, 10, HANG, 0);
	int i;

	for (i = 0; i < 5; i++)
		rig_feed(&rig, 7, 0);
	rig_feed_eof(&rig, 0);
	expect_hung(10);
	update(t, 0, 20, HANG, MS(1));
	expect_hung(20);
	update(t, 0, 15, HANG, MS(2));
	expect_hung(20);
	update(t, 1000, 0, HANG, MS(3));
	expect_gone_on(35);
	cr_expect_eq(rig.chain.end, CHAIN_EOF);
}

Test(close, that_hangs_may_close_or_reset_yet)
{
	struct toxic *t = add(0, 10, HANG, 0);

	rig_feed(&rig, 15, 0);
	update(t, 0, 10, RESET, MS(1));
	expect_gone_on(10);
	cr_expect_eq(rig.chain.end, CHAIN_RESET);
	cr_expect_eq(rig.chain.held, 0);
}

Test(close, that_hangs_gives_way_to_a_harder_end_behind_it)
{
	add(0, 10, HANG, 0);
	add(100, 0, FIN, 0);
	rig_feed(&rig, 15, 0);
	expect_hung(10);
	rig_run(&rig, MS(100));
	expect_gone_on(10);
	cr_expect_eq(rig.chain.end, CHAIN_CLOSE);
}

Test(close, of_two_that_hang_both_have_to_go)
{
	struct toxic *first = add(0, 20, HANG, 0);
	struct toxic *second = add(0, 10, HANG, 0);

	rig_feed(&rig, 30, 0);
	cr_expect_eq(rig.chain.nhanging, 2);
	rig_remove(&rig, second, MS(1));
	expect_hung(20);
	rig_remove(&rig, first, MS(2));
	expect_gone_on(30);
}

Test(close, a_stop_ends_what_hangs)
{
	add(0, 10, HANG, 0);
	rig_feed(&rig, 30, 0);
	chain_stop(&rig.chain, CHAIN_CLOSE);
	expect_gone_on(10);
	cr_expect_eq(rig.chain.end, CHAIN_CLOSE);
}

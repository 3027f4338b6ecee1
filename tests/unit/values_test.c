/* SPDX-License-Identifier: ISC */
/* Values that a toxic takes though they are odd: what each of them means. */

#include <criterion/criterion.h>

#include "chain_rig.h"
#include "nitems.h"

TestSuite(values, .init = rig_before, .fini = rig_after);

/* That the end comes at once too, where there is one. */
static void
expect_no_delay(void)
{
	rig_feed(&rig, 10, MS(5));
	cr_expect_eq(rig.got, 10);
	rig_feed_eof(&rig, MS(6));
	rig_run(&rig, MS(6));
	cr_expect_eq(rig.ended, MS(6));
}

Test(values, a_negative_latency_is_0)
{
	rig_add(&rig, TOXIC_LATENCY, 0, -5, 0, 0);
	expect_no_delay();
}

/* Not the same as one of 20 that is taken off. */
Test(values, a_negative_jitter_is_none)
{
	int i;

	rig_add(&rig, TOXIC_LATENCY, 0, 100, -20, 0);
	for (i = 0; i < 50; i++) {
		rig_feed(&rig, 10, MS(1000 * i));
		rig_run(&rig, MS(1000 * i + 999));
		cr_expect_eq(rig.arrivals[i].at, MS(1000 * i + 100));
	}
}

Test(values, a_negative_delay_of_the_end_is_0)
{
	rig_add(&rig, TOXIC_SLOW_CLOSE, 0, -1, 0, 0);
	expect_no_delay();
}

Test(values, a_negative_pause_between_slices_is_0)
{
	rig_add(&rig, TOXIC_SLICER, 0, 1, 0, -1);
	expect_no_delay();
}

Test(values, a_negative_timeout_swallows_for_ever)
{
	rig_add(&rig, TOXIC_TIMEOUT, 0, -1, 0, 0);
	rig_feed(&rig, 10, MS(5));
	rig_run(&rig, MS(3600000));
	cr_expect_eq(rig.got, 0);
	cr_expect_eq(rig.chain.end, CHAIN_OPEN);
}

Test(values, a_negative_reset_is_at_once)
{
	rig_add(&rig, TOXIC_RESET_PEER, 0, INT64_MIN, 0, 0);
	rig_feed(&rig, 10, MS(5));
	cr_expect_eq(rig.chain.end, CHAIN_RESET);
}

Test(values, a_negative_limit_closes_at_the_first_byte)
{
	rig_add(&rig, TOXIC_LIMIT_DATA, 0, -1, 0, 0);
	cr_expect_eq(rig.chain.end, CHAIN_OPEN);
	rig_feed(&rig, 1, MS(5));
	cr_expect_eq(rig.chain.end, CHAIN_CLOSE);
	cr_expect_eq(rig.got, 0);
}

/* Of 9.2e12 ms: it is centuries, or nothing at all. */
Test(values, the_largest_jitter_keeps_its_share)
{
	struct toxic *t;
	int i, n = 0;

	for (i = 0; i < 200; i++) {
		t = rig_add(&rig, TOXIC_LATENCY, 0, 0, INT64_MAX, 0);
		rig_feed(&rig, 1, MS(1));
		n += rig.got < rig.fed;
		rig_remove(&rig, t, MS(1));
		rig.ntoxics = 0;
	}
	cr_expect(n > 60 && n < 140, "%d of 200 waited", n);
}

Test(values, a_toxicity_of_80_is_1)
{
	rig_add_with(&rig, TOXIC_LATENCY, 80, 0, 100, 0, 0);
	rig_feed(&rig, 10, 0);
	cr_expect_eq(rig.got, 0);
}

Test(values, a_negative_toxicity_is_never)
{
	rig_add_with(&rig, TOXIC_LATENCY, -0.5F, 0, 100, 0, 0);
	rig_feed(&rig, 10, 0);
	cr_expect_eq(rig.got, 10);
}

static int
is_slicer_without_sense(int64_t a, int64_t b)
{
	struct toxic_spec spec = { .kind = TOXIC_SLICER,
		.toxicity = 1,
		.values = { { a }, { b }, { 0 } } };
	struct toxic_fault fault;

	return toxic_spec_check(&spec, &fault) == -1;
}

/* Whatever is taken, nothing overflows: UBSan looks on. */
Test(values, nothing_overflows)
{
	static const int64_t ends[] = { INT64_MIN, -1, 0, 1, 9200000000000,
		92000000000000000, INT64_MAX - 1, INT64_MAX };
	struct toxic *t;
	size_t i, j;
	int kind;

	rig_close(&rig);
	for (kind = 1; kind < TOXIC_KIND_MAX; kind++) {
		if (toxic_schema((enum toxic_kind)kind)->whose == OF_DEBUG)
			continue;
		for (i = 0; i < nitems(ends) * nitems(ends); i++) {
			j = i / nitems(ends);
			if ((kind == TOXIC_BANDWIDTH && ends[j] < 0) ||
			    (kind == TOXIC_SLICER &&
				is_slicer_without_sense(
				    ends[j], ends[i % nitems(ends)])))
				continue;
			rig_open(&rig);
			t = rig_add(&rig, (enum toxic_kind)kind, MS(1), ends[j],
			    ends[i % nitems(ends)], ends[j]);
			rig_feed(&rig, 100, MS(2));
			rig_update(&rig, t, MS(3), ends[j],
			    ends[i % nitems(ends)], ends[j]);
			rig_feed_eof(&rig, MS(4));
			rig_run(&rig, INT64_C(1) << 62);
			rig_close(&rig);
		}
	}
	rig_open(&rig);
}

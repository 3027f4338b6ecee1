/* SPDX-License-Identifier: ISC */
/* unplug: nothing passes, nothing is lost, and its socket is to hear nothing.
 */

#include <criterion/criterion.h>

#include "chain_rig.h"

TestSuite(unplug, .init = rig_before, .fini = rig_after);

static struct toxic *
pull(int64_t now)
{
	return rig_add(&rig, TOXIC_UNPLUG, now, 0, 0, 0);
}

static void
expect_pulled(unsigned int n, uint64_t got)
{
	cr_expect_eq(rig.got, got);
	cr_expect_eq(rig.chain.nunplugged, n);
	cr_expect_eq(rig.chain.nhanging, n);
}

Test(unplug, holds_what_has_come_and_the_end)
{
	struct toxic *t;

	rig_feed(&rig, 15, 0);
	t = pull(MS(1));
	rig_feed(&rig, 15, MS(1));
	rig_feed_eof(&rig, MS(2));
	rig_run(&rig, MS(100000));
	expect_pulled(1, 15);
	cr_expect_eq(rig.chain.end, CHAIN_OPEN);
	cr_expect_eq(t->counts.hits, 1);
	rig_remove(&rig, t, MS(100000));
	expect_pulled(0, 30);
	cr_expect_eq(rig.chain.end, CHAIN_EOF);
}

Test(unplug, halted_it_is_plugged_in)
{
	pull(0);
	rig_feed(&rig, 15, 0);
	expect_pulled(1, 0);
	rig_halt(&rig, MS(1));
	expect_pulled(0, 15);
}

Test(unplug, twice_is_to_be_plugged_in_twice)
{
	struct toxic *first = pull(0), *second = pull(0);

	rig_feed(&rig, 15, 0);
	expect_pulled(2, 0);
	rig_remove(&rig, first, MS(1));
	expect_pulled(1, 0);
	rig_remove(&rig, second, MS(2));
	expect_pulled(0, 15);
}

Test(unplug, outlives_the_other_side)
{
	struct toxic *t = pull(0);

	rig_feed(&rig, 15, 0);
	chain_drop(&rig.chain);
	expect_pulled(1, 0);
	rig_remove(&rig, t, MS(1));
	expect_pulled(0, 0);
}

Test(unplug, spares_where_toxicity_does)
{
	rig_add_with(&rig, TOXIC_UNPLUG, 0, 0, 0, 0, 0);
	rig_feed(&rig, 15, 0);
	expect_pulled(0, 15);
}

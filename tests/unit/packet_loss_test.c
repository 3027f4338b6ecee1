/* SPDX-License-Identifier: ISC */
/* packet_loss: how much is lost, in which bursts, and what is not. */

#include <criterion/criterion.h>

#include "chain_rig.h"

#define CHUNK 10
#define MANY 20000

TestSuite(packet_loss, .init = rig_before, .fini = rig_after);

static struct toxic *
add(double loss_rate, double correlation)
{
	struct toxic *t = &rig.toxics[rig.ntoxics++];

	toxic_spec_init(t->spec, TOXIC_PACKET_LOSS);
	t->spec->values[PACKET_LOSS_LOSS_RATE].fraction = loss_rate;
	t->spec->values[PACKET_LOSS_CORRELATION].fraction = correlation;
	rig.is_lossy = 1;
	chain_add(&rig.chain, t, 0);
	return t;
}

/* How many of n chunks come through. */
static size_t
send_chunks(size_t n)
{
	size_t i, before = rig.narrivals;

	for (i = 0; i < n; i++)
		rig_feed(&rig, CHUNK, 0);
	return rig.narrivals - before;
}

Test(packet_loss, by_itself_loses_nothing)
{
	add(0, 0);
	cr_expect_eq(send_chunks(100), 100);
	cr_expect_eq(rig.got, 100 * CHUNK);
}

Test(packet_loss, all_is_lost_but_the_end)
{
	add(1, 0);
	cr_expect_eq(send_chunks(100), 0);
	rig_feed_eof(&rig, 0);
	cr_expect_eq(rig.chain.end, CHAIN_EOF);
}

Test(packet_loss, is_what_lies_between_0_and_1)
{
	add(-0.5, 7);
	cr_expect_eq(send_chunks(100), 100, "as 0, and 1 only behind a loss");
	add(1e300, 0);
	cr_expect_eq(send_chunks(100), 0);
}

/* Each draw is fair: so far off is one run in a million. */
Test(packet_loss, a_share_is_lost)
{
	size_t passed;

	add(0.25, 0);
	passed = send_chunks(MANY);
	cr_expect_gt(passed, MANY * 73 / 100, "%zu", passed);
	cr_expect_lt(passed, MANY * 77 / 100, "%zu", passed);
}

/* In the long run rate / (1 - correlation) is lost: here a half. */
Test(packet_loss, losses_come_in_bursts)
{
	size_t passed;

	add(0.1, 0.8);
	passed = send_chunks(MANY);
	cr_expect_gt(passed, MANY * 45 / 100, "%zu", passed);
	cr_expect_lt(passed, MANY * 55 / 100, "%zu", passed);
}

Test(packet_loss, an_update_keeps_its_state)
{
	struct toxic *t = add(1, 0);

	cr_expect_eq(send_chunks(1), 0);
	t->spec->values[PACKET_LOSS_LOSS_RATE].fraction = 0;
	t->spec->values[PACKET_LOSS_CORRELATION].fraction = 1;
	chain_update(&rig.chain, t, 0, 0);
	cr_expect_eq(send_chunks(100), 0, "it goes on for ever");
	t->spec->values[PACKET_LOSS_CORRELATION].fraction = 0;
	chain_update(&rig.chain, t, 0, 0);
	cr_expect_eq(send_chunks(100), 100);
}

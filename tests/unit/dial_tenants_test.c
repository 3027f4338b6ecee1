/* SPDX-License-Identifier: ISC */
/*
 * diald between tenants: what one leaves the others of descriptors and of
 * turns, however many workers it has.
 */

#include <criterion/criterion.h>

#include "agreed.h"
#include "clock_rig.h"
#include "diald.h"
#include "msg.h"

#define DESCRIPTORS 4000
#define ALL (DESCRIPTORS / 4 * 3)
#define CROWD 200

/* Policies: the nameless tenant's, and theirs. */
enum {
	NAMELESS,
	A,
	B,
	POLICIES
};

static void
divide(uint32_t npolicies)
{
	policies_begin(&(struct dial_rules){ .npolicies = npolicies });
	policies_end();
}

static void
open_all(void)
{
	clock_stop();
	diald.descriptors_max = DESCRIPTORS;
	diald.base = events_open();
	divide(POLICIES);
}

TestSuite(dial_tenants, .init = open_all);

/* ---- descriptors */

static struct share crowd[CROWD], other, others;

static void
join(struct share *s, size_t n, uint32_t policy_id)
{
	while (n-- > 0)
		share_join(s++, policy_id);
}

static unsigned int
take_all_it_may(struct share *s)
{
	unsigned int n = 0;

	for (; share_may_take(s); n++)
		share_take(s);
	return n;
}

/* One after the other, again and again. */
static unsigned int
crowd_takes_all_it_may(void)
{
	unsigned int n = 0, before;
	size_t i;

	do {
		before = n;
		for (i = 0; i < CROWD; i++)
			n += take_all_it_may(&crowd[i]);
	} while (n > before);
	return n;
}

Test(dial_tenants, a_crowd_of_one_leaves_the_other_its_part)
{
	const unsigned int all = ALL - CROWD - 2, part = all / 2 / POLICIES;

	join(crowd, CROWD, A);
	join(&other, 1, B);
	join(&others, 1, B);
	cr_expect_leq(crowd_takes_all_it_may(), all - 2 * part);
	cr_expect_geq(take_all_it_may(&other), part / 5);
	cr_expect_geq(take_all_it_may(&others), part / 7);
}

Test(dial_tenants, what_is_given_back_is_the_others_again)
{
	join(crowd, CROWD, A);
	join(&other, 1, B);
	crowd_takes_all_it_may();
	share_give(&crowd[0], crowd[0].held);
	cr_expect_gt(take_all_it_may(&crowd[0]), 0);
	crowd_takes_all_it_may();
	share_take(&other);
	share_give(&other, 1);
	cr_expect_eq(crowd_takes_all_it_may(), 0);
}

/* What is held already counts, in the parts that there are from now on. */
Test(dial_tenants, one_that_comes_has_a_part_at_once)
{
	divide(A + 1);
	join(crowd, CROWD, A);
	join(&other, 1, B);
	crowd_takes_all_it_may();
	divide(POLICIES);
	cr_expect_geq(take_all_it_may(&other), ALL / 2 / POLICIES / 6);
}

Test(dial_tenants, one_that_is_no_more_has_no_part)
{
	join(crowd, CROWD, A);
	join(&other, 1, POLICIES_MAX - 1);
	crowd_takes_all_it_may();
	cr_expect_leq(take_all_it_may(&other), ALL / CROWD);
}

Test(dial_tenants, without_them_all_is_anybodys)
{
	divide(NAMELESS + 1);
	join(&other, 1, NAMELESS);
	cr_expect_eq(take_all_it_may(&other), (ALL - 1) / 5 + 1);
	join(crowd, CROWD, NAMELESS);
	cr_expect_geq(crowd_takes_all_it_may(), (ALL - 1) / 10 * 7);
}

/* ---- turns */

#define A_TURN 4
#define AT_ONCE 64

static struct worker workers[CROWD], good;
static int nserved, is_good_served, last_most;

/* It counts until the good one has its turn. */
static int
serve(struct worker *w, int most)
{
	int i;

	last_most = most;
	if (w == &good)
		is_good_served = 1;
	else
		nserved += !is_good_served;
	for (i = 0; i < A_TURN; i++)
		turn_costs(w);
	return 0;
}

/* All of the crowd, and then the good one, want a turn; how many of the crowd
 * have theirs before. */
static int
turns_before_the_good_one(void)
{
	size_t i;

	nserved = is_good_served = 0;
	for (i = 0; i < CROWD; i++)
		turn_wanted(&workers[i]);
	turn_wanted(&good);
	turns_take();
	cr_assert(is_good_served);
	return nserved;
}

static void
open_workers(uint32_t crowds, uint32_t good_ones)
{
	size_t i;

	turns_open(serve);
	for (i = 0; i < CROWD; i++) {
		workers[i].line = i + 1;
		workers[i].policy_id = crowds;
	}
	good.line = CROWD + 1;
	good.policy_id = good_ones;
}

Test(dial_tenants, a_crowd_of_one_has_no_more_turns_than_one_of_it)
{
	int i;

	open_workers(A, B);
	cr_expect_leq(turns_before_the_good_one(), AT_ONCE / A_TURN + 1);
	for (i = 0; i < 10; i++)
		cr_expect_eq(turns_before_the_good_one(), 0);
}

Test(dial_tenants, without_them_no_worker_pays_for_another)
{
	divide(NAMELESS + 1);
	open_workers(NAMELESS, NAMELESS);
	cr_expect_eq(turns_before_the_good_one(), CROWD);
}

/* ... in us, from now on */
static int
most_in_a_turn(struct worker *w, int64_t after)
{
	clock_stopped_at += after * NS_PER_US;
	turn_wanted(w);
	turns_take();
	return last_most;
}

Test(dial_tenants, who_asks_alone_has_longer_turns_until_another_comes)
{
	open_workers(NAMELESS, NAMELESS);
	cr_expect_eq(most_in_a_turn(&good, 0), A_TURN);
	cr_expect_eq(most_in_a_turn(&good, 50000), A_TURN);
	cr_expect_gt(most_in_a_turn(&good, 50001), A_TURN);
	cr_expect_gt(most_in_a_turn(&good, 1), A_TURN);
	cr_expect_eq(most_in_a_turn(&workers[0], 1), A_TURN);
	cr_expect_eq(most_in_a_turn(&good, 1), A_TURN);
}

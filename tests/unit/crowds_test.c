/* SPDX-License-Identifier: ISC */
/*
 * Whose turn it is at the API, where an address has very many clients that have
 * something to say.  The clock is turned by hand; what a turn costs is true.
 */

#include <arpa/inet.h>
#include <criterion/criterion.h>

#include "apid.h"
#include "clock.h"
#include "clock_rig.h"
#include "clock_used.h"
#include "crowds.h"

#define MANY 300
#define A_TURN NS_PER_MS /* that costs something */
#define REST (2 * A_TURN)

static struct client many[MANY], another;

static void
take(struct client *c, const char *address)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };

	inet_pton(AF_INET, address, &sin.sin_addr);
	*c = (struct client){ .fd = -1 };
	holder_take(c, (struct sockaddr *)&sin);
}

static void
open_all(void)
{
	int i;

	clock_stop();
	for (i = 0; i < MANY; i++)
		take(&many[i], "192.0.2.1");
	take(&another, "192.0.2.2");
	crowds_are_paced(1);
}

TestSuite(crowds, .init = open_all);

/* Who has it. */
static struct client *
turn(void)
{
	struct client *c = holders_next(clock_now());

	crowds_end(clock_now());
	return c;
}

static struct client *
long_turn(void)
{
	struct client *c = holders_next(clock_now());
	const int64_t end = clock_used() + A_TURN;

	while (c != NULL && clock_used() < end)
		;
	if (c != NULL)
		clock_stopped_at += A_TURN;
	crowds_end(clock_now());
	return c;
}

/* n of the one address wait, and the other one has been seen. */
static void
come(unsigned int n)
{
	unsigned int i;

	holder_waits(&another);
	cr_assert_eq(turn(), &another);
	for (i = 0; i < n; i++)
		holder_waits(&many[i]);
}

Test(crowds, a_crowd_rests_after_its_turn_and_then_goes_on)
{
	int64_t rest;
	int i;

	come(MANY);
	for (i = 0; i < 10; i++) {
		cr_assert_eq(long_turn(), &many[i], "%d", i);
		rest = crowds_rest(clock_now());
		cr_assert_geq(rest, REST - NS_PER_MS);
		cr_assert_eq(holders_wait(clock_now()), rest);
		cr_assert_null(turn());
		clock_stopped_at += rest;
		cr_assert_eq(holders_wait(clock_now()), 0);
	}
}

Test(crowds, while_a_crowd_rests_others_are_served)
{
	int i;

	come(MANY);
	cr_assert_eq(long_turn(), &many[0]);
	for (i = 0; i < 10; i++) {
		holder_waits(&another);
		cr_assert_eq(holders_wait(clock_now()), 0);
		cr_assert_eq(turn(), &another, "%d", i);
		cr_assert_null(turn());
	}
}

Test(crowds, a_crowd_has_half_of_the_time)
{
	const int64_t began = clock_now();
	int n = 0;

	come(MANY);
	while (clock_now() - began < 100 * A_TURN) {
		if (long_turn() != NULL)
			n++;
		else
			clock_stopped_at += A_TURN / 8;
	}
	cr_assert_gt(n, 0);
	cr_assert_leq(n, 100 * A_TURN / REST + 1);
}

/* ... however much there is to do for each. */
Test(crowds, sixteen_jobs_behind_one_address_are_no_crowd)
{
	struct client *next;
	int i;

	come(CROWD);
	for (i = 0; i < 40; i++) {
		next = &many[i % (int)CROWD];
		cr_assert_eq(long_turn(), next, "%d", i);
		holder_waits(next);
	}
}

Test(crowds, what_is_left_of_a_crowd_is_none)
{
	come(CROWD + 1);
	cr_assert_eq(long_turn(), &many[0]);
	cr_assert_eq(turn(), &many[1]);
	holder_waits(&many[0]);
	holder_waits(&many[1]);
	cr_assert_null(turn());
	holder_waits_no_more(&many[2]);
	cr_assert_eq(turn(), &many[3]);
}

Test(crowds, who_is_alone_is_in_nobodys_way)
{
	int i;

	come(MANY);
	clock_stopped_at += 60 * NS_PER_S;
	for (i = 0; i < 20; i++)
		cr_assert_eq(long_turn(), &many[i], "%d", i);
	holder_waits(&another);
	cr_assert_eq(turn(), &many[20]);
	cr_assert_eq(turn(), &another);
	cr_assert_eq(long_turn(), &many[21], "what was before is no debt");
	cr_assert_null(turn());
}

Test(crowds, nobody_rests_where_there_are_no_tenants)
{
	int i;

	crowds_are_paced(0);
	come(MANY);
	for (i = 0; i < 20; i++)
		cr_assert_eq(long_turn(), &many[i], "%d", i);
}

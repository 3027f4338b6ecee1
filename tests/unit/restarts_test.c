/* SPDX-License-Identifier: ISC */
/* Restarts: ten at once, one more for each second lived, then slower. */

#include <criterion/criterion.h>

#include "clock.h"
#include "restarts.h"

Test(restarts, ten_come_at_once)
{
	struct restarts r;
	int i;

	restarts_init(&r);
	for (i = 0; i < 10; i++)
		cr_assert_eq(restarts_delay(&r, 0), 0);
	cr_assert_eq(restarts_delay(&r, 0), 100 * NS_PER_MS);
	cr_assert_eq(r.count, 11);
}

Test(restarts, the_delay_doubles_up_to_five_seconds)
{
	struct restarts r;
	int64_t delay = 0, last = 50 * NS_PER_MS;
	int i;

	restarts_init(&r);
	for (i = 0; i < 10; i++)
		restarts_delay(&r, 0);
	for (i = 0; i < 10; i++) {
		delay = restarts_delay(&r, 0);
		cr_assert(delay == 2 * last || delay == 5 * NS_PER_S);
		last = delay;
	}
	cr_assert_eq(delay, 5 * NS_PER_S);
}

Test(restarts, a_second_of_life_earns_one_restart_at_once)
{
	struct restarts r;
	int i;

	restarts_init(&r);
	for (i = 0; i < 12; i++)
		restarts_delay(&r, 0);
	cr_assert_eq(restarts_delay(&r, NS_PER_S), 0);
	cr_assert_eq(restarts_delay(&r, 0), 100 * NS_PER_MS);
	cr_assert_eq(restarts_delay(&r, 3 * NS_PER_S), 0);
	cr_assert_eq(restarts_delay(&r, 0), 0);
	cr_assert_eq(restarts_delay(&r, 0), 0);
	cr_assert_neq(restarts_delay(&r, 0), 0);
}

Test(restarts, a_long_life_earns_no_more_than_ten)
{
	struct restarts r;
	int i;

	restarts_init(&r);
	for (i = 0; i < 11; i++)
		cr_assert_eq(restarts_delay(&r, 1000 * NS_PER_S), 0);
	for (i = 0; i < 9; i++)
		cr_assert_eq(restarts_delay(&r, 0), 0);
	cr_assert_neq(restarts_delay(&r, 0), 0);
}

/* SPDX-License-Identifier: ISC */
/* When leases end: by a clock that nobody sets, and over a restart by one that
 * somebody may have. */

#include <criterion/criterion.h>

#include "clock.h"
#include "clock_boot.h"
#include "clock_rig.h"
#include "lease.h"
#include "terms.h"

#define S NS_PER_S
#define MS_PER_S INT64_C(1000)

static void
at(int64_t boot, int64_t wall)
{
	clock_boot_at = boot;
	clock_wall_at = wall;
}

Test(terms, are_counted_from_the_request)
{
	at(100 * S, 5000 * S);
	cr_assert_eq(term_of_request(0), 0);
	cr_assert_eq(term_of_request(LEASE_FOR_GOOD), 0);
	cr_assert_eq(term_of_request(1), 100 * S + NS_PER_MS);
	cr_assert_eq(
	    term_of_request(LEASE_MS_MAX), 100 * S + LEASE_MS_MAX * NS_PER_MS);
}

Test(terms, that_are_none_are_none_anywhere)
{
	cr_assert_eq(term_on_wall(0), 0);
	cr_assert_eq(term_of_wall(0), 0);
}

Test(terms, go_on_over_a_restart)
{
	int64_t row;

	at(100 * S, 5000 * S);
	row = term_on_wall(term_of_request(30 * MS_PER_S));
	cr_assert_eq(row, 5030 * MS_PER_S);
	at(3 * S, 5010 * S); /* of the machine, too */
	cr_assert_eq(term_of_wall(row), 23 * S);
}

Test(terms, are_over_when_the_wall_says_so)
{
	at(100 * S, 5000 * S);
	cr_assert_eq(term_of_wall(5000 * MS_PER_S), TERM_IS_OVER);
	cr_assert_eq(term_of_wall(1), TERM_IS_OVER);
	cr_assert_eq(term_of_wall(5000 * MS_PER_S + 1), 100 * S + NS_PER_MS);
}

Test(terms, are_never_early_on_the_wall)
{
	at(100 * S, 5000 * S + 1);
	cr_assert_eq(term_on_wall(100 * S + NS_PER_MS), 5000 * MS_PER_S + 2);
}

/* A clock that was set back makes none for ever. */
Test(terms, are_no_longer_than_may_be_asked_for)
{
	at(100 * S, 5000 * S);
	cr_assert_eq(term_of_wall(INT64_MAX), term_of_request(LEASE_MS_MAX));
}

Test(terms, do_not_wrap_before_1970)
{
	at(100 * S, 1);
	cr_assert_eq(term_on_wall(1), 1);
}

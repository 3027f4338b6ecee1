/* SPDX-License-Identifier: ISC */
/* ctld/repeats.c: the first is told at once, and how many there were since. */

#include <criterion/criterion.h>
#include <stdio.h>

#include "clock.h"
#include "clock_rig.h"
#include "deadlines.h"
#include "repeats.h"

static struct repeated told;
static uint64_t ntimes, ntold;

static void
tell(const struct repeated *of, uint64_t times)
{
	told = *of;
	ntimes = times;
	ntold++;
}

TestSuite(repeats, .init = clock_stop);

static int
first(const char *tenant, uint32_t what, uint32_t which, uint64_t value)
{
	struct repeated of = { .what = what, .which = which, .value = value };

	snprintf(of.tenant, sizeof(of.tenant), "%s", tenant);
	return repeats_first(&of, tell);
}

static void
pass_seconds(int n)
{
	while (n-- > 0) {
		clock_stopped_at += NS_PER_S;
		deadlines_run(clock_now());
	}
}

Test(repeats, the_first_is_told_at_once_and_the_others_are_counted)
{
	cr_expect(first("a", 1, 2, 7));
	cr_expect_not(first("a", 1, 2, 7));
	cr_expect_not(first("a", 1, 2, 8));
	cr_expect_eq(ntold, 0);
	pass_seconds(1);
	cr_expect_eq(ntold, 1);
	cr_expect_eq(ntimes, 2);
	cr_expect_eq(told.what, 1);
	cr_expect_eq(told.which, 2);
	cr_expect_eq(told.value, 8, "as it was last");
	cr_expect_str_eq(told.tenant, "a");
}

Test(repeats, who_goes_on_is_counted_each_second)
{
	int i;

	cr_expect(first("a", 1, 0, 0));
	for (i = 1; i <= 5; i++) {
		cr_expect_not(first("a", 1, 0, 0));
		pass_seconds(1);
		cr_expect_eq(ntold, (uint64_t)i);
		cr_expect_eq(ntimes, 1);
	}
}

Test(repeats, after_a_quiet_second_it_is_the_first_again)
{
	cr_expect(first("a", 1, 0, 0));
	pass_seconds(1);
	cr_expect_eq(ntold, 0);
	cr_expect(first("a", 1, 0, 0));
	cr_expect_not(first("a", 1, 0, 0));
	pass_seconds(2);
	cr_expect_eq(ntold, 1);
	cr_expect(first("a", 1, 0, 0));
}

Test(repeats, one_is_told_from_another)
{
	cr_expect(first("a", 1, 0, 0));
	cr_expect(first("b", 1, 0, 0));
	cr_expect(first("a", 2, 0, 0));
	cr_expect(first("a", 1, 1, 0));
	cr_expect_not(first("b", 1, 0, 0));
	pass_seconds(1);
	cr_expect_eq(ntold, 1);
	cr_expect_str_eq(told.tenant, "b");
	pass_seconds(1);
	cr_expect_eq(deadlines_next(), CLOCK_NEVER, "nothing is left");
}

/* In slices: ctld has others to serve. */
Test(repeats, thousands_are_told_too)
{
	uint32_t i;

	for (i = 0; i < 3000; i++) {
		cr_assert(first("a", i, 0, 0));
		cr_assert_not(first("a", i, 0, 0));
	}
	pass_seconds(1);
	cr_expect_gt(ntold, 0);
	cr_expect_lt(ntold, 1000);
	for (i = 0; i < 3000 && ntold < 3000; i++) {
		clock_stopped_at += NS_PER_MS;
		deadlines_run(clock_now());
	}
	cr_expect_eq(ntold, 3000);
	pass_seconds(100);
	cr_expect_eq(ntold, 3000);
	cr_expect_eq(deadlines_next(), CLOCK_NEVER);
}

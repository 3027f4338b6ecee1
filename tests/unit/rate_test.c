/* SPDX-License-Identifier: ISC */
/* shared/rate.c: never more in any second, wherever it begins. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "clock.h"
#include "rate.h"

#define TAKEN 4096

static int64_t taken[TAKEN];
static size_t ntaken;

static size_t
within_a_second(int64_t now)
{
	size_t i = ntaken;

	while (i > 0 && now - taken[i - 1] < NS_PER_S)
		i--;
	return ntaken - i;
}

static void
try_for(uint64_t most, int64_t seconds, int64_t step)
{
	struct rate r = { .part = 0 };
	int64_t now = 12345 * NS_PER_S, end = now + seconds * NS_PER_S;

	ntaken = 0;
	srandom(7);
	for (; now < end; now += 1 + random() % step) {
		if (!rate_take(&r, most, now))
			continue;
		cr_assert_lt(within_a_second(now), most);
		cr_assert_lt(ntaken, TAKEN);
		taken[ntaken++] = now;
	}
	/* and hardly fewer, where more were wanted all the time */
	cr_expect_geq(ntaken, most * (uint64_t)(seconds - 1));
}

Test(rate, never_more_in_any_second)
{
	try_for(1, 20, NS_PER_MS);
	try_for(10, 20, 3 * NS_PER_MS);
	try_for(100, 20, NS_PER_MS);
}

Test(rate, a_second_later_all_is_free)
{
	struct rate r = { .part = 0 };
	int64_t now = NS_PER_S + 5;
	int i;

	for (i = 0; i < 10; i++)
		cr_expect(rate_take(&r, 10, now));
	cr_expect_not(rate_take(&r, 10, now + NS_PER_S / 2));
	cr_expect_eq(rate_used(&r, now + NS_PER_S / 2), 10);
	cr_expect_not(rate_take(&r, 10, now + NS_PER_S - 1));
	now += NS_PER_S + NS_PER_S / RATE_PARTS;
	cr_expect_eq(rate_used(&r, now), 0);
	for (i = 0; i < 10; i++)
		cr_expect(rate_take(&r, 10, now));
	cr_expect_not(rate_take(&r, 10, now));
}

Test(rate, long_after)
{
	struct rate r = { .part = 0 };

	cr_expect(rate_take(&r, 1, 5));
	cr_expect(rate_take(&r, 1, 1000000 * NS_PER_S));
	cr_expect_not(rate_take(&r, 1, 1000000 * NS_PER_S + 1));
	/* a limit that was lowered meanwhile */
	cr_expect_not(rate_take(&r, 0, 2000000 * NS_PER_S));
}

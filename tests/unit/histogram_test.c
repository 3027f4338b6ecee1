/* SPDX-License-Identifier: ISC */
/* How long things took, by bounds. */

#include <criterion/criterion.h>
#include <string.h>

#include "clock.h"
#include "histogram.h"

Test(histogram, a_bound_is_in_its_bucket)
{
	struct histogram h = { .sum_us = 0 };

	histogram_note(&h, 0);
	histogram_note(&h, NS_PER_MS);
	histogram_note(&h, NS_PER_MS + 1);
	histogram_note(&h, 3600 * NS_PER_S);
	histogram_note(&h, 3600 * NS_PER_S + 1);
	cr_assert_eq(h.counts[0], 2);
	cr_assert_eq(h.counts[1], 1);
	cr_assert_eq(h.counts[HISTOGRAM_BOUNDS - 1], 1);
	cr_assert_eq(h.counts[HISTOGRAM_BOUNDS], 1);
	cr_assert_eq(h.sum_us, 7200002000);
	cr_assert_eq(histogram_count(&h), 5);
}

Test(histogram, bounds_grow)
{
	int i;

	for (i = 1; i < HISTOGRAM_BOUNDS; i++)
		cr_assert_gt(histogram_bounds[i], histogram_bounds[i - 1]);
}

Test(histogram, two_of_them_add_up)
{
	struct histogram a = { .sum_us = 0 }, b = a;

	histogram_note(&a, NS_PER_S);
	histogram_note(&b, NS_PER_S);
	histogram_note(&b, 7 * NS_PER_S);
	histogram_add(&a, &b);
	cr_assert_eq(histogram_count(&a), 3);
	cr_assert_eq(a.sum_us, 9000000);
	cr_assert(histogram_has_grown(&a, &b));
	cr_assert_not(histogram_has_grown(&b, &a));
}

Test(histogram, no_more_than_there_were)
{
	struct histogram h = { .counts = { 1, 2 } };

	cr_assert(histogram_ok(&h, 3));
	cr_assert_not(histogram_ok(&h, 2));
	h.counts[HISTOGRAM_BOUNDS] = UINT64_MAX; /* that the sum turns round */
	cr_assert_not(histogram_ok(&h, 3));
	h.counts[HISTOGRAM_BOUNDS] = 0;
	h.sum_us = UINT64_MAX;
	cr_assert_not(histogram_ok(&h, 3));
}

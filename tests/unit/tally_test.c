/* SPDX-License-Identifier: ISC */
/* apid/tally.c: of refusals that are alike the first, and then how many. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "agreed.h"
#include "clock.h"
#include "tally.h"

static int64_t now = NS_PER_S;

static struct likeness
from(unsigned int address, enum refusal why)
{
	struct likeness like = { .why = why };

	memcpy(like.address, &address, sizeof(address));
	return like;
}

/* Is it told at once? */
static int
add(struct likeness like, const char *id)
{
	struct api_refused r = { .why = like.why, .times = 1 };

	snprintf(r.by.request_id, sizeof(r.by.request_id), "%s", id);
	return tally_add(&like, &r, now);
}

static void
expect_told(uint32_t times, const char *first, const char *last)
{
	struct api_refused r;

	cr_assert_eq(tally_next(&r, now), 1);
	cr_expect_eq(r.times, times, "%u", r.times);
	cr_expect_str_eq(r.first, first);
	cr_expect_str_eq(r.by.request_id, last);
}

static void
expect_nothing(void)
{
	struct api_refused r;

	cr_expect_eq(tally_next(&r, now), 0);
}

Test(tally, the_first_is_told_at_once_and_others_are_counted)
{
	const struct likeness a = from(1, REFUSAL_NO_TOKEN);

	cr_expect(!tally_waits());
	cr_expect(add(a, "one"));
	cr_expect(!add(a, "two") && !add(a, "three"));
	now += NS_PER_S - 1;
	expect_nothing();
	now++;
	expect_told(2, "one", "three");
	expect_nothing();
}

Test(tally, a_flood_is_a_number_in_a_second)
{
	const struct likeness a = from(1, REFUSAL_NO_TOKEN);
	int i, n;

	cr_expect(add(a, "first"));
	for (i = 0; i < 10; i++) {
		for (n = 0; n < 1000; n++)
			cr_expect(!add(a, "n"));
		now += NS_PER_S;
		expect_told(1000, "first", "n");
	}
	now += NS_PER_S;
	expect_nothing();
	cr_expect(!tally_waits());
	cr_expect(add(a, "again")); /* it was quiet for a second */
}

Test(tally, others_are_told_apart)
{
	struct likeness known = from(1, REFUSAL_NO_TOKEN);

	known.digest.bytes[0] = 1;
	cr_expect(add(from(1, REFUSAL_NO_TOKEN), "a"));
	cr_expect(add(from(2, REFUSAL_NO_TOKEN), "b"));
	cr_expect(add(from(1, REFUSAL_READS_ONLY), "c"));
	cr_expect(add(known, "d"));
	cr_expect(!add(known, "e"));
	now += NS_PER_S;
	expect_told(1, "d", "e");
	expect_nothing();
	now += NS_PER_S;
	expect_nothing();
	cr_expect(!tally_waits());
}

Test(tally, a_crowd_is_one_number)
{
	struct api_refused r;
	unsigned int i;

	for (i = 0; i < REFUSALS_APART_MAX; i++)
		cr_expect(add(from(i, REFUSAL_HOST), "x"));
	for (; i < 1000; i++)
		cr_expect(!add(from(i, REFUSAL_HOST), "x"));
	cr_expect(!add(from(0, REFUSAL_HOST), "y"));
	now += NS_PER_S;
	expect_told(1, "x", "y");
	cr_assert_eq(tally_next(&r, now), 1);
	cr_expect_eq(r.why, REFUSAL_CROWD);
	cr_expect_eq(r.times, 1000 - REFUSALS_APART_MAX);
	cr_expect_str_empty(r.by.request_id);
	expect_nothing();
	now += NS_PER_S;
	expect_nothing();
	cr_expect(!tally_waits());
}

/* Tokens are not kept longer than it takes. */
Test(tally, what_was_told_is_forgotten)
{
	const struct likeness a = from(1, REFUSAL_WRONG_TOKEN);
	struct api_refused r = { .by.token = "secret", .times = 1 }, said;

	cr_expect(tally_add(&a, &r, now));
	cr_expect(!tally_add(&a, &r, now));
	now += NS_PER_S;
	cr_assert_eq(tally_next(&said, now), 1);
	cr_expect_str_eq(said.by.token, "secret");
	cr_expect(!add(a, "later"));
	now += NS_PER_S;
	cr_assert_eq(tally_next(&said, now), 1);
	cr_expect_str_empty(said.by.token);
}

/* SPDX-License-Identifier: ISC */
/* Which step a scenario is in: from when it began, and the clock. */

#include <criterion/criterion.h>
#include <string.h>

#include "payload_scenario.h"
#include "toxic_owner.h"

#define MS NS_PER_MS

/* 100, 20 and 3 ms */
static struct scenario_spec
three(int loops)
{
	return (struct scenario_spec){ .nsteps = 3,
		.loops = (uint8_t)loops,
		.durations = { 100, 20, 3 } };
}

static void
expect_at(const struct scenario_spec *s, int64_t elapsed, uint64_t round,
    uint32_t step, int64_t ends)
{
	struct scenario_place place;

	cr_assert_eq(scenario_place(s, elapsed, &place), 0);
	cr_expect_eq(place.round, round);
	cr_expect_eq(place.step, step);
	cr_expect_eq(place.ends, ends);
	cr_expect_eq(place.nth, round * s->nsteps + step);
}

Test(scenario, a_step_begins_when_the_one_before_ends)
{
	const struct scenario_spec s = three(0);

	expect_at(&s, 0, 0, 0, 100 * MS);
	expect_at(&s, 100 * MS - 1, 0, 0, 100 * MS);
	expect_at(&s, 100 * MS, 0, 1, 120 * MS);
	expect_at(&s, 120 * MS, 0, 2, 123 * MS);
	expect_at(&s, 123 * MS - 1, 0, 2, 123 * MS);
}

Test(scenario, is_over_behind_its_last_step)
{
	const struct scenario_spec s = three(0);
	struct scenario_place place;

	cr_expect_eq(scenario_place(&s, 123 * MS, &place), -1);
	cr_expect_eq(scenario_place(&s, INT64_MAX, &place), -1);
}

Test(scenario, loops_without_drift)
{
	const struct scenario_spec s = three(1);
	int64_t rounds;

	expect_at(&s, 123 * MS, 1, 0, 223 * MS);
	expect_at(&s, 223 * MS, 1, 1, 243 * MS);
	rounds = 1000000007;
	expect_at(&s, rounds * 123 * MS + 121 * MS, (uint64_t)rounds, 2,
	    (rounds + 1) * 123 * MS);
}

Test(scenario, has_begun_where_the_clock_is_before_that)
{
	const struct scenario_spec s = three(1);

	expect_at(&s, -1, 0, 0, 100 * MS);
	expect_at(&s, INT64_MIN, 0, 0, 100 * MS);
}

Test(scenario, all_steps_may_take_a_year)
{
	struct scenario_spec s = { .nsteps = SCENARIO_STEPS_MAX };
	uint32_t i;

	for (i = 0; i < s.nsteps; i++)
		s.durations[i] = SCENARIO_DURATION_MAX;
	expect_at(&s, (SCENARIO_STEPS_MAX * SCENARIO_DURATION_MAX - 1) * MS, 0,
	    SCENARIO_STEPS_MAX - 1,
	    SCENARIO_STEPS_MAX * SCENARIO_DURATION_MAX * MS);
}

Test(scenario, a_step_has_a_connect_or_none)
{
	const struct connect_spec refuse = { .mode = CONNECT_REFUSE };
	struct scenario_spec s = three(0);

	cr_assert_eq(scenario_connect_set(&s, 0, &refuse), 0);
	cr_assert_eq(scenario_connect_set(&s, 1, &connect_usual), 0);
	cr_assert_eq(scenario_connect_set(&s, 2, &refuse), 0);
	cr_expect_eq(s.nconnects, 1);
	cr_assert_neq(scenario_connect(&s, 0), NULL);
	cr_expect(connect_equal(scenario_connect(&s, 2), &refuse));
	cr_expect_eq(scenario_connect(&s, 1), NULL);
}

Test(scenario, so_many_connects_may_differ)
{
	struct scenario_spec s = { .nsteps = SCENARIO_STEPS_MAX };
	struct connect_spec c = { .mode = CONNECT_USUAL };
	uint32_t i;

	for (i = 0; i < SCENARIO_CONNECTS_MAX; i++) {
		c.dial_delay = i + 1;
		c.syn_loss = i == 7 ? 0.5 : 0;
		cr_assert_eq(scenario_connect_set(&s, i, &c), 0);
	}
	cr_expect_eq(scenario_connect_set(&s, i, &c), 0);
	c.dial_delay = i + 1;
	cr_expect_eq(scenario_connect_set(&s, i, &c), -1);
	cr_expect_eq(scenario_connect(&s, i), NULL);
	cr_expect_eq(scenario_syn_loss(&s), 0.5);
}

Test(scenario, a_toxic_says_of_which_step_it_is)
{
	struct toxic_spec spec;
	char owner[TOXIC_OWNER_MAX + 1];
	char longest[OWNER_NAME_MAX + 1];

	memset(longest, 'n', OWNER_NAME_MAX);
	longest[OWNER_NAME_MAX] = '\0';
	toxic_spec_init(&spec, TOXIC_NOOP);
	owner_step_text(longest, SCENARIO_STEPS_MAX - 1, owner);
	cr_assert_eq(strlen(owner), TOXIC_OWNER_MAX);
	cr_assert_eq(toxic_owner_set(&spec, owner), 0);
	cr_expect_eq(toxic_owner_kind(&spec), OWNER_SCENARIO);
	cr_expect_eq(toxic_owner_step(&spec, longest), SCENARIO_STEPS_MAX - 1);
	cr_expect_eq(toxic_owner_step(&spec, "n"), -1);
	cr_assert_eq(toxic_owner_set(&spec, "profile:n"), 0);
	cr_expect_eq(toxic_owner_step(&spec, "n"), -1);
}

Test(scenario, an_owner_that_is_no_step_is_none)
{
	static const char *const bad[] = { "scenario:", "scenario:a",
		"scenario:a:", "scenario::1", "scenario:a:01", "scenario:a:256",
		"scenario:a:1000", "scenario:a:-1", "scenario:a:1:2",
		"scenario:a b:1", "profile:a:1", "scenario:a:1 " };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(owner_kind_of(bad[i]), OWNER_NONE, "%s", bad[i]);
	cr_expect_eq(owner_kind_of("scenario:a:0"), OWNER_SCENARIO);
	cr_expect_eq(owner_kind_of("scenario:a:255"), OWNER_SCENARIO);
}

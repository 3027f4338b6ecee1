/* SPDX-License-Identifier: ISC */
/* relayd/roll.c: sessions by number, while they come and go. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "random.h"
#include "relayd.h"

#define MANY 5000

static struct session all[MANY];
static int is_there[MANY];

/* The next that is there, by a walk through all. */
static const struct session *
expected(uint64_t from)
{
	for (; from < MANY; from++) {
		if (is_there[from])
			return &all[from];
	}
	return NULL;
}

static void
come(size_t i)
{
	all[i].number = i;
	roll_add(&all[i]);
	is_there[i] = 1;
}

static void
go(size_t i)
{
	roll_remove(&all[i]);
	is_there[i] = 0;
}

static void
check_walk(void)
{
	const struct session *s = roll_from(0);
	size_t i;

	for (i = 0; i < MANY; i++) {
		if (!is_there[i])
			continue;
		cr_assert_eq(s, &all[i]);
		s = roll_next(s);
	}
	cr_assert_null(s);
}

Test(roll, is_empty_at_first)
{
	cr_expect_null(roll_from(0));
	come(0);
	cr_expect_eq(roll_from(0), &all[0]);
	cr_expect_null(roll_from(1));
	cr_expect_null(roll_next(&all[0]));
	go(0);
	cr_expect_null(roll_from(0));
}

Test(roll, goes_on_from_any_number)
{
	struct random random;
	size_t i, from;
	int64_t lives;

	random_seed(&random, 1, "roll", 0);
	for (i = 0; i < MANY; i++) {
		come(i);
		lives = 1 + random_below(&random, 1 + (int64_t)(i / 8));
		if ((size_t)lives <= i && is_there[i - (size_t)lives])
			go(i - (size_t)lives);
		from = (size_t)random_below(&random, MANY);
		cr_assert_eq(roll_from(from), expected(from));
	}
	check_walk();
	for (i = 0; i < MANY; i++) {
		if (is_there[i] && i % 7 != 0)
			go(i);
	}
	check_walk();
	for (i = 0; i < MANY; i++) {
		if (is_there[i])
			go(i);
	}
	cr_expect_null(roll_from(0));
}

/* With 16 bytes of the roll: 64 more than without all that a listing needs. */
Test(roll, a_session_costs_little)
{
	cr_expect_leq(sizeof(struct session), 216 + 48);
}

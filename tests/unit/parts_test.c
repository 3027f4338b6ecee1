/* SPDX-License-Identifier: ISC */
/* resolvd between tenants: what one leaves the others of look-ups. */

#include <criterion/criterion.h>

#include "resolvd.h"

#define ALL 120

enum {
	NAMELESS,
	A,
	B,
	POLICIES
};

static unsigned int
take_all(uint32_t policy_id)
{
	unsigned int n = 0;

	for (; part_has_room(policy_id); n++)
		part_take(policy_id);
	return n;
}

Test(parts, alone_there_is_all)
{
	parts_divide(ALL, 1);
	cr_expect_eq(take_all(NAMELESS), ALL);
}

Test(parts, others_keep_theirs)
{
	const unsigned int part = ALL / 2 / POLICIES;

	parts_divide(ALL, POLICIES);
	cr_expect_eq(take_all(A), ALL - 2 * part);
	cr_expect_eq(take_all(B), part);
	cr_expect_eq(take_all(NAMELESS), part);
}

Test(parts, what_is_given_back_is_anybodys)
{
	const unsigned int part = ALL / 2 / POLICIES;

	parts_divide(ALL, POLICIES);
	take_all(A);
	take_all(B);
	part_give(A);
	cr_expect_eq(take_all(B), 1);
	cr_expect_eq(take_all(A), 0);
	part_give(B);
	part_give(B);
	cr_expect_eq(take_all(A), 1);
	cr_expect_eq(take_all(B), 1);
	cr_expect_eq(take_all(NAMELESS), part);
}

Test(parts, one_that_comes_has_a_part_at_once)
{
	parts_divide(ALL, B);
	take_all(A);
	parts_divide(ALL, POLICIES);
	cr_expect_eq(take_all(B), ALL / 2 / POLICIES);
}

/* SPDX-License-Identifier: ISC */
/* The rules of all policies, as ctld keeps them. */

#include <criterion/criterion.h>

#include <string.h>

#include "nitems.h"
#include "rules.h"

static struct rules rules;
static struct policies_changed changed;

static int
add(uint32_t policy_id, enum rule_list list, int number)
{
	struct policy_rule r = { .policy_id = policy_id,
		.list = (uint8_t)list,
		.number = (uint16_t)number,
		.where = { 4, 16, 0, UINT16_MAX, { 10, (uint8_t)number } } };

	return rules_add(&rules, &r);
}

/* How many rules that list of that policy has. */
static size_t
count(uint32_t policy_id, enum rule_list list)
{
	const struct policy_rule *r;
	size_t i, n, found = 0;

	r = rules_of(policy_id, &n);
	for (i = 0; i < n; i++) {
		cr_assert_eq(r[i].policy_id, policy_id);
		found += r[i].list == list;
	}
	return found;
}

static int
take(void)
{
	cr_assert_eq(rules_end(&rules), 0);
	return rules_take(&rules, &changed);
}

/* Those of two tenants, and of nobody, in the order of a file. */
static void
add_some(void)
{
	cr_assert_eq(add(0, RULES_DENY, 0), 0);
	cr_assert_eq(add(2, RULES_CLIENTS, 0), 0);
	cr_assert_eq(add(1, RULES_ALLOW, 0), 0);
	cr_assert_eq(add(1, RULES_CLIENTS, 0), 0);
	cr_assert_eq(add(2, RULES_CLIENTS, 1), 0);
	cr_assert_eq(add(0, RULES_CLIENTS, 0), 0);
	cr_assert_eq(add(0, RULES_DENY, 1), 0);
}

Test(rules, each_policy_has_its_own)
{
	size_t n;

	add_some();
	cr_expect_eq(take(), 1);
	cr_expect_eq(rules.n, 0);
	cr_expect_eq(count(0, RULES_DENY), 2);
	cr_expect_eq(count(0, RULES_CLIENTS), 1);
	cr_expect_eq(count(1, RULES_ALLOW), 1);
	cr_expect_eq(count(1, RULES_CLIENTS), 1);
	cr_expect_eq(count(2, RULES_CLIENTS), 2);
	cr_expect_null(rules_of(3, &n));
	cr_expect_eq(n, 0);
	cr_expect_null(rules_of(POLICIES_MAX - 1, &n));
	rules_now(&n);
	cr_expect_eq(n, 7);
}

Test(rules, none)
{
	size_t n;

	cr_expect_eq(take(), 0);
	cr_expect_null(rules_of(POLICY_NAMELESS, &n));
	cr_expect_eq(n, 0);
}

/* A file whose tenants have changed places says what it said before. */
Test(rules, a_policy_goes_where_its_tenant_goes)
{
	static const uint32_t ids[] = { 0, 2, 1 };

	add_some();
	take();
	cr_assert_eq(add(2, RULES_ALLOW, 0), 0);
	cr_assert_eq(add(2, RULES_CLIENTS, 0), 0);
	cr_assert_eq(add(1, RULES_CLIENTS, 1), 0);
	cr_assert_eq(add(1, RULES_CLIENTS, 0), 0);
	cr_assert_eq(add(0, RULES_DENY, 0), 0);
	cr_assert_eq(add(0, RULES_DENY, 1), 0);
	cr_assert_eq(add(0, RULES_CLIENTS, 0), 0);
	cr_assert_eq(rules_end(&rules), 0);
	rules_map(&rules, ids);
	cr_expect_eq(rules_take(&rules, &changed), 0);
	cr_expect_eq(rules.n, 0);
	cr_expect_eq(count(2, RULES_CLIENTS), 2);
}

Test(rules, whose_have_changed)
{
	add_some();
	cr_expect_eq(take(), 1);
	cr_expect(changed.are[0] && changed.are[1] && changed.are[2]);
	cr_expect_not(changed.are[3] || changed.are[POLICIES_MAX - 1]);
	rules_are_new();
	add_some();
	cr_expect_eq(take(), 0);
	cr_expect_not(rules_are_new());
	add_some();
	cr_assert_eq(add(1, RULES_ALLOW, 1), 0);
	cr_assert_eq(add(3, RULES_DENY, 0), 0);
	cr_expect_eq(take(), 1);
	cr_expect(changed.are[1] && changed.are[3]);
	cr_expect_not(changed.are[0] || changed.are[2]);
	cr_expect(rules_are_new());
	cr_expect_eq(take(), 1, "there are none any more");
	cr_expect(changed.are[0] && changed.are[3]);
}

/* A number is there once, whatever comes in between: so a list has an end. */
Test(rules, a_list_has_an_end)
{
	int i;

	for (i = 0; i < CLIENT_RULES_MAX; i++) {
		cr_assert_eq(add(1, RULES_CLIENTS, i), 0);
		cr_assert_eq(add(2, RULES_CLIENTS, i), 0);
		cr_assert_eq(add(1, RULES_DENY, i), 0);
	}
	cr_expect_eq(rules_end(&rules), 0);
	cr_assert_eq(add(1, RULES_CLIENTS, 7), 0);
	cr_expect_eq(rules_end(&rules), -1);
}

Test(rules, so_have_all)
{
	int i;

	cr_expect_eq(add(TENANTS_MAX + 1, RULES_DENY, 0), -1);
	for (i = 0; i < RULES_MAX; i++)
		cr_assert_eq(add((uint32_t)(i % TENANTS_MAX), RULES_DENY,
				 i / TENANTS_MAX),
		    0);
	cr_expect_eq(add(0, RULES_DENY, 99), -1);
	cr_expect_eq(take(), 1);
	cr_expect_eq(count(7, RULES_DENY), 17);
}

/* As the next ctld reads them. */
Test(rules, in_the_journal)
{
	const struct policy_rule *all;
	struct policy_rule kept[8];
	size_t n;

	add_some();
	take();
	all = rules_now(&n);
	cr_assert(n > 0 && n < nitems(kept));
	memcpy(kept, all, n * sizeof(*all));
	rules_free(&rules);
	cr_expect_eq(rules_load(kept, n * sizeof(*kept)), 0);
	cr_expect_eq(count(2, RULES_CLIENTS), 2);
	cr_expect_eq(rules_load(kept, n * sizeof(*kept) - 1), -1);
	cr_expect_eq(rules_load("", 0), 0);
	cr_expect_eq(count(2, RULES_CLIENTS), 0);
	kept[n] = kept[0];
	cr_expect_eq(rules_load(kept, (n + 1) * sizeof(*kept)), -1);
	kept[0].kind = RULE_KINDS;
	cr_expect_eq(rules_load(kept, n * sizeof(*kept)), -1);
}

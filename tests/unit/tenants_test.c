/* SPDX-License-Identifier: ISC */
/* ctld/tenants.c, ctld/rules.c: which policy is whose, over reloads. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "msg.h"
#include "rules.h"
#include "tenants.h"
#include "usage.h"

static struct tenants
these(const char *const *names)
{
	struct tenants t = { .n = 0 };
	struct tenant tenant;

	for (; *names != NULL; names++) {
		tenant = (struct tenant){ .policy_id = (uint32_t)t.n + 1 };
		snprintf(tenant.name, sizeof(tenant.name), "%s", *names);
		cr_assert_eq(tenants_add(&t, &tenant), 0);
	}
	return t;
}

static int
take(const char *const *names)
{
	struct tenants t = these(names);
	uint32_t ids[TENANTS_MAX + 1];

	tenants_keep_policies(&t, ids);
	cr_expect_eq(ids[0], POLICY_NAMELESS);
	return tenants_take(&t);
}

static struct credential
token(const char *tenant, uint8_t digest)
{
	struct credential c = { .digest.bytes = { [0] = digest },
		.name = "ci",
		.role = CALLER_TENANT };

	snprintf(c.tenant, sizeof(c.tenant), "%s", tenant);
	return c;
}

Test(tenants, who_stays_keeps_the_policy)
{
	static const char *const abc[] = { "a", "b", "c", NULL },
				 *const cdb[] = { "c", "d", "b", NULL };
	uint32_t a, b, c;

	cr_assert(take(abc));
	a = tenants_policy("a");
	b = tenants_policy("b");
	c = tenants_policy("c");
	cr_assert(a != b && b != c && a != c);
	cr_expect(a != POLICY_NAMELESS && a < tenants_npolicies());
	cr_assert(take(cdb));
	cr_expect_eq(tenants_policy("b"), b);
	cr_expect_eq(tenants_policy("c"), c);
	cr_expect(tenants_policy("d") != b && tenants_policy("d") != c);
	cr_expect_eq(tenants_policy(""), POLICY_NAMELESS);
}

Test(tenants, one_that_there_is_not_has_a_policy_that_nobody_knows)
{
	static const char *const a[] = { "a", NULL };

	cr_assert(take(a));
	cr_expect(tenants_policy("z") >= tenants_npolicies());
	cr_expect_not(tenants_have("z"));
	cr_expect(tenants_have("a") && tenants_have(""));
}

Test(tenants, the_same_again_is_nothing_new)
{
	static const char *const ab[] = { "a", "b", NULL };

	cr_expect(take(ab));
	cr_expect(tenants_are_new());
	cr_expect_not(take(ab));
	cr_expect_not(tenants_are_new());
}

Test(tenants, all_that_there_may_be_change)
{
	struct tenants t = { .n = 0 };
	uint32_t ids[TENANTS_MAX + 1];
	struct tenant tenant;
	int i, turn;

	for (turn = 0; turn < 3; turn++) {
		for (i = 0; i < TENANTS_MAX; i++) {
			tenant =
			    (struct tenant){ .policy_id = (uint32_t)i + 1 };
			snprintf(tenant.name, sizeof(tenant.name), "t%d",
			    i + turn * TENANTS_MAX / 2);
			cr_assert_eq(tenants_add(&t, &tenant), 0);
		}
		cr_expect_eq(tenants_add(&t, &tenant), -1);
		tenants_keep_policies(&t, ids);
		cr_assert(tenants_take(&t));
		cr_expect_eq(tenants_npolicies(), TENANTS_MAX + 1);
	}
}

Test(tenants, a_name_and_a_token_are_one_ones)
{
	static const char *const a[] = { "a", NULL };
	struct tenants t = these(a);
	struct credential c = token("a", 1), others = token("b", 2);

	cr_expect_eq(tenants_add(&t, &t.all[0]), -1);
	cr_expect_eq(tenants_add_credential(&t, &others), -1);
	cr_expect_eq(tenants_add_credential(&t, &c), 0);
	cr_expect_eq(tenants_end(&t), 0);
	cr_expect_eq(tenants_add_credential(&t, &c), 0);
	cr_expect_eq(tenants_end(&t), -1);
	tenants_free(&t);
}

Test(tenants, a_token_is_found_by_its_digest)
{
	static const char *const a[] = { "a", NULL };
	struct tenants t = these(a);
	struct credential c;
	uint8_t i;

	for (i = 9; i > 0; i--) {
		c = token("a", i);
		cr_assert_eq(tenants_add_credential(&t, &c), 0);
	}
	cr_assert_eq(tenants_end(&t), 0);
	cr_assert(tenants_take(&t));
	for (i = 1; i < 10; i++) {
		c = token("a", i);
		cr_expect_not_null(tenants_credential(&c.digest));
	}
	c = token("a", 10);
	cr_expect_null(tenants_credential(&c.digest));
}

Test(tenants, the_next_ctld_has_them)
{
	static const char *const ab[] = { "a", "b", NULL };
	struct tenants t = these(ab);
	struct credential c = token("b", 7);
	uint32_t ids[TENANTS_MAX + 1];

	cr_assert_eq(tenants_add_credential(&t, &c), 0);
	tenants_keep_policies(&t, ids);
	cr_assert_eq(tenants_load(t.all, t.n * sizeof(*t.all)), 0);
	cr_assert_eq(tenants_load_credentials(&c, sizeof(c)), 0);
	cr_expect_eq(tenants_policy("b"), ids[2]);
	cr_expect_not_null(tenants_credential(&c.digest));
	cr_expect_eq(tenants_load_credentials(&c, sizeof(c) - 1), -1);
	strcpy(c.tenant, "nobody");
	cr_expect_eq(tenants_load_credentials(&c, sizeof(c)), -1);
	tenants_free(&t);
}

Test(tenants, a_rule_goes_with_its_tenant)
{
	static const char *const ab[] = { "a", "b", NULL },
				 *const ba[] = { "b", "a", NULL };
	struct policy_rule r = { .policy_id = 2,
		.list = RULES_DENY,
		.where = { .last = UINT16_MAX } };
	struct rules rules = { .n = 0 };
	uint32_t ids[TENANTS_MAX + 1];
	struct tenants t;

	cr_assert(take(ab));
	t = these(ba);
	cr_assert_eq(rules_add(&rules, &r), 0);
	tenants_keep_policies(&t, ids);
	rules_map(&rules, ids);
	cr_expect_eq(rules.all[0].policy_id, tenants_policy("a"));
	rules_free(&rules);
	tenants_free(&t);
}

/* ---- usage.c */

#define ALL 100

static uint32_t
take_as_many_as_it_may(struct usage *u)
{
	while (usage_allows(u, USAGE_PROXIES, 1, ALL))
		usage_more(u, USAGE_PROXIES, 1);
	return u->n[USAGE_PROXIES];
}

Test(tenants, who_is_alone_has_all)
{
	cr_expect_eq(take_as_many_as_it_may(usage_for("")), ALL);
}

Test(tenants, each_leaves_the_others_a_share)
{
	static const char *const abcd[] = { "a", "b", "c", "d", NULL };
	const uint32_t share = ALL / 2 / 5;
	struct usage *a;
	int i;

	cr_assert(take(abcd));
	a = usage_for("a");
	cr_expect_eq(take_as_many_as_it_may(a), ALL - 4 * share);
	for (i = 1; i < 4; i++)
		cr_expect_eq(take_as_many_as_it_may(usage_for(abcd[i])), share);
	cr_expect_eq(take_as_many_as_it_may(usage_for("")), share);
	usage_less(a, USAGE_PROXIES, 7);
	cr_expect_eq(take_as_many_as_it_may(usage_for("b")), share + 7);
	cr_expect_not(usage_allows(a, USAGE_PROXIES, 1, ALL));
	cr_expect(usage_allows(a, USAGE_TOXICS, 1, ALL));
}

Test(tenants, shares_are_others_when_there_are_others)
{
	static const char *const ab[] = { "a", "b", NULL },
				 *const abcd[] = { "a", "b", "c", "d", NULL };
	const uint32_t share = ALL / 2 / 5;
	struct usage *a;

	cr_assert(take(ab));
	usage_more(usage_for(""), USAGE_PROXIES, ALL / 2);
	a = usage_for("a");
	cr_assert(usage_allows(a, USAGE_PROXIES, ALL / 2 - ALL / 6, ALL));
	cr_assert_not(usage_allows(a, USAGE_PROXIES, ALL / 2, ALL));
	usage_more(a, USAGE_PROXIES, 2 * share);
	cr_assert(take(abcd));
	cr_expect_eq(
	    take_as_many_as_it_may(usage_for("b")), ALL - ALL / 2 - 4 * share);
	usage_less(a, USAGE_PROXIES, 2 * share);
	cr_expect_eq(take_as_many_as_it_may(usage_for("b")), 2 * share);
}

Test(tenants, who_has_nothing_is_forgotten)
{
	struct usage *u = usage_for("a");

	usage_more(u, USAGE_CHANGES, 2);
	usage_less(u, USAGE_CHANGES, 1);
	cr_expect_eq(usage_for("a"), u);
	usage_less(u, USAGE_CHANGES, 1);
	cr_expect_eq(usage_for("a")->n[USAGE_CHANGES], 0);
}

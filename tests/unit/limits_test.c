/* SPDX-License-Identifier: ISC */
/* ctld/tenant_limits.c, proto/limit.c: what each tenant may have. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "credential.h"
#include "tenant_limits.h"
#include "nitems.h"
#include "payload.h"

static struct tenant_limits
of(const char *tenant, enum limit which, uint64_t n)
{
	struct tenant_limits l = { .of = { 0 } };

	l.of[which] = n;
	snprintf(l.tenant, sizeof(l.tenant), "%s", tenant);
	return l;
}

static int
is_sound(const struct tenant_limits *l)
{
	const union msg_payload p = { .tenant_limits = *l };

	return payload_is_sound(PAYLOAD_tenant_limits, &p);
}

static void
take(const struct tenant_limits *rows, size_t n, int are_new)
{
	struct limits limits = { .n = 0 };
	size_t i;

	for (i = 0; i < n; i++)
		cr_assert_eq(limits_add(&limits, &rows[i]), 0);
	cr_assert_eq(limits_end(&limits), 0);
	cr_expect_eq(limits_take(&limits), are_new);
	cr_expect_eq(limits.n, 0);
}

Test(limits, each_has_its_own)
{
	const struct tenant_limits rows[] = { of("b", LIMIT_OF_TOXICS, 7),
		of("", LIMIT_OF_PROXIES, 3), of("a", LIMIT_OF_PROXIES, 5) };
	size_t n;

	cr_expect_eq(limits_of("a", LIMIT_OF_PROXIES), 0);
	take(rows, 3, 1);
	cr_expect_eq(limits_of("a", LIMIT_OF_PROXIES), 5);
	cr_expect_eq(limits_of("a", LIMIT_OF_TOXICS), 0);
	cr_expect_eq(limits_of("b", LIMIT_OF_TOXICS), 7);
	cr_expect_eq(limits_of("", LIMIT_OF_PROXIES), 3);
	cr_expect_eq(limits_of("c", LIMIT_OF_PROXIES), 0);
	cr_expect_eq(limits_of("ab", LIMIT_OF_PROXIES), 0);
	cr_expect_str_eq(limits_now(&n)[2].tenant, "b");
	cr_expect_eq(n, 3);
	take(rows, 3, 0);
	take(rows, 2, 1);
	cr_expect_eq(limits_of("a", LIMIT_OF_PROXIES), 0);
	take(NULL, 0, 1);
	cr_expect_eq(limits_of("b", LIMIT_OF_TOXICS), 0);
}

Test(limits, what_no_reader_says_is_refused)
{
	const struct tenant_limits nothing = of("a", LIMIT_OF_PROXIES, 0),
				   a = of("a", LIMIT_OF_PROXIES, 1);
	struct limits limits = { .n = 0 };
	size_t i;

	cr_expect_eq(limits_add(&limits, &nothing), -1);
	cr_expect_eq(limits_add(&limits, &a), 0);
	cr_expect_eq(limits_add(&limits, &a), 0);
	cr_expect_eq(limits_end(&limits), -1);
	for (i = limits.n; i <= TENANTS_MAX; i++)
		cr_assert_eq(limits_add(&limits, &a), 0);
	cr_expect_eq(limits_add(&limits, &a), -1);
	limits_free(&limits);
}

Test(limits, each_is_in_its_range)
{
	struct tenant_limits l;
	int i;

	for (i = 0; i < LIMITS; i++) {
		if (limit_rows[i].kind == LIMIT_RANGE)
			continue;
		l = of("a", (enum limit)i, limit_rows[i].min);
		cr_expect(is_sound(&l));
		l.of[i] = limit_rows[i].max;
		cr_expect(is_sound(&l));
		l.of[i] = limit_rows[i].max + 1;
		cr_expect_not(is_sound(&l));
		l.of[i] = limit_rows[i].min - 1;
		cr_expect_eq(is_sound(&l), limit_rows[i].min == 1);
	}
	l = of("", LIMIT_OF_PROXIES, 1);
	cr_expect(is_sound(&l));
	l = of("a/b", LIMIT_OF_PROXIES, 1);
	cr_expect_not(is_sound(&l));
	l = of("a", LIMIT_OF_PROXIES, 1);
	l.tenant[5] = 'x';
	cr_expect_not(is_sound(&l));
}

Test(limits, a_range_is_from_the_first_to_the_last)
{
	static const struct {
		uint64_t value;
		int is_good;
	} rows[] = {
		{ 1 << 16 | 1, 1 },
		{ (uint64_t)65535 << 16 | 65535, 1 },
		{ (uint64_t)20000 << 16 | 20099, 1 },
		{ (uint64_t)20099 << 16 | 20000, 0 },
		{ 20000, 0 },
		{ (uint64_t)1 << 32 | (uint64_t)20000 << 16 | 20099, 0 },
	};
	char text[LIMIT_TEXT_MAX];
	struct tenant_limits l;
	size_t i;

	for (i = 0; i < nitems(rows); i++) {
		l = of("a", LIMIT_OF_PORTS, rows[i].value);
		cr_expect_eq(is_sound(&l), rows[i].is_good);
	}
	cr_expect_str_eq(
	    limit_text(LIMIT_OF_PORTS, limit_of_range(20000, 20099), text),
	    "20000-20099");
	cr_expect(limit_range_has(limit_of_range(5, 7), 5));
	cr_expect(limit_range_has(limit_of_range(5, 7), 7));
	cr_expect_not(limit_range_has(limit_of_range(5, 7), 4));
	cr_expect_not(limit_range_has(limit_of_range(5, 7), 8));
	cr_expect_str_eq(limit_text(LIMIT_OF_TOXICS, 50, text), "50");
}

Test(limits, a_default_is_no_longer_than_the_maximum)
{
	struct tenant_limits l = of("a", LIMIT_OF_LEASE_DEFAULT, 7);

	cr_expect(is_sound(&l));
	l.of[LIMIT_OF_LEASE_MAX] = 7;
	cr_expect(is_sound(&l));
	l.of[LIMIT_OF_LEASE_MAX] = 6;
	cr_expect_not(is_sound(&l));
}

Test(limits, the_journal_has_them)
{
	const struct tenant_limits two[] = { of("a", LIMIT_OF_PROXIES, 1),
		of("b", LIMIT_OF_TOXICS, 2) };
	struct tenant_limits bad = of("a", LIMIT_OF_PROXIES, 0);

	take(two, 1, 1);
	cr_expect(limits_are_new());
	cr_expect_not(limits_are_new());
	cr_assert_eq(limits_load(two, sizeof(two)), 0);
	cr_expect_eq(limits_of("b", LIMIT_OF_TOXICS), 2);
	cr_expect_eq(limits_load(two, sizeof(two) - 1), -1);
	cr_expect_eq(limits_load(&bad, sizeof(bad)), -1);
	cr_expect_eq(limits_load("", 0), 0);
	cr_expect_eq(limits_of("b", LIMIT_OF_TOXICS), 0);
}

/* SPDX-License-Identifier: ISC */

#include <criterion/criterion.h>
#include <string.h>

#include "check.h"
#include "proxy_key.h"

#define KEY(t, n)                          \
	{                                  \
		.tenant = (t), .name = (n) \
	}

Test(proxy_key, two_tenants_have_the_same_name)
{
	static const struct proxy_key nobody = KEY("", "redis"),
				      a = KEY("a", "redis"),
				      b = KEY("b", "redis"),
				      other = KEY("a", "web");

	cr_expect_eq(proxy_key_compare(&a, &a), 0);
	cr_expect_lt(proxy_key_compare(&nobody, &a), 0);
	cr_expect_lt(proxy_key_compare(&a, &b), 0);
	cr_expect_lt(proxy_key_compare(&a, &other), 0);
	cr_expect_lt(proxy_key_compare(&other, &b), 0);
	cr_expect_gt(proxy_key_compare(&b, &other), 0);
}

/* A slash is no part of a tenant's name: neither is taken for the other. */
Test(proxy_key, what_looks_the_same_is_another)
{
	static const struct proxy_key a = KEY("", "a/redis"),
				      b = KEY("a", "redis");
	char text[PROXY_KEY_TEXT_MAX + 1];

	cr_expect_neq(proxy_key_compare(&a, &b), 0);
	proxy_key_text(&b, text);
	cr_expect_str_eq(text, "a/redis");
	proxy_key_text(&no_proxy_key, text);
	cr_expect_str_eq(text, "");
}

Test(proxy_key, the_longest_has_a_text)
{
	char text[PROXY_KEY_TEXT_MAX + 1];
	struct proxy_key key = { .tenant = "" };

	memset(key.tenant, 't', TENANT_NAME_MAX);
	memset(key.name, 'n', PROXY_NAME_MAX);
	cr_expect(check_proxy_key(&key));
	proxy_key_text(&key, text);
	cr_expect_eq(strlen(text), PROXY_KEY_TEXT_MAX);
}

Test(proxy_key, names_of_tenants)
{
	static const char *const good[] = { "a", "team-1", "A_b.c", "0" };
	static const char *const bad[] = { "", ".", "..", ".a", "a/b", "a b",
		"a%2Fb", "\xc3\xa4", "a\n", "a:b" };
	char longest[TENANT_NAME_MAX + 2] = "";
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		cr_expect(tenant_name_is_good(good[i]), "%s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_not(tenant_name_is_good(bad[i]), "%s", bad[i]);
	memset(longest, 'a', TENANT_NAME_MAX);
	cr_expect(tenant_name_is_good(longest));
	longest[TENANT_NAME_MAX] = 'a';
	cr_expect_not(tenant_name_is_good(longest));
}

/* SPDX-License-Identifier: ISC */
/* Who may connect to one proxy, as ctld keeps it. */

#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "policy_rule.h"
#include "proxy_clients.h"

static struct clients_lists lists;

static struct proxy_key
key_of(const char *tenant, const char *name)
{
	struct proxy_key key;

	memset(&key, 0, sizeof(key));
	snprintf(key.tenant, sizeof(key.tenant), "%s", tenant);
	snprintf(key.name, sizeof(key.name), "%s", name);
	return key;
}

/* From 10.N.0.0/16. */
static struct proxy_clients
list_of(const char *tenant, const char *name, int n)
{
	struct proxy_clients c;

	memset(&c, 0, sizeof(c));
	c.key = key_of(tenant, name);
	c.clients.n = 1;
	c.clients.rules[0] =
	    (struct bind_rule){ 4, 16, 0, UINT16_MAX, { 10, (uint8_t)n } };
	return c;
}

static void
add(const char *tenant, const char *name, int n)
{
	const struct proxy_clients c = list_of(tenant, name, n);

	cr_assert_eq(clients_lists_add(&lists, &c), 0);
}

static int
take(void)
{
	cr_assert_eq(clients_lists_end(&lists), 0);
	return clients_lists_take(&lists);
}

/* The second byte of its one rule; -1: it has none of its own. */
static int
found(const char *tenant, const char *name)
{
	const struct proxy_key key = key_of(tenant, name);
	const struct relay_clients *c =
	    clients_lists_find(clients_lists_now(), &key);

	return c != NULL ? c->rules[0].ip[1] : -1;
}

Test(proxy_clients, each_proxy_has_its_own)
{
	add("b", "p", 3);
	add("", "p", 1);
	add("a", "q", 2);
	cr_expect_eq(take(), 1);
	cr_expect_eq(found("", "p"), 1);
	cr_expect_eq(found("a", "q"), 2);
	cr_expect_eq(found("b", "p"), 3);
	cr_expect_eq(found("a", "p"), -1);
	cr_expect_eq(found("", "q"), -1);
}

Test(proxy_clients, a_proxy_has_one)
{
	add("a", "p", 1);
	add("b", "p", 1);
	add("a", "p", 2);
	cr_expect_eq(clients_lists_end(&lists), -1);
}

Test(proxy_clients, there_is_an_end_to_them)
{
	const struct proxy_clients c = list_of("", "p", 1);
	size_t i;

	for (i = 0; i < PROXY_CLIENTS_MAX; i++)
		cr_assert_eq(clients_lists_add(&lists, &c), 0);
	cr_expect_eq(clients_lists_add(&lists, &c), -1);
}

/* What counted before is had for it, so that workers are told what differs. */
Test(proxy_clients, what_has_changed_is_seen)
{
	const struct proxy_key p = key_of("", "p"), q = key_of("", "q"),
			       gone = key_of("a", "p");

	add("", "p", 1);
	add("", "q", 1);
	add("a", "p", 1);
	cr_assert_eq(take(), 1);
	clients_lists_free(&lists);
	cr_expect_eq(clients_lists_are_new(), 1);
	cr_expect_eq(clients_lists_are_new(), 0);
	add("", "q", 1);
	add("", "p", 2);
	cr_assert_eq(take(), 1);
	cr_expect_eq(clients_lists_agree(&lists, clients_lists_now(), &p), 0);
	cr_expect_eq(clients_lists_agree(&lists, clients_lists_now(), &q), 1);
	cr_expect_eq(
	    clients_lists_agree(&lists, clients_lists_now(), &gone), 0);
	clients_lists_free(&lists);
	add("", "p", 2);
	add("", "q", 1);
	cr_expect_eq(take(), 0);
}

Test(proxy_clients, the_journal_has_them)
{
	struct proxy_clients c[2] = { list_of("", "p", 1),
		list_of("a", "p", 2) };

	cr_assert_eq(clients_lists_load(c, sizeof(c)), 0);
	cr_expect_eq(found("", "p"), 1);
	cr_expect_eq(found("a", "p"), 2);
	cr_expect_eq(clients_lists_load(c, sizeof(c[0])), 0);
	cr_expect_eq(found("a", "p"), -1);
	cr_expect_eq(clients_lists_load("", 0), 0);
	cr_expect_eq(found("", "p"), -1);
}

Test(proxy_clients, what_no_ctld_has_written_is_refused)
{
	struct proxy_clients c[2] = { list_of("", "p", 1),
		list_of("", "p", 2) };

	cr_expect_eq(clients_lists_load(c, sizeof(c)), -1);
	cr_expect_eq(clients_lists_load(c, sizeof(c[0]) - 1), -1);
	c[0].clients.n = 0;
	cr_expect_eq(clients_lists_load(c, sizeof(c[0])), -1);
	c[0] = list_of("", "p", 1);
	c[0].clients.rules[0].last = 80;
	cr_expect_eq(clients_lists_load(c, sizeof(c[0])), -1);
	c[0] = list_of("", "", 1);
	cr_expect_eq(clients_lists_load(c, sizeof(c[0])), -1);
}

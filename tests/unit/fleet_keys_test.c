/* SPDX-License-Identifier: ISC */
/* etcd/fleet_keys.c, percent.c, endpoints.c: names, and where they lead. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "endpoints.h"
#include "fleet_keys.h"

static void
is(char *text, const char *expected)
{
	cr_assert_not_null(text);
	cr_expect_str_eq(text, expected);
	free(text);
}

Test(fleet_keys, keys_are_where_all_look_for_them)
{
	is(fleet_scope_key("/t", FLEET_ALL, NULL), "/t/desired/all/");
	is(fleet_scope_key("/t", FLEET_LABEL, "zone=a"),
	    "/t/desired/label/zone=a/");
	is(fleet_item_key("/t", FLEET_NODE, "n1", FLEET_PROXIES, "a/b c"),
	    "/t/desired/node/n1/proxies/a%2Fb%20c");
	is(fleet_item_key("/t", FLEET_ALL, NULL, FLEET_SCENARIOS, "x"),
	    "/t/desired/all/scenarios/x");
	is(fleet_place_key("/t", FLEET_DRAIN, "n1"), "/t/drain/n1");
	is(fleet_place_key("/t", FLEET_STATUS, NULL), "/t/status/");
	is(fleet_place_key("/t", FLEET_KNOWN, "n1"), "/t/nodes/n1");
}

Test(fleet_keys, a_key_is_read_back)
{
	static const char *const names[] = { "web", "a/b c", "%", "\xc3\xa9",
		"a~b_c-d.e" };
	struct fleet_item item;
	unsigned int scope, kind;
	size_t i;
	char *key;

	for (scope = 0; scope < FLEET_SCOPES; scope++) {
		const char *which = scope == FLEET_ALL ? ""
		    : scope == FLEET_NODE              ? "n1"
						       : "zone=a";

		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			kind = i % FLEET_KINDS;
			key = fleet_item_key(
			    "/t/x", scope, which, kind, names[i]);
			cr_assert_not_null(key);
			cr_assert_eq(fleet_item_read("/t/x", key, &item), 0);
			cr_expect_eq(item.scope, scope);
			cr_expect_str_eq(item.which, which);
			cr_expect_eq(item.kind, kind);
			cr_expect_str_eq(item.name, names[i]);
			free(item.name);
			free(key);
		}
	}
}

Test(fleet_keys, other_keys_are_none)
{
	static const char *const keys[] = {
		"/t/desired/all/proxies/",
		"/t/desired/all/proxies/a%2",
		"/t/desired/all/proxies/a%2f", /* %2F is how it is written */
		"/t/desired/all/proxies/a%00",
		"/t/desired/all/proxies/a/b",
		"/t/desired/all/proxies",
		"/t/desired/all/other/a",
		"/t/desired/label/zone/proxies/a",
		"/t/desired/node/proxies/a",
		"/t/desired/nodes/n1/proxies/a",
		"/t/desired/all2/proxies/a",
		"/t2/desired/all/proxies/a",
		"/t/status/n1",
		"",
	};
	struct fleet_item item;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		cr_expect_eq(
		    fleet_item_read("/t", keys[i], &item), 1, "%s", keys[i]);
		cr_expect_null(item.name);
	}
}

Test(fleet_keys, a_place_says_whose_it_is)
{
	cr_expect_str_eq(
	    fleet_place_node("/t", FLEET_STATUS, "/t/status/n1"), "n1");
	cr_expect_null(fleet_place_node("/t", FLEET_STATUS, "/t/nodes/n1"));
	cr_expect_null(fleet_place_node("/t", FLEET_STATUS, "/t/status/"));
	cr_expect_null(fleet_place_node("/t", FLEET_STATUS, "/t/status/a/b"));
}

Test(fleet_keys, words_have_faults)
{
	char longest[65];

	memset(longest, 'a', 64);
	longest[64] = '\0';
	cr_expect_not_null(fleet_node_fault(longest));
	cr_expect_null(fleet_node_fault(longest + 1));
	cr_expect_not_null(fleet_node_fault(""));
	cr_expect_not_null(fleet_node_fault("a/b"));
	cr_expect_null(fleet_label_fault("zone=eu-1.a"));
	cr_expect_not_null(fleet_label_fault("zone"));
	cr_expect_not_null(fleet_label_fault("=a"));
	cr_expect_not_null(fleet_label_fault("zone="));
	cr_expect_not_null(fleet_label_fault("a=b=c"));
	cr_expect_not_null(fleet_label_fault("a/b=c"));
	cr_expect_null(fleet_prefix_fault("/toxid/lab1"));
	cr_expect_not_null(fleet_prefix_fault("/toxid/"));
	cr_expect_not_null(fleet_prefix_fault("toxid"));
	cr_expect_not_null(fleet_prefix_fault("/"));
}

Test(endpoints, are_urls_of_hosts)
{
	static const char *const bad[] = { "", "a:2379", "http://",
		"http://a:1,", "ftp://a", "http://a/b", "http://u:p@a",
		"https://a?b" };
	struct endpoints e;
	const char *fault;
	size_t i;

	cr_assert_eq(
	    endpoints_read(&e, "http://a:1/,https://[::1]:2", &fault), 0);
	cr_assert_eq(e.n, 2);
	cr_expect_str_eq(e.url[0], "http://a:1");
	cr_expect_str_eq(e.url[1], "https://[::1]:2");
	endpoints_free(&e);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cr_expect_eq(
		    endpoints_read(&e, bad[i], &fault), -1, "%s", bad[i]);
		cr_expect_eq(e.n, 0);
	}
}

/* SPDX-License-Identifier: ISC */
/* sync/items.c: what has been told of items becomes a document, or does not. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "items.h"

static void
tell(enum item_kind kind, unsigned int layer, const char *name,
    const char *value)
{
	char where[128];
	struct item_news news = { .kind = kind,
		.layer = layer,
		.name = name,
		.where = where,
		.value = value,
		.len = value != NULL ? strlen(value) : 0 };

	snprintf(where, sizeof(where), "/t/%u/%s", layer, name);
	items_set(&news);
}

static void
is_document(const char *text)
{
	struct faults faults = { .n = 0 };
	struct document d;

	cr_assert_eq(document_make(&d, "7", &faults), 0);
	cr_expect_str_eq(d.text.at, text);
	document_free(&d);
}

static void
has_fault(const char *key, const char *error)
{
	struct faults faults = { .n = 0 };
	struct document d;

	cr_assert_eq(document_make(&d, "7", &faults), -1);
	cr_assert_eq(faults.n, 1);
	cr_expect_str_eq(faults.fault[0].key, key);
	cr_expect_str_eq(faults.fault[0].error, error);
	faults_free(&faults);
	document_free(&d);
}

#define EMPTY "{\"generation\":\"7\",\"proxies\":[],\"scenarios\":[]}"

Test(items, none_are_an_empty_document)
{
	is_document(EMPTY);
}

Test(items, a_name_is_put_in_where_there_is_none, .fini = items_clear)
{
	tell(ITEM_PROXY, 0, "a\"b", " {\"listen\": 1e3} ");
	tell(ITEM_PROXY, 0, "c", "{ }");
	tell(ITEM_PROXY, 0, "d", "{\"x\":1,\"name\":\"d\"}");
	tell(ITEM_SCENARIO, 0, "s", "{\"steps\":[]}");
	is_document("{\"generation\":\"7\",\"proxies\":["
		    "{\"name\":\"a\\\"b\",\"listen\": 1e3} ,"
		    "{\"name\":\"c\" },"
		    "{\"x\":1,\"name\":\"d\"}],"
		    "\"scenarios\":[{\"name\":\"s\",\"steps\":[]}]}");
}

Test(items, of_layers_the_highest_counts, .fini = items_clear)
{
	tell(ITEM_PROXY, 2, "web", "{\"n\":2}");
	tell(ITEM_PROXY, 0, "web", "{\"n\":0}");
	tell(ITEM_PROXY, 1, "web", "{\"n\":1}");
	tell(ITEM_PROXY, 0, "all", "{}");
	is_document("{\"generation\":\"7\",\"proxies\":[{\"name\":\"all\"},"
		    "{\"name\":\"web\",\"n\":2}],\"scenarios\":[]}");
	tell(ITEM_PROXY, 2, "web", NULL);
	tell(ITEM_PROXY, 0, "all", NULL);
	is_document("{\"generation\":\"7\",\"proxies\":["
		    "{\"name\":\"web\",\"n\":1}],\"scenarios\":[]}");
}

Test(items, null_means_that_there_is_none_here, .fini = items_clear)
{
	tell(ITEM_PROXY, 0, "web", "{}");
	tell(ITEM_PROXY, 1, "web", "null");
	is_document(EMPTY);
	tell(ITEM_PROXY, 2, "web", "{\"n\":2}");
	is_document("{\"generation\":\"7\",\"proxies\":["
		    "{\"name\":\"web\",\"n\":2}],\"scenarios\":[]}");
}

Test(items, what_is_none_is_told_with_its_place, .fini = items_clear)
{
	tell(ITEM_PROXY, 0, "good", "{}");
	tell(ITEM_PROXY, 0, "web", "{\"name\":\"other\"}");
	has_fault("/t/0/web", "its name is not that of its key");
	tell(ITEM_PROXY, 0, "web", "[]");
	has_fault("/t/0/web", "it is neither an object nor null");
	tell(ITEM_PROXY, 0, "web", "{");
	has_fault("/t/0/web",
	    "it is no JSON: string or '}' expected near end of file");
	tell(ITEM_PROXY, 0, "web", "{\"a\":1,\"a\":2}");
	has_fault(
	    "/t/0/web", "it is no JSON: duplicate object key near '\"a\"'");
	tell(ITEM_PROXY, 0, "web", "{}");
	tell(ITEM_UNKNOWN, 0, "", "{}");
	has_fault("/t/0/", "nothing is known of such a key");
}

Test(items, what_does_not_count_has_no_faults, .fini = items_clear)
{
	tell(ITEM_PROXY, 0, "web", "{");
	tell(ITEM_PROXY, 1, "web", "null");
	is_document(EMPTY);
}

/* etcd may be away for long, in the midst of a list. */
Test(items, a_list_counts_when_it_is_whole, .fini = items_clear)
{
	tell(ITEM_PROXY, 0, "old", "{}");
	items_list_begins();
	tell(ITEM_PROXY, 0, "new", "{}");
	is_document("{\"generation\":\"7\",\"proxies\":["
		    "{\"name\":\"old\"}],\"scenarios\":[]}");
	items_list_ends(0);
	is_document("{\"generation\":\"7\",\"proxies\":["
		    "{\"name\":\"old\"}],\"scenarios\":[]}");
	items_list_begins();
	tell(ITEM_PROXY, 0, "new", "{}");
	items_list_ends(1);
	is_document("{\"generation\":\"7\",\"proxies\":["
		    "{\"name\":\"new\"}],\"scenarios\":[]}");
}

Test(items, a_drain_has_a_time, .fini = items_clear)
{
	int within = -1;

	cr_expect_eq(items_drain(&within), 0);
	tell(ITEM_DRAIN, 0, "", "{\"within\":5}");
	cr_expect_eq(items_drain(&within), 1);
	cr_expect_eq(within, 5);
	tell(ITEM_DRAIN, 0, "", "soon");
	cr_expect_eq(items_drain(&within), 1);
	cr_expect_eq(within, 30);
	tell(ITEM_DRAIN, 0, "", "{\"within\":1e9}");
	cr_expect_eq(items_drain(&within), 1);
	cr_expect_eq(within, 3600);
	is_document(EMPTY);
}

Test(items, a_place_in_a_document_leads_to_its_key, .fini = items_clear)
{
	struct faults faults = { .n = 0 };
	struct document d;

	tell(ITEM_PROXY, 0, "a", "{}");
	tell(ITEM_PROXY, 1, "b", "{}");
	tell(ITEM_SCENARIO, 2, "s", "{}");
	cr_assert_eq(document_make(&d, "7", &faults), 0);
	cr_expect_str_eq(document_where(&d, "proxies[1]"), "/t/1/b");
	cr_expect_str_eq(document_where(&d, "proxies[0].toxics[2]"), "/t/0/a");
	cr_expect_str_eq(document_where(&d, "scenarios[0]"), "/t/2/s");
	cr_expect_null(document_where(&d, "proxies[2]"));
	cr_expect_null(document_where(&d, "proxies[]"));
	cr_expect_null(document_where(&d, "generation"));
	cr_expect_eq(document_has(&d, ITEM_PROXY, "b"), 1);
	cr_expect_eq(document_has(&d, ITEM_PROXY, "s"), 0);
	document_free(&d);
}

/* ... in all orders, and each once. */
Test(items, many_are_sorted, .fini = items_clear)
{
	struct faults faults = { .n = 0 };
	struct document d;
	char name[16];
	size_t i;

	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "p%03zu", i * 7 % 1000);
		tell(ITEM_PROXY, 0, name, "{}");
		tell(ITEM_PROXY, 0, name, "{}");
	}
	cr_assert_eq(document_make(&d, "7", &faults), 0);
	cr_assert_eq(d.n[ITEM_PROXY], 1000);
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "p%03zu", i);
		cr_expect_str_eq(d.name[ITEM_PROXY][i], name);
	}
	document_free(&d);
}

Test(items, what_is_too_much_is_a_fault, .fini = items_clear)
{
	const size_t each = (size_t)1 << 20, n = ITEMS_BYTES_MAX / each + 1;
	struct faults faults = { .n = 0 };
	struct document d;
	char *value = malloc(each + 1), name[16];
	size_t i;

	memset(value, ' ', each);
	value[0] = '{';
	value[each - 1] = '}';
	value[each] = '\0';
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "p%zu", i);
		tell(ITEM_PROXY, 0, name, value);
	}
	cr_assert_eq(document_make(&d, "7", &faults), -1);
	cr_expect_str_eq(faults.fault[0].error, "there is too much of all");
	faults_free(&faults);
	document_free(&d);
	free(value);
}

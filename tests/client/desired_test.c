/* SPDX-License-Identifier: ISC */
/* What a server is to be, as a source says it. */

#include <stdio.h>
#include <string.h>
#include <toxi.h>

#include "rig.h"

static const char two[] =
    "{\"proxies\": [{\"name\": \"d1\", \"listen\": \"127.0.0.1:0\","
    " \"upstream\": \"127.0.0.1:1\", \"toxics\": [{\"type\": \"latency\","
    " \"attributes\": {\"latency\": 5}}]},"
    " {\"name\": \"d2\", \"listen\": \"127.0.0.1:0\","
    " \"upstream\": \"127.0.0.1:1\"}]}";
static const char one[] =
    "{\"proxies\": [{\"name\": \"d2\", \"listen\": \"127.0.0.1:0\","
    " \"upstream\": \"127.0.0.1:1\"}]}";
static const char bad[] =
    "{\"proxies\": [{\"name\": \"d2\"}, {\"name\": \"d3\","
    " \"upstream\": \"127.0.0.1:1\", \"toxics\": [{\"type\": \"no\"}]}]}";

static void
put(struct toxi *toxi, const char *json, const char *generation,
    struct toxi_desired **desired)
{
	const struct toxi_document document = {
		.source = "suite", .generation = generation, .json = json
	};

	MUST(toxi_desired_put(toxi, &document, desired, &err));
}

static void
expect_listed(struct toxi *toxi, const char *generation)
{
	struct toxi_sources *all;
	int found = 0;
	size_t i;

	MUST(toxi_desired_list(toxi, &all, &err));
	for (i = 0; i < all->n; i++) {
		if (strcmp(all->list[i].name, "suite") != 0)
			continue;
		found = 1;
		cr_expect_str_eq(all->list[i].generation, generation);
		cr_expect_neq(all->list[i].applied_at, NULL);
	}
	cr_expect(found);
	toxi_sources_free(all);
}

Test(desired, put_get_delete)
{
	struct toxi *toxi = client();
	struct toxi_desired *d;

	if (is_original()) {
		FAILS(
		    toxi_desired_list(toxi, NULL, &err), TOXI_ERR_UNSUPPORTED);
		return;
	}
	REFUSED(toxi_desired_get(toxi, "suite", &d, &err), 404);
	cr_expect_eq(d, NULL);
	put(toxi, two, "first", &d);
	cr_expect_str_eq(d->source, "suite");
	cr_expect_eq(d->made, 2);
	cr_assert_eq(d->n_proxies, 2);
	cr_expect_str_eq(d->proxies[0].name, "d1");
	cr_expect_eq(strncmp(d->proxies[0].listen, "127.0.0.1:", 10), 0);
	cr_expect_str_neq(d->proxies[0].listen, "127.0.0.1:0");
	toxi_desired_free(d);
	put(toxi, one, "second", &d);
	cr_expect(d->made == 0 && d->removed == 1 && d->unchanged == 1);
	toxi_desired_free(d);
	MUST(toxi_desired_get(toxi, "suite", &d, &err));
	cr_expect_str_eq(d->generation, "second");
	cr_expect_neq(strstr(d->json, "\"d2\""), NULL);
	cr_expect_eq(d->n_proxies, 1);
	toxi_desired_free(d);
	expect_listed(toxi, "second");
	REFUSED(toxi_proxy_get(toxi, "d1", NULL, &err), 404);
	MUST(toxi_desired_delete(toxi, "suite", &err));
	REFUSED(toxi_proxy_get(toxi, "d2", NULL, &err), 404);
	REFUSED(toxi_desired_delete(toxi, "suite", &err), 404);
	toxi_free(toxi);
}

Test(desired, only_where_it_is_as_was_believed)
{
	struct toxi_document document = {
		.source = "suite", .generation = "next", .json = one
	};
	struct toxi *toxi = client();
	struct toxi_desired *d;

	if (is_original())
		return;
	document.if_match = "*";
	REFUSED(toxi_desired_put(toxi, &document, NULL, &err), 409);
	put(toxi, two, "now", NULL);
	document.if_match = "before";
	REFUSED(toxi_desired_put(toxi, &document, &d, &err), 409);
	cr_assert_neq(d, NULL);
	cr_expect_str_eq(d->generation, "now");
	toxi_desired_free(d);
	document.if_match = "now";
	MUST(toxi_desired_put(toxi, &document, NULL, &err));
	document.force = 1;
	MUST(toxi_desired_put(toxi, &document, NULL, &err));
	MUST(toxi_desired_delete(toxi, "suite", &err));
	toxi_free(toxi);
}

Test(desired, all_that_is_wrong)
{
	const struct toxi_document document = {
		.source = "suite", .generation = "bad", .json = bad
	};
	struct toxi *toxi = client();
	struct toxi_desired *d;

	if (is_original())
		return;
	put(toxi, one, "good", NULL);
	REFUSED(toxi_desired_put(toxi, &document, &d, &err), 400);
	cr_assert_neq(d, NULL);
	cr_assert_eq(d->n_faults, 2);
	cr_expect_str_eq(d->faults[0].item, "proxies[0]");
	cr_expect_str_eq(d->faults[0].name, "d2");
	cr_expect_str_eq(d->faults[0].field, "upstream");
	cr_expect_str_eq(d->faults[1].item, "proxies[1]");
	toxi_desired_free(d);
	expect_listed(toxi, "good");
	MUST(toxi_desired_delete(toxi, "suite", &err));
	toxi_free(toxi);
}

Test(desired, calls_that_make_no_sense)
{
	static const struct toxi_document senseless[] = {
		{ .source = NULL, .generation = "g", .json = "{}" },
		{ .source = "suite", .generation = NULL, .json = "{}" },
		{ .source = "suite", .generation = "g", .json = NULL },
		{ .source = "suite", .generation = "g", .json = "{" },
		{ .source = "suite", .generation = "g", .json = "[]" },
		{ .source = "suite", .generation = "\xff", .json = "{}" },
		{ .source = "suite",
		    .generation = "g",
		    .json = "{}",
		    .if_match = "a\nb" },
	};
	struct toxi *toxi = client();
	size_t i;

	for (i = 0; i < sizeof(senseless) / sizeof(senseless[0]); i++)
		FAILS(toxi_desired_put(toxi, &senseless[i], NULL, &err),
		    TOXI_ERR_ARGUMENT);
	FAILS(toxi_desired_get(toxi, NULL, NULL, &err), TOXI_ERR_ARGUMENT);
	toxi_desired_free(NULL);
	toxi_sources_free(NULL);
	toxi_free(toxi);
}

/* ---- of servers that say odd things */

#define GOOD "%22source%22%3A%22s%22%2C%22generation%22%3A%22g%22"

static const char *const odd[] = {
	"say/%7B%7D",
	"say/%7B" GOOD "%2C%22proxies%22%3A%5B1%5D%7D",
	"say/%7B" GOOD "%2C%22faults%22%3A%5B1%5D%7D",
};

static struct toxi *
fake(const char *path)
{
	struct toxi_options options = { .url = NULL };
	struct toxi *toxi;
	char url[512];

	snprintf(url, sizeof(url), "%s/%s", given("TOXI_FAKE"), path);
	options.url = url;
	toxi = toxi_new(&options, &err);
	cr_assert_neq(toxi, NULL);
	return toxi;
}

Test(desired, answers_that_do_not_say)
{
	struct toxi_desired *d;
	struct toxi_sources *all;
	struct toxi *toxi;
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		toxi = fake(odd[i]);
		FAILS(toxi_desired_get(toxi, "s", &d, &err), TOXI_ERR_PROTOCOL);
		cr_expect_eq(d, NULL);
		FAILS(toxi_desired_list(toxi, &all, &err), TOXI_ERR_PROTOCOL);
		cr_expect_eq(all, NULL);
		toxi_free(toxi);
	}
	toxi = fake("say/%5B1%5D");
	FAILS(toxi_desired_list(toxi, &all, &err), TOXI_ERR_PROTOCOL);
	toxi_free(toxi);
	toxi = fake("status/400/%7B%22error%22%3A%22no%22%7D");
	REFUSED(toxi_desired_get(toxi, "s", &d, &err), 400);
	cr_expect_eq(d, NULL);
	toxi_free(toxi);
}

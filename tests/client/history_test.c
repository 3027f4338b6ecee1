/* SPDX-License-Identifier: ISC */
/* What has happened: both ways. */

#include <event2/event.h>
#include <stdio.h>
#include <toxi_event.h>

#include "rig.h"

static struct toxi *
client_of(const char *url)
{
	const struct toxi_options options = { .url = url };
	struct toxi *toxi = toxi_new(&options, &err);

	cr_assert_neq(toxi, NULL, "%s", err.text);
	return toxi;
}

/* Others have proxies of theirs there, too. */
static const struct toxi_history_entry *
created(const struct toxi_history *history)
{
	size_t i;

	for (i = 0; i < history->n; i++)
		if (strcmp(history->list[i].kind, "proxy_created") == 0 &&
		    strcmp(history->list[i].proxy, "history") == 0)
			return &history->list[i];
	return NULL;
}

Test(history, what_has_happened)
{
	const struct toxi_proxy wanted = { .name = "history",
		.upstream = "127.0.0.1:1" };
	struct toxi *toxi = client_of(given("TOXI_LAB"));
	struct toxi_history *history;
	const struct toxi_history_entry *h;
	uint64_t last;

	MUST(toxi_history(toxi, TOXI_FROM_NOW, 0, &history, &err));
	cr_assert_eq(history->n, 1);
	cr_expect_str_eq(history->list[0].kind, "state");
	last = history->last;
	toxi_history_free(history);
	MUST(toxi_proxy_create(toxi, &wanted, NULL, &err));
	MUST(toxi_history(toxi, last, 1000, &history, &err));
	h = created(history);
	cr_assert_neq(h, NULL);
	cr_expect_gt(h->id, last);
	cr_expect_str_eq(h->tenant, "lab");
	cr_expect_eq(h->toxic, NULL);
	cr_expect_neq(strstr(h->json, "\"changed\""), NULL);
	cr_expect_geq(history->last, h->id);
	toxi_history_free(history);
	toxi_history_free(NULL);
	MUST(toxi_proxy_delete(toxi, "history", &err));
	MUST(toxi_history(toxi, 0, 0, NULL, &err));
	toxi_free(toxi);
}

static void
see(const struct toxi_reply *reply, void *arg)
{
	cr_assert_eq(reply->error, NULL);
	cr_expect_str_eq(reply->history->list[0].kind, "state");
	*(int *)arg = 1;
}

Test(history, in_a_loop)
{
	const struct toxi_options options = { .url = given("TOXI_LAB") };
	struct event_base *base = event_base_new();
	struct toxi_event *event = toxi_event_new(base, &options, &err);
	int done = 0;

	cr_assert_neq(event, NULL, "%s", err.text);
	cr_assert_neq(
	    toxi_event_history(event, TOXI_FROM_NOW, 0, see, &done), NULL);
	event_base_dispatch(base);
	cr_assert(done);
	toxi_event_free(event);
	event_base_free(base);
}

static const char *const no_history[] = {
	"say/%7B%7D",
	"say/%5B%5D",
	"say/%7B%22events%22%3A%5B%5D%7D",
	"say/%7B%22last%22%3A1%2C%22events%22%3A%5B1%5D%7D",
	"say/%7B%22last%22%3A1%2C%22events%22%3A%5B%7B%22id%22%3A1%7D%5D%7D",
};

Test(history, answers_that_do_not_say)
{
	struct toxi_history *history;
	struct toxi *toxi;
	char url[512];
	size_t i;

	for (i = 0; i < sizeof(no_history) / sizeof(no_history[0]); i++) {
		snprintf(url, sizeof(url), "%s/%s", given("TOXI_FAKE"),
		    no_history[i]);
		toxi = client_of(url);
		FAILS(toxi_history(toxi, 0, 0, &history, &err),
		    TOXI_ERR_PROTOCOL);
		cr_expect_eq(history, NULL);
		toxi_free(toxi);
	}
}

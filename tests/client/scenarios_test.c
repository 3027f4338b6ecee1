/* SPDX-License-Identifier: ISC */
/* Scenarios: both ways. */

#include <event2/event.h>
#include <stdio.h>
#include <toxi_event.h>

#include "rig.h"

#define LONG 3600000

/* Three steps, of which two are networks' */
static void
start(struct toxi *toxi, const char *name, const char *proxy,
    struct toxi_scenario **started)
{
	const struct toxi_connect late =
	    toxi_dial_fail(toxi_accept_delay(5), TOXI_DIAL_TIMEOUT);
	const struct toxi_scenario wanted = { .name = name,
		.proxy = proxy,
		.loop = 1,
		.ttl_ms = LONG,
		.steps = TOXI_STEPS(toxi_step(LONG,
					TOXI_TOXICS(toxi_latency(100, 0),
					    toxi_upstream(toxi_bandwidth(9)))),
		    toxi_step_connect(
			toxi_step_profile(LONG, "slow-4g"), &late),
		    toxi_step_profile(LONG, "3g")) };

	MUST(toxi_scenario_start(toxi, &wanted, started, &err));
}

/* Only the last loses segments, where that can be had. */
static void
expect_what_it_lacks(const struct toxi_scenario *s)
{
	const struct toxi_step *last = &s->steps.list[2];

	cr_expect_eq(s->steps.list[1].n_missing, 0);
	cr_assert_leq(last->n_missing, 1);
	cr_expect_eq(last->toxics.n, last->n_missing > 0 ? 4 : 6);
	cr_assert_eq(s->n_missing, last->n_missing);
	if (last->n_missing == 0)
		return;
	cr_expect_str_eq(last->missing[0], "tcp_loss");
	cr_expect_str_eq(s->missing[0], "tcp_loss");
}

static void
expect_it(const struct toxi_scenario *s, const char *name, const char *proxy)
{
	const struct toxi_toxics *toxics;

	cr_expect_str_eq(s->name, name);
	cr_expect_str_eq(s->proxy, proxy);
	cr_expect_eq(s->loop, 1);
	cr_assert_eq(s->steps.n, 3);
	cr_expect_eq(s->steps.list[0].duration_ms, LONG);
	toxics = &s->steps.list[0].toxics;
	cr_assert_eq(toxics->n, 2);
	cr_expect_str_eq(toxics->list[0].type, "latency");
	cr_expect_eq(toxics->list[1].stream, TOXI_UPSTREAM);
	cr_expect_eq(s->steps.list[1].toxics.n, 4);
	cr_expect_eq(s->steps.list[0].connect, NULL);
	cr_assert_neq(s->steps.list[1].connect, NULL);
	cr_expect_eq(s->steps.list[1].connect->delay_ms, 5);
	cr_expect_eq(s->steps.list[1].connect->mode, TOXI_CONNECT_ACCEPT_DELAY);
	cr_expect_eq(s->steps.list[1].connect->dial_fail, TOXI_DIAL_TIMEOUT);
	cr_expect_eq(s->step, 0);
	cr_expect_eq(s->round, 0);
	cr_expect(s->left_ms > 0 && s->left_ms <= LONG);
	cr_expect(s->expires_in_ms > 0 && s->expires_in_ms <= LONG);
	cr_expect_neq(s->began, NULL);
	expect_what_it_lacks(s);
}

static size_t
count_all(struct toxi *toxi)
{
	struct toxi_scenarios *all;
	size_t n;

	MUST(toxi_scenario_list(toxi, &all, &err));
	n = all->n;
	toxi_scenarios_free(all);
	return n;
}

Test(scenarios, start_and_stop)
{
	struct toxi *toxi = client();
	struct toxi_scenario *s;
	struct toxi_toxic *toxic;

	if (is_original()) {
		FAILS(
		    toxi_scenario_list(toxi, NULL, &err), TOXI_ERR_UNSUPPORTED);
		return;
	}
	make_proxy(toxi, "played");
	start(toxi, "play", "played", &s);
	expect_it(s, "play", "played");
	toxi_scenario_free(s);
	MUST(
	    toxi_toxic_get(toxi, "played", "latency_downstream", &toxic, &err));
	cr_expect_str_eq(toxic->owner, "scenario:play:0");
	toxi_toxic_free(toxic);
	MUST(toxi_scenario_get(toxi, "play", &s, &err));
	expect_it(s, "play", "played");
	toxi_scenario_free(s);
	cr_expect_geq(count_all(toxi), 1);
	MUST(toxi_scenario_stop(toxi, "play", &err));
	REFUSED(toxi_scenario_stop(toxi, "play", &err), 404);
	REFUSED(toxi_scenario_get(toxi, "play", &s, &err), 404);
	cr_expect_eq(s, NULL);
	REFUSED(
	    toxi_toxic_get(toxi, "played", "latency_downstream", NULL, &err),
	    404);
	MUST(toxi_proxy_delete(toxi, "played", &err));
	toxi_scenario_free(NULL);
	toxi_scenarios_free(NULL);
	toxi_free(toxi);
}

Test(scenarios, one_and_no_other_of_its_name_is_stopped)
{
	struct toxi_scenario wanted = { .name = "same",
		.proxy = "again",
		.steps =
		    TOXI_STEPS(toxi_step(LONG, (struct toxi_toxics){ 0 })) };
	struct toxi *toxi = client();
	struct toxi_scenario *first, *second;

	if (is_original())
		return;
	make_proxy(toxi, "again");
	MUST(toxi_scenario_start(toxi, &wanted, &first, &err));
	MUST(toxi_scenario_stop_one(toxi, "same", first->id, &err));
	wanted.id = "second";
	MUST(toxi_scenario_start(toxi, &wanted, &second, &err));
	cr_expect_str_eq(second->id, "second");
	REFUSED(toxi_scenario_stop_one(toxi, "same", first->id, &err), 404);
	MUST(toxi_scenario_get(toxi, "same", NULL, &err));
	REFUSED(toxi_scenario_stop_one(toxi, "same", "a&b", &err), 400);
	FAILS(toxi_scenario_stop_one(toxi, "same", NULL, &err),
	    TOXI_ERR_ARGUMENT);
	FAILS(toxi_scenario_stop_one(toxi, NULL, "second", &err),
	    TOXI_ERR_ARGUMENT);
	MUST(toxi_scenario_stop_one(toxi, "same", "second", &err));
	toxi_scenario_free(first);
	toxi_scenario_free(second);
	MUST(toxi_proxy_delete(toxi, "again", &err));
	toxi_free(toxi);
}

Test(scenarios, refused)
{
	struct toxi_scenario wrong = { .name = "wrong",
		.proxy = "nowhere",
		.steps =
		    TOXI_STEPS(toxi_step(LONG, (struct toxi_toxics){ 0 })) };
	struct toxi_step both = toxi_step_profile(1, "3g");
	struct toxi_scenario *s;
	struct toxi *toxi = client();

	if (is_original())
		return;
	REFUSED(toxi_scenario_start(toxi, &wrong, &s, &err), 404);
	cr_expect_eq(s, NULL);
	make_proxy(toxi, "refused");
	wrong.proxy = "refused";
	wrong.steps = TOXI_STEPS(toxi_step_profile(LONG, "9g"));
	REFUSED(toxi_scenario_start(toxi, &wrong, NULL, &err), 400);
	both.toxics = TOXI_TOXICS(toxi_latency(1, 0));
	wrong.steps = (struct toxi_steps){ &both, 1 };
	FAILS(toxi_scenario_start(toxi, &wrong, NULL, &err), TOXI_ERR_ARGUMENT);
	wrong.steps.n = 0;
	FAILS(toxi_scenario_start(toxi, &wrong, NULL, &err), TOXI_ERR_ARGUMENT);
	FAILS(toxi_scenario_get(toxi, NULL, NULL, &err), TOXI_ERR_ARGUMENT);
	start(toxi, "first", "refused", NULL);
	wrong.steps = TOXI_STEPS(toxi_step(LONG, (struct toxi_toxics){ 0 }));
	REFUSED(toxi_scenario_start(toxi, &wrong, NULL, &err), 409);
	MUST(toxi_proxy_delete(toxi, "refused", &err));
	REFUSED(toxi_scenario_get(toxi, "first", NULL, &err), 404);
	toxi_free(toxi);
}

/* ---- in a loop */

struct loop {
	struct toxi_event *event;
	int done;
};

static void
see_stopped(const struct toxi_reply *reply, void *arg)
{
	struct loop *l = arg;

	cr_assert_eq(reply->error, NULL);
	l->done = 1;
}

static void
see_all(const struct toxi_reply *reply, void *arg)
{
	struct loop *l = arg;

	cr_assert_eq(reply->error, NULL);
	cr_assert_geq(reply->scenarios->n, 1);
	cr_assert_neq(toxi_event_scenario_stop_one(
			  l->event, "loop", "it", see_stopped, l),
	    NULL);
}

static void
see_it(const struct toxi_reply *reply, void *arg)
{
	struct loop *l = arg;

	cr_assert_eq(reply->error, NULL);
	cr_expect_str_eq(reply->scenario->proxy, "in_a_loop");
	cr_assert_neq(toxi_event_scenario_list(l->event, see_all, l), NULL);
}

static void
see_started(const struct toxi_reply *reply, void *arg)
{
	struct loop *l = arg;

	cr_assert_eq(reply->error, NULL);
	cr_expect_str_eq(reply->scenario->name, "loop");
	cr_assert_neq(
	    toxi_event_scenario_get(l->event, "loop", see_it, l), NULL);
}

Test(scenarios, in_a_loop)
{
	const struct toxi_options options = { .url = given("TOXI_URL") };
	const struct toxi_scenario wanted = { .name = "loop",
		.proxy = "in_a_loop",
		.id = "it",
		.steps = TOXI_STEPS(
		    toxi_step(LONG, TOXI_TOXICS(toxi_latency(1, 0)))) };
	struct toxi *toxi = client();
	struct loop l = { .done = 0 };
	struct event_base *base;

	if (is_original())
		return;
	make_proxy(toxi, "in_a_loop");
	base = event_base_new();
	l.event = toxi_event_new(base, &options, &err);
	cr_assert_neq(l.event, NULL, "%s", err.text);
	cr_assert_neq(
	    toxi_event_scenario_start(l.event, &wanted, see_started, &l), NULL);
	event_base_dispatch(base);
	cr_assert(l.done);
	toxi_event_free(l.event);
	event_base_free(base);
	MUST(toxi_proxy_delete(toxi, "in_a_loop", &err));
	toxi_free(toxi);
}

/* ---- of servers that say odd things */

static const char *const odd[] = {
	"say/%7B%7D",
	"say/%5B1%5D",
	"say/%5B%7B%22name%22%3A%22x%22%7D%5D",
	("say/%5B%7B%22name%22%3A%22x%22%2C%22proxy%22%3A%22y%22%2C"
	 "%22steps%22%3A%5B1%5D%7D%5D"),
	("say/%5B%7B%22name%22%3A%22x%22%2C%22proxy%22%3A%22y%22%2C"
	 "%22steps%22%3A%5B%7B%22toxics%22%3A%5B1%5D%7D%5D%7D%5D"),
	("say/%5B%7B%22name%22%3A%22x%22%2C%22proxy%22%3A%22y%22%2C"
	 "%22missing%22%3A%5B1%5D%7D%5D"),
	("say/%5B%7B%22name%22%3A%22x%22%2C%22proxy%22%3A%22y%22%2C"
	 "%22steps%22%3A%5B%7B%22toxics%22%3A%5B%5D%2C"
	 "%22missing%22%3A%5B1%5D%7D%5D%7D%5D"),
	("say/%5B%7B%22name%22%3A%22x%22%2C%22proxy%22%3A%22y%22%2C"
	 "%22steps%22%3A%5B%7B%22toxics%22%3A%5B%5D%2C"
	 "%22connect%22%3A1%7D%5D%7D%5D"),
};

Test(scenarios, answers_that_do_not_say)
{
	struct toxi_options options = { .url = NULL };
	struct toxi_scenarios *all;
	struct toxi *toxi;
	char url[512];
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		snprintf(url, sizeof(url), "%s/%s", given("TOXI_FAKE"), odd[i]);
		options.url = url;
		toxi = toxi_new(&options, &err);
		cr_assert_neq(toxi, NULL);
		FAILS(toxi_scenario_list(toxi, &all, &err), TOXI_ERR_PROTOCOL);
		cr_expect_eq(all, NULL);
		toxi_free(toxi);
	}
}

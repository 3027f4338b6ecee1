/* SPDX-License-Identifier: ISC */
/* Every blocking call, and how a server says no to it. */

#include <toxi_watch.h>

#include "rig.h"

static struct toxi *toxi;

static void
open_client(void)
{
	toxi = client();
}

static void
close_client(void)
{
	toxi_free(toxi);
}

TestSuite(calls, .init = open_client, .fini = close_client);

Test(calls, version)
{
	char *version;

	MUST(toxi_version(toxi, &version, &err));
	/* What is built by Go's tools calls itself "git". */
	cr_expect_str_eq(version, is_original() ? "git" : "2.12.0");
	free(version);
}

Test(calls, metrics)
{
	char *metrics;

	MUST(toxi_metrics(toxi, &metrics, &err));
	cr_expect_neq(strstr(metrics, "# HELP"), NULL);
	free(metrics);
}

Test(calls, metrics_of_a_server_without)
{
	const struct toxi_options options = { .url = given("TOXI_BARE") };
	struct toxi *bare = toxi_new(&options, &err);
	char *metrics;

	FAILS(toxi_metrics(bare, &metrics, &err), TOXI_ERR_UNSUPPORTED);
	cr_expect_eq(err.status, 404);
	cr_expect_eq(metrics, NULL);
	toxi_free(bare);
}

/* It was told to have one proxy at most. */
Test(calls, a_server_that_is_full)
{
	const struct toxi_options options = { .url = given("TOXI_BARE") };
	const struct toxi_proxy more = { .name = "more", .upstream = "u:1" };
	struct toxi *bare = toxi_new(&options, &err);

	make_proxy(bare, "one");
	REFUSED(toxi_proxy_create(bare, &more, NULL, &err), 507);
	cr_expect_eq(toxi_tunnel_open(bare, "u:1", &err), NULL);
	cr_expect_eq(err.status, 507);
	cr_expect_str_eq(err.call, "toxi_tunnel_open");
	MUST(toxi_proxy_delete(bare, "one", &err));
	toxi_free(bare);
}

Test(calls, a_proxy_from_its_beginning_to_its_end)
{
	const struct toxi_proxy wanted = { .name = "life",
		.upstream = "127.0.0.1:1" };
	const struct toxi_proxy change = { .name = "life",
		.upstream = "127.0.0.1:2",
		.state = TOXI_DISABLED };
	struct toxi_proxy *made, *got, *updated;

	MUST(toxi_proxy_create(toxi, &wanted, &made, &err));
	cr_expect_eq(err.code, TOXI_OK);
	cr_expect_str_eq(made->name, "life");
	cr_expect_str_eq(made->upstream, "127.0.0.1:1");
	cr_expect_eq(strncmp(made->listen, "127.0.0.1:", 10), 0);
	cr_expect_eq(made->state, TOXI_ENABLED);
	cr_expect_eq(made->toxics.n, 0);

	MUST(toxi_proxy_get(toxi, "life", &got, &err));
	cr_expect_str_eq(got->listen, made->listen);

	MUST(toxi_proxy_update(toxi, &change, &updated, &err));
	cr_expect_str_eq(updated->upstream, "127.0.0.1:2");
	cr_expect_str_eq(updated->listen, made->listen);
	cr_expect_eq(updated->state, TOXI_DISABLED);

	MUST(toxi_proxy_delete(toxi, "life", &err));
	REFUSED(toxi_proxy_get(toxi, "life", NULL, &err), 404);
	toxi_proxy_free(made);
	toxi_proxy_free(got);
	toxi_proxy_free(updated);
}

Test(calls, a_proxy_that_is_made_disabled)
{
	const struct toxi_proxy wanted = {
		.name = "off", .upstream = "127.0.0.1:1", .state = TOXI_DISABLED
	};
	struct toxi_proxy *made;

	MUST(toxi_proxy_create(toxi, &wanted, &made, &err));
	cr_expect_eq(made->state, TOXI_DISABLED);
	toxi_proxy_free(made);
	MUST(toxi_proxy_delete(toxi, "off", &err));
}

static enum toxi_state
state_of(const char *name)
{
	struct toxi_proxy *proxy;
	enum toxi_state state;

	MUST(toxi_proxy_get(toxi, name, &proxy, &err));
	state = proxy->state;
	toxi_proxy_free(proxy);
	return state;
}

Test(calls, disable_and_enable)
{
	make_proxy(toxi, "switch");
	MUST(toxi_proxy_disable(toxi, "switch", &err));
	cr_expect_eq(state_of("switch"), TOXI_DISABLED);
	MUST(toxi_proxy_enable(toxi, "switch", &err));
	cr_expect_eq(state_of("switch"), TOXI_ENABLED);
	MUST(toxi_proxy_delete(toxi, "switch", &err));
}

Test(calls, list)
{
	struct toxi_proxies *all;
	size_t i, found = 0;

	make_proxy(toxi, "list1");
	make_proxy(toxi, "list2");
	MUST(toxi_toxic_add(toxi, "list2", toxi_latency(1, 0), NULL, &err));
	MUST(toxi_proxy_list(toxi, &all, &err));
	for (i = 0; i < all->n; i++)
		if (strcmp(all->list[i].name, "list1") == 0)
			found++;
		else if (strcmp(all->list[i].name, "list2") == 0 &&
		    all->list[i].toxics.n == 1)
			found++;
	cr_expect_eq(found, 2);
	toxi_proxies_free(all);
	MUST(toxi_proxy_delete(toxi, "list1", &err));
	MUST(toxi_proxy_delete(toxi, "list2", &err));
}

Test(calls, what_a_server_says_of_proxies)
{
	struct toxi_proxy taken = { .name = "no", .upstream = "127.0.0.1:1" };
	struct toxi_proxy busy = { .name = "busy", .upstream = "127.0.0.1:1" };
	struct toxi_proxy *made = &taken;

	make_proxy(toxi, "no");
	REFUSED(toxi_proxy_create(toxi, &taken, &made, &err), 409);
	cr_expect_eq(made, NULL);
	cr_expect_str_eq(err.call, "toxi_proxy_create");
	cr_expect_neq(strstr(err.text, "proxy already exists"), NULL);
	busy.listen = nobody();
	REFUSED(toxi_proxy_create(toxi, &busy, NULL, &err), 500);
	busy.name = "no";
	REFUSED(toxi_proxy_update(toxi, &busy, NULL, &err), 500);
	busy.name = "none";
	REFUSED(toxi_proxy_update(toxi, &busy, NULL, &err), 404);
	taken.name = "";
	REFUSED(toxi_proxy_create(toxi, &taken, NULL, &err), 400);
	REFUSED(toxi_proxy_get(toxi, "none", &made, &err), 404);
	cr_expect_str_eq(err.text, "proxy not found");
	REFUSED(toxi_proxy_enable(toxi, "none", &err), 404);
	cr_expect_str_eq(err.call, "toxi_proxy_enable");
	REFUSED(toxi_proxy_disable(toxi, "none", &err), 404);
	REFUSED(toxi_proxy_delete(toxi, "none", &err), 404);
	/* Nobody has to want to know. */
	cr_expect_eq(toxi_proxy_delete(toxi, "none", NULL), -1);
	toxi_proxy_delete(toxi, "no", NULL);
}

Test(calls, populate)
{
	struct toxi_proxies *made;

	MUST(toxi_populate(toxi,
	    TOXI_PROXIES({ .name = "pop1", .upstream = "127.0.0.1:1" },
		{ .name = "pop2", .upstream = "127.0.0.1:2" }),
	    &made, &err));
	cr_assert_eq(made->n, 2);
	cr_expect_str_eq(made->list[0].name, "pop1");
	cr_expect_str_eq(made->list[1].upstream, "127.0.0.1:2");
	toxi_proxies_free(made);
	MUST(toxi_proxy_delete(toxi, "pop1", &err));
	MUST(toxi_proxy_delete(toxi, "pop2", &err));

	MUST(toxi_populate(toxi, (struct toxi_proxies){ 0 }, &made, &err));
	cr_expect_eq(made->n, 0);
	toxi_proxies_free(made);
}

Test(calls, populate_says_how_far_it_came)
{
	struct toxi_proxies *made;
	const char *busy = nobody();

	REFUSED(toxi_populate(toxi,
		    TOXI_PROXIES({ .name = "far", .upstream = "127.0.0.1:1" },
			{ .name = "busy", .upstream = "u:2", .listen = busy }),
		    &made, &err),
	    500);
	cr_assert_neq(made, NULL);
	cr_assert_eq(made->n, 1);
	cr_expect_str_eq(made->list[0].name, "far");
	toxi_proxies_free(made);
	MUST(toxi_proxy_delete(toxi, "far", &err));
}

/* toxid takes them, Toxiproxy skips them: that can't be overlooked. */
Test(calls, toxics_with_a_new_proxy)
{
	const struct toxi_proxy wanted = { .name = "whole",
		.upstream = "127.0.0.1:1",
		.toxics = TOXI_TOXICS(
		    toxi_latency(7, 0), toxi_upstream(toxi_bandwidth(5))) };
	struct toxi_proxy *made;
	struct toxi_proxies *populated;

	if (is_original())
		FAILS(toxi_proxy_create(toxi, &wanted, &made, &err),
		    TOXI_ERR_UNSUPPORTED);
	else
		MUST(toxi_proxy_create(toxi, &wanted, &made, &err));
	cr_assert_neq(made, NULL);
	cr_expect_eq(made->toxics.n, is_original() ? 0 : 2);
	toxi_proxy_free(made);
	MUST(toxi_proxy_delete(toxi, "whole", &err));

	if (is_original())
		FAILS(
		    toxi_populate(toxi, TOXI_PROXIES(wanted), &populated, &err),
		    TOXI_ERR_UNSUPPORTED);
	else
		MUST(toxi_populate(
		    toxi, TOXI_PROXIES(wanted), &populated, &err));
	cr_assert_neq(populated, NULL);
	cr_expect_eq(populated->list[0].toxics.n, is_original() ? 0 : 2);
	toxi_proxies_free(populated);
	MUST(toxi_proxy_delete(toxi, "whole", &err));
}

/* Toxiproxy can't be told of these. */
Test(calls, names_of_any_kind)
{
	static const char *const names[] = { "a/b", "..", ".", "50% off?",
		"a b#c", "\xc3\xa4", "\"quoted\\\"" };
	struct toxi_proxy *got;
	size_t i;

	for (i = 0; !is_original() && i < sizeof(names) / sizeof(*names); i++) {
		make_proxy(toxi, names[i]);
		MUST(toxi_proxy_get(toxi, names[i], &got, &err));
		cr_expect_str_eq(got->name, names[i]);
		toxi_proxy_free(got);
		MUST(toxi_toxic_add(toxi, names[i],
		    toxi_named(toxi_timeout(0), names[i]), NULL, &err));
		MUST(toxi_toxic_remove(toxi, names[i], names[i], &err));
		MUST(toxi_proxy_delete(toxi, names[i], &err));
	}
}

struct built {
	struct toxi_toxic toxic;
	const char *name;
	struct toxi_attribute attributes[3];
};

static int64_t
attribute(const struct toxi_toxic *toxic, const char *name)
{
	size_t i;

	for (i = 0; i < TOXI_ATTRIBUTES; i++)
		if (toxic->attributes[i].name != NULL &&
		    strcmp(toxic->attributes[i].name, name) == 0)
			return toxic->attributes[i].value;
	cr_assert_fail("no attribute %s", name);
	return -1;
}

static void
check_built(const struct built *b)
{
	struct toxi_toxic *added;
	size_t i;

	MUST(toxi_toxic_add(toxi, "built", b->toxic, &added, &err));
	cr_expect_str_eq(added->name, b->name);
	cr_expect_str_eq(added->type, b->toxic.type);
	cr_expect_eq(added->stream, b->toxic.stream);
	cr_expect_float_eq(added->toxicity, b->toxic.toxicity, 1e-6);
	for (i = 0; i < 3 && b->attributes[i].name != NULL; i++)
		cr_expect_eq(attribute(added, b->attributes[i].name),
		    b->attributes[i].value);
	toxi_toxic_free(added);
	MUST(toxi_toxic_remove(toxi, "built", b->name, &err));
}

/* As wide as they are taken: and what comes back can be read. */
Test(calls, a_toxicity_may_be_any_number)
{
	static const double all[] = { 80, -0.5, -2, 1e20, 1e21, 1e38, 0 };
	struct toxi_toxic *added, *updated;
	struct toxi_proxies *list;
	size_t i;

	make_proxy(toxi, "wide");
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		MUST(toxi_toxic_add(toxi, "wide",
		    toxi_toxicity(toxi_latency(-5, 0), all[i]), &added, &err));
		cr_expect((float)added->toxicity == (float)all[i]);
		cr_expect_eq(attribute(added, "latency"), -5);
		MUST(toxi_proxy_list(toxi, &list, &err));
		toxi_proxies_free(list);
		MUST(toxi_toxic_update(toxi, "wide",
		    toxi_toxicity(toxi_toxic("latency"), -0.25), &updated,
		    &err));
		cr_expect_float_eq(updated->toxicity, -0.25, 1e-9);
		toxi_toxic_free(updated);
		MUST(toxi_toxic_remove(toxi, "wide", added->name, &err));
		toxi_toxic_free(added);
	}
	toxi_proxy_delete(toxi, "wide", NULL);
}

Test(calls, what_the_builders_build)
{
	const struct built all[] = {
		{ toxi_latency(200, 20), "latency_downstream",
		    { { .name = "latency", .value = 200 },
			{ .name = "jitter", .value = 20 } } },
		{ toxi_bandwidth(30), "bandwidth_downstream",
		    { { .name = "rate", .value = 30 } } },
		{ toxi_slow_close(40), "slow_close_downstream",
		    { { .name = "delay", .value = 40 } } },
		{ toxi_timeout(50), "timeout_downstream",
		    { { .name = "timeout", .value = 50 } } },
		{ toxi_reset_peer(60), "reset_peer_downstream",
		    { { .name = "timeout", .value = 60 } } },
		{ toxi_slicer(100, 10, 70), "slicer_downstream",
		    { { .name = "average_size", .value = 100 },
			{ .name = "size_variation", .value = 10 },
			{ .name = "delay", .value = 70 } } },
		{ toxi_limit_data(80), "limit_data_downstream",
		    { { .name = "bytes", .value = 80 } } },
		{ toxi_toxic("noop"), "noop_downstream", { { 0 } } },
		{ toxi_attribute(toxi_toxic("bandwidth"), "rate", 1),
		    "bandwidth_downstream",
		    { { .name = "rate", .value = 1 } } },
		{ toxi_attribute_json(toxi_toxic("bandwidth"), "rate", "3"),
		    "bandwidth_downstream",
		    { { .name = "rate", .value = 3 } } },
		{ toxi_upstream(toxi_latency(1, 0)), "latency_upstream",
		    { { .name = "latency", .value = 1 } } },
		{ toxi_toxicity(toxi_latency(1, 0), 0.25), "latency_downstream",
		    { { .name = "latency", .value = 1 } } },
		{ toxi_named(toxi_latency(1, 0), "slow"), "slow",
		    { { .name = "latency", .value = 1 } } },
	};
	size_t i;

	make_proxy(toxi, "built");
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check_built(&all[i]);
	toxi_proxy_delete(toxi, "built", NULL);
}

Test(calls, a_toxic_from_its_beginning_to_its_end)
{
	struct toxi_toxic *toxic;
	struct toxi_toxics *list;

	make_proxy(toxi, "toxic");
	MUST(toxi_toxic_add(toxi, "toxic",
	    toxi_toxicity(toxi_latency(100, 10), 0.5), NULL, &err));
	MUST(toxi_toxic_add(toxi, "toxic",
	    toxi_upstream(toxi_named(toxi_limit_data(9), "end")), NULL, &err));
	MUST(toxi_toxic_get(toxi, "toxic", "latency_downstream", &toxic, &err));
	cr_expect_eq(attribute(toxic, "latency"), 100);
	toxi_toxic_free(toxic);

	/* What is not given stays. */
	MUST(toxi_toxic_update(toxi, "toxic",
	    toxi_toxicity(toxi_attribute(toxi_toxic("latency"), "latency", 300),
		TOXI_KEEP),
	    &toxic, &err));
	cr_expect_eq(attribute(toxic, "latency"), 300);
	cr_expect_eq(attribute(toxic, "jitter"), 10);
	cr_expect_float_eq(toxic->toxicity, 0.5, 1e-6);
	toxi_toxic_free(toxic);

	MUST(toxi_toxic_list(toxi, "toxic", &list, &err));
	cr_assert_eq(list->n, 2);
	cr_expect_str_eq(list->list[0].name, "end");
	cr_expect_eq(list->list[0].stream, TOXI_UPSTREAM);
	cr_expect_eq(list->list[1].stream, TOXI_DOWNSTREAM);
	toxi_toxics_free(list);

	MUST(toxi_toxic_remove(toxi, "toxic", "end", &err));
	MUST(toxi_toxic_list(toxi, "toxic", &list, &err));
	cr_expect_eq(list->n, 1);
	toxi_toxics_free(list);
	toxi_proxy_delete(toxi, "toxic", NULL);
}

Test(calls, what_a_server_says_of_toxics)
{
	const struct toxi_toxic latency = toxi_latency(1, 0);
	struct toxi_toxic *toxic;
	struct toxi_toxics *list;

	make_proxy(toxi, "nox");
	MUST(toxi_toxic_add(toxi, "nox", latency, NULL, &err));
	REFUSED(toxi_toxic_add(toxi, "nox", latency, &toxic, &err), 409);
	cr_expect_eq(toxic, NULL);
	REFUSED(toxi_toxic_add(toxi, "none", latency, NULL, &err), 404);
	REFUSED(toxi_toxic_add(toxi, "nox", toxi_toxic("sunshine"), NULL, &err),
	    400);
	REFUSED(toxi_toxic_get(toxi, "nox", "none", &toxic, &err), 404);
	cr_expect_str_eq(err.text, "toxic not found");
	REFUSED(toxi_toxic_get(toxi, "none", "none", &toxic, &err), 404);
	cr_expect_str_eq(err.text, "proxy not found");
	REFUSED(toxi_toxic_list(toxi, "none", &list, &err), 404);
	cr_expect_eq(list, NULL);
	REFUSED(toxi_toxic_update(
		    toxi, "nox", toxi_named(latency, "none"), NULL, &err),
	    404);
	REFUSED(toxi_toxic_update(toxi, "nox",
		    toxi_attribute_json(
			toxi_toxic("latency"), "latency", "\"much\""),
		    NULL, &err),
	    400);
	REFUSED(toxi_toxic_remove(toxi, "nox", "none", &err), 404);
	toxi_proxy_delete(toxi, "nox", NULL);
}

Test(calls, reset)
{
	struct toxi_proxy *proxy;

	make_proxy(toxi, "reset");
	MUST(toxi_toxic_add(toxi, "reset", toxi_latency(1, 0), NULL, &err));
	MUST(toxi_proxy_disable(toxi, "reset", &err));
	MUST(toxi_reset(toxi, &err));
	MUST(toxi_proxy_get(toxi, "reset", &proxy, &err));
	cr_expect_eq(proxy->state, TOXI_ENABLED);
	cr_expect_eq(proxy->toxics.n, 0);
	toxi_proxy_free(proxy);
	toxi_proxy_delete(toxi, "reset", NULL);
}

/* So long that it is not over while this is looked at. */
#define LONG 600000

Test(calls, leases)
{
	struct toxi_proxy leased = {
		.name = "leased", .upstream = "127.0.0.1:1", .ttl_ms = LONG
	};
	struct toxi_proxy *proxy;
	struct toxi_toxic *toxic;

	if (is_original())
		return;
	MUST(toxi_proxy_create(toxi, &leased, &proxy, &err));
	cr_expect(proxy->expires_in_ms > 0 && proxy->expires_in_ms <= LONG);
	toxi_proxy_free(proxy);
	MUST(toxi_toxic_add(toxi, "leased",
	    toxi_leased(toxi_named(toxi_timeout(0), "t"), LONG), &toxic, &err));
	cr_expect(toxic->expires_in_ms > 0 && toxic->expires_in_ms <= LONG);
	toxi_toxic_free(toxic);
	MUST(toxi_toxic_lease(toxi, "leased", "t", 2 * LONG, &err));
	MUST(toxi_toxic_get(toxi, "leased", "t", &toxic, &err));
	cr_expect(toxic->expires_in_ms > LONG);
	toxi_toxic_free(toxic);
	MUST(toxi_toxic_update(toxi, "leased",
	    toxi_leased(toxi_named(toxi_timeout(0), "t"), TOXI_FOR_GOOD),
	    &toxic, &err));
	cr_expect_eq(toxic->expires_in_ms, 0);
	toxi_toxic_free(toxic);
	MUST(toxi_proxy_lease(toxi, "leased", TOXI_FOR_GOOD, &err));
	MUST(toxi_proxy_get(toxi, "leased", &proxy, &err));
	cr_expect_eq(proxy->expires_in_ms, 0);
	toxi_proxy_free(proxy);
	leased.upstream = NULL;
	MUST(toxi_proxy_update(toxi, &leased, &proxy, &err));
	cr_expect_gt(proxy->expires_in_ms, 0);
	toxi_proxy_free(proxy);
	MUST(toxi_proxy_delete(toxi, "leased", &err));
	FAILS(toxi_proxy_lease(toxi, "leased", LONG, &err), TOXI_ERR_HTTP);
	cr_expect_eq(err.status, 404);
	FAILS(toxi_toxic_lease(toxi, "leased", NULL, LONG, &err),
	    TOXI_ERR_ARGUMENT);
}

static void
expect_connect(const struct toxi_connect *expected)
{
	struct toxi_proxy *proxy;

	MUST(toxi_proxy_get(toxi, "met", &proxy, &err));
	if (expected->mode == TOXI_CONNECT_USUAL &&
	    expected->dial_fail == TOXI_DIAL_USUAL) {
		cr_expect_eq(proxy->connect, NULL);
	} else {
		cr_assert_neq(proxy->connect, NULL);
		cr_expect_eq(proxy->connect->mode, expected->mode);
		cr_expect_eq(proxy->connect->delay_ms, expected->delay_ms);
		cr_expect_eq(proxy->connect->dial_fail, expected->dial_fail);
		cr_expect_eq(proxy->connect->syn_loss, expected->syn_loss);
		cr_expect_eq(
		    proxy->connect->dial_delay_ms, expected->dial_delay_ms);
	}
	toxi_proxy_free(proxy);
}

/* A Toxiproxy leaves it out, and that is said. */
Test(calls, what_clients_meet)
{
	const struct toxi_connect late = toxi_dial_delay(
	    toxi_dial_fail(toxi_accept_delay(5), TOXI_DIAL_TIMEOUT), 7);
	const struct toxi_proxy met = {
		.name = "met", .upstream = "127.0.0.1:1", .connect = &late
	};
	const struct toxi_connect usual = toxi_connect(TOXI_CONNECT_USUAL);
	const struct toxi_connect refuse = toxi_connect(TOXI_CONNECT_REFUSE);

	if (is_original()) {
		FAILS(toxi_proxy_create(toxi, &met, NULL, &err),
		    TOXI_ERR_UNSUPPORTED);
		FAILS(toxi_proxy_connect(toxi, "met", refuse, &err),
		    TOXI_ERR_UNSUPPORTED);
	} else {
		MUST(toxi_proxy_create(toxi, &met, NULL, &err));
		expect_connect(&late);
		MUST(toxi_proxy_connect(toxi, "met", refuse, &err));
		expect_connect(&refuse);
		MUST(toxi_proxy_disable(toxi, "met", &err));
		expect_connect(&refuse);
		FAILS(toxi_proxy_connect(
			  toxi, "met", toxi_accept_delay(-1), &err),
		    TOXI_ERR_HTTP);
		FAILS(toxi_proxy_connect(
			  toxi, "met", toxi_connect(TOXI_CONNECT_OTHER), &err),
		    TOXI_ERR_ARGUMENT);
	}
	MUST(toxi_proxy_connect(toxi, "met", usual, &err));
	expect_connect(&usual);
	MUST(toxi_proxy_delete(toxi, "met", &err));
}

/* It has made it all the same, and says so. */
Test(calls, leases_that_a_server_lacks)
{
	const struct toxi_proxy leased = {
		.name = "leased", .upstream = "127.0.0.1:1", .ttl_ms = LONG
	};
	struct toxi_proxy *proxy;
	struct toxi_toxic *toxic;

	if (!is_original())
		return;
	FAILS(toxi_proxy_create(toxi, &leased, &proxy, &err),
	    TOXI_ERR_UNSUPPORTED);
	cr_assert_neq(proxy, NULL);
	toxi_proxy_free(proxy);
	FAILS(toxi_toxic_add(toxi, "leased", toxi_leased(toxi_timeout(0), LONG),
		  &toxic, &err),
	    TOXI_ERR_UNSUPPORTED);
	cr_assert_neq(toxic, NULL);
	toxi_toxic_free(toxic);
	FAILS(
	    toxi_proxy_lease(toxi, "leased", LONG, &err), TOXI_ERR_UNSUPPORTED);
	MUST(toxi_proxy_delete(toxi, "leased", &err));
}

Test(calls, halts_that_a_server_lacks)
{
	if (!is_original())
		return;
	FAILS(toxi_halt(toxi, NULL, &err), TOXI_ERR_UNSUPPORTED);
	FAILS(toxi_resume(toxi, NULL, &err), TOXI_ERR_UNSUPPORTED);
	FAILS(toxi_halted(toxi, NULL, &err), TOXI_ERR_UNSUPPORTED);
	FAILS(toxi_history(toxi, 0, 0, NULL, &err), TOXI_ERR_UNSUPPORTED);
	FAILS(toxi_proxy_session_list(toxi, NULL, NULL, &err),
	    TOXI_ERR_UNSUPPORTED);
	FAILS(toxi_proxy_session_get(toxi, "p", "1.1", NULL, &err),
	    TOXI_ERR_UNSUPPORTED);
	FAILS(toxi_proxy_session_end(toxi, "p", "1.1", TOXI_CLOSE, &err),
	    TOXI_ERR_UNSUPPORTED);
	FAILS(toxi_proxy_session_toxic_list(toxi, "p", "1.1", NULL, &err),
	    TOXI_ERR_UNSUPPORTED);
}

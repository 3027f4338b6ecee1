/* SPDX-License-Identifier: ISC */
/* Every call in a libevent loop: many under way, cancelled, and freed. */

#include <event2/event.h>
#include <stdio.h>
#include <toxi_event.h>
#include <unistd.h>

#include "rig.h"

/* What the last function was told. */
static struct {
	int calls;
	struct toxi_error error;
	char name[64], listen[64], upstream[64], text[64];
	enum toxi_state state;
	size_t n;
	int64_t value;
	double toxicity;
} seen;

static struct event_base *base;
static struct toxi_event *event;

static struct toxi_event *
client_in_loop(const char *url, int timeout_ms)
{
	const struct toxi_options options = { .url = url,
		.timeout_ms = timeout_ms };
	struct toxi_event *made = toxi_event_new(base, &options, &err);

	cr_assert_neq(made, NULL, "%s", err.text);
	return made;
}

static void
open_loop(void)
{
	base = event_base_new();
	event = client_in_loop(given("TOXI_URL"), 0);
}

static void
close_loop(void)
{
	toxi_event_free(event);
	event_base_free(base);
}

TestSuite(event, .init = open_loop, .fini = close_loop);

static void
see_proxy(const struct toxi_proxy *proxy)
{
	snprintf(seen.name, sizeof(seen.name), "%s", proxy->name);
	snprintf(seen.listen, sizeof(seen.listen), "%s", proxy->listen);
	snprintf(seen.upstream, sizeof(seen.upstream), "%s", proxy->upstream);
	seen.state = proxy->state;
	seen.n = proxy->toxics.n;
}

static void
see(const struct toxi_reply *reply, void *arg)
{
	(void)arg;
	seen.calls++;
	if (reply->error != NULL)
		seen.error = *reply->error;
	if (reply->proxy != NULL)
		see_proxy(reply->proxy);
	if (reply->proxies != NULL)
		seen.n = reply->proxies->n;
	if (reply->toxics != NULL)
		seen.n = reply->toxics->n;
	if (reply->text != NULL)
		snprintf(seen.text, sizeof(seen.text), "%s", reply->text);
	if (reply->toxic == NULL)
		return;
	snprintf(seen.name, sizeof(seen.name), "%s", reply->toxic->name);
	seen.value = reply->toxic->attributes[0].value;
	seen.toxicity = reply->toxic->toxicity;
}

/* The loop has no end while there is a session. */
static int has_session;

/* Not before the loop runs, and once. */
static void
await(struct toxi_call *call)
{
	cr_assert_neq(call, NULL);
	cr_expect_eq(seen.calls, 0);
	while (has_session && seen.calls == 0)
		event_base_loop(base, EVLOOP_ONCE);
	if (!has_session)
		event_base_dispatch(base);
	cr_expect_eq(seen.calls, 1);
}

#define GOES_WELL(asked)                                         \
	do {                                                     \
		memset(&seen, 0, sizeof(seen));                  \
		await(asked);                                    \
		cr_assert_eq(seen.error.code, TOXI_OK, "%s: %s", \
		    seen.error.call, seen.error.text);           \
	} while (0)
#define GOES_WRONG(asked, with, what)                                       \
	do {                                                                \
		memset(&seen, 0, sizeof(seen));                             \
		await(asked);                                               \
		cr_assert_eq(seen.error.code, with, "%s", seen.error.text); \
		cr_expect_str_eq(seen.error.call, what);                    \
	} while (0)

Test(event, version_and_metrics)
{
	struct toxi_event *bare = client_in_loop(given("TOXI_BARE"), 0);

	GOES_WELL(toxi_event_version(event, see, NULL));
	cr_expect_neq(seen.text[0], '\0');
	GOES_WELL(toxi_event_metrics(event, see, NULL));
	cr_expect_eq(strncmp(seen.text, "# HELP", 6), 0);
	GOES_WRONG(toxi_event_metrics(bare, see, NULL), TOXI_ERR_UNSUPPORTED,
	    "toxi_metrics");
	toxi_event_free(bare);
}

Test(event, proxies)
{
	const struct toxi_proxy wanted = { .name = "ev",
		.upstream = "127.0.0.1:1" };
	const struct toxi_proxy change = { .name = "ev",
		.upstream = "127.0.0.1:2" };

	GOES_WELL(toxi_event_proxy_create(event, &wanted, see, NULL));
	cr_expect_str_eq(seen.name, "ev");
	cr_expect_eq(seen.state, TOXI_ENABLED);
	GOES_WRONG(toxi_event_proxy_create(event, &wanted, see, NULL),
	    TOXI_ERR_HTTP, "toxi_proxy_create");
	cr_expect_eq(seen.error.status, 409);
	GOES_WELL(toxi_event_proxy_update(event, &change, see, NULL));
	cr_expect_str_eq(seen.upstream, "127.0.0.1:2");
	GOES_WELL(toxi_event_proxy_disable(event, "ev", see, NULL));
	GOES_WELL(toxi_event_proxy_get(event, "ev", see, NULL));
	cr_expect_eq(seen.state, TOXI_DISABLED);
	GOES_WELL(toxi_event_proxy_enable(event, "ev", see, NULL));
	GOES_WELL(toxi_event_proxy_get(event, "ev", see, NULL));
	cr_expect_eq(seen.state, TOXI_ENABLED);
	GOES_WELL(toxi_event_proxy_list(event, see, NULL));
	cr_expect_geq(seen.n, 1);
	GOES_WELL(toxi_event_proxy_delete(event, "ev", see, NULL));
	GOES_WRONG(toxi_event_proxy_get(event, "ev", see, NULL), TOXI_ERR_HTTP,
	    "toxi_proxy_get");
	cr_expect_str_eq(seen.error.text, "proxy not found");
}

Test(event, populate_and_reset)
{
	const struct toxi_proxies two =
	    TOXI_PROXIES({ .name = "evp1", .upstream = "127.0.0.1:1" },
		{ .name = "evp2", .upstream = "127.0.0.1:1" });

	GOES_WELL(toxi_event_populate(event, two, see, NULL));
	cr_expect_eq(seen.n, 2);
	GOES_WELL(toxi_event_proxy_disable(event, "evp1", see, NULL));
	GOES_WELL(toxi_event_reset(event, see, NULL));
	GOES_WELL(toxi_event_proxy_get(event, "evp1", see, NULL));
	cr_expect_eq(seen.state, TOXI_ENABLED);
	GOES_WELL(toxi_event_proxy_delete(event, "evp1", see, NULL));
	GOES_WELL(toxi_event_proxy_delete(event, "evp2", see, NULL));
}

Test(event, toxics)
{
	const struct toxi_proxy wanted = { .name = "evt",
		.upstream = "127.0.0.1:1" };
	const struct toxi_toxic latency = toxi_latency(1, 2);

	GOES_WELL(toxi_event_proxy_create(event, &wanted, see, NULL));
	GOES_WELL(toxi_event_toxic_add(event, "evt", latency, see, NULL));
	cr_expect_str_eq(seen.name, "latency_downstream");
	GOES_WRONG(toxi_event_toxic_add(event, "evt", latency, see, NULL),
	    TOXI_ERR_HTTP, "toxi_toxic_add");
	GOES_WELL(toxi_event_toxic_update(
	    event, "evt", toxi_toxicity(latency, 0.5), see, NULL));
	cr_expect_float_eq(seen.toxicity, 0.5, 1e-6);
	GOES_WELL(toxi_event_toxic_get(
	    event, "evt", "latency_downstream", see, NULL));
	cr_expect(seen.value == 1 || seen.value == 2);
	GOES_WELL(toxi_event_toxic_list(event, "evt", see, NULL));
	cr_expect_eq(seen.n, 1);
	GOES_WELL(toxi_event_toxic_remove(
	    event, "evt", "latency_downstream", see, NULL));
	GOES_WELL(toxi_event_toxic_list(event, "evt", see, NULL));
	cr_expect_eq(seen.n, 0);
	GOES_WELL(toxi_event_proxy_delete(event, "evt", see, NULL));
}

Test(event, tunnel)
{
	char name[64];

	GOES_WELL(toxi_event_tunnel_open(event, "127.0.0.1:1", see, NULL));
	cr_expect_eq(strncmp(seen.name, "tunnel-", 7), 0);
	cr_expect_eq(strncmp(seen.listen, "127.0.0.1:", 10), 0);
	snprintf(name, sizeof(name), "%s", seen.name);
	GOES_WELL(toxi_event_proxy_delete(event, name, see, NULL));
}

/* What its client makes goes with that. */
Test(event, session)
{
	const struct toxi_proxy wanted = { .name = "evs",
		.upstream = "127.0.0.1:1" };
	struct toxi *other = client();
	int tries = 0;

	if (is_original()) {
		GOES_WRONG(toxi_event_session_open(event, see, NULL),
		    TOXI_ERR_UNSUPPORTED, "toxi_session_open");
	} else {
		has_session = 1;
		GOES_WELL(toxi_event_session_open(event, see, NULL));
		GOES_WRONG(toxi_event_session_open(event, see, NULL),
		    TOXI_ERR_ARGUMENT, "toxi_session_open");
		GOES_WELL(toxi_event_proxy_create(event, &wanted, see, NULL));
		MUST(toxi_proxy_get(other, "evs", NULL, &err));
		toxi_event_free(event);
		event = NULL;
		while (toxi_proxy_get(other, "evs", NULL, &err) == 0 &&
		    tries++ < 600)
			usleep(50000);
		cr_expect_eq(err.status, 404);
	}
	toxi_free(other);
}

/* Also what is wrong from the start is said from the loop. */
Test(event, calls_that_make_no_sense)
{
	const struct toxi_proxy nameless = { .upstream = "u:1" };

	GOES_WRONG(toxi_event_proxy_get(event, NULL, see, NULL),
	    TOXI_ERR_ARGUMENT, "toxi_proxy_get");
	GOES_WRONG(toxi_event_proxy_create(event, &nameless, see, NULL),
	    TOXI_ERR_ARGUMENT, "toxi_proxy_create");
	GOES_WRONG(toxi_event_tunnel_open(event, NULL, see, NULL),
	    TOXI_ERR_ARGUMENT, "toxi_tunnel_open");
	GOES_WRONG(toxi_event_toxic_add(
		       event, "p", (struct toxi_toxic){ 0 }, see, NULL),
	    TOXI_ERR_ARGUMENT, "toxi_toxic_add");
}

Test(event, all_that_was_given_may_be_gone)
{
	char name[] = "short-lived", upstream[] = "127.0.0.1:1";
	const struct toxi_proxy proxy = { .name = name, .upstream = upstream };
	struct toxi_call *call;

	memset(&seen, 0, sizeof(seen));
	call = toxi_event_proxy_create(event, &proxy, see, NULL);
	memset(name, 'x', sizeof(name) - 1);
	memset(upstream, 'x', sizeof(upstream) - 1);
	await(call);
	cr_expect_str_eq(seen.name, "short-lived");
	GOES_WELL(toxi_event_proxy_delete(event, "short-lived", see, NULL));
}

/* ---- many */

#define MANY 200

static int answered;

static void
count(const struct toxi_reply *reply, void *arg)
{
	(void)arg;
	cr_expect_eq(reply->error, NULL);
	answered++;
}

Test(event, many_under_way)
{
	int i;

	for (i = 0; i < MANY; i++)
		cr_assert_neq(toxi_event_version(event, count, NULL), NULL);
	event_base_dispatch(base);
	cr_expect_eq(answered, MANY);
}

/* A server that does not answer holds up nobody but its own callers. */
Test(event, nothing_blocks)
{
	char url[256];
	struct toxi_event *hanging;

	snprintf(url, sizeof(url), "%s/hang", given("TOXI_FAKE"));
	hanging = client_in_loop(url, 60000);
	memset(&seen, 0, sizeof(seen));
	toxi_event_version(hanging, see, NULL);
	toxi_event_version(event, count, NULL);
	while (answered == 0)
		event_base_loop(base, EVLOOP_ONCE);
	cr_expect_eq(seen.calls, 0);
	toxi_event_free(hanging);
	cr_expect_eq(seen.calls, 1);
	cr_expect_eq(seen.error.code, TOXI_ERR_CANCELLED);
}

/* ---- cancelled, and freed */

Test(event, a_call_that_is_cancelled)
{
	struct toxi_call *one, *other;

	memset(&seen, 0, sizeof(seen));
	one = toxi_event_version(event, see, NULL);
	other = toxi_event_version(event, count, NULL);
	toxi_event_cancel(one);
	cr_expect_eq(seen.calls, 1);
	cr_expect_eq(seen.error.code, TOXI_ERR_CANCELLED);
	cr_expect_str_eq(seen.error.call, "toxi_version");
	cr_expect_neq(other, NULL);
	event_base_dispatch(base);
	cr_expect_eq(seen.calls, 1);
	cr_expect_eq(answered, 1);
}

/* It has failed already, and nobody knows yet. */
Test(event, a_call_that_is_cancelled_before_it_is_told)
{
	memset(&seen, 0, sizeof(seen));
	toxi_event_cancel(toxi_event_proxy_get(event, "", see, NULL));
	cr_expect_eq(seen.error.code, TOXI_ERR_CANCELLED);
	event_base_dispatch(base);
	cr_expect_eq(seen.calls, 1);
}

static void
cancel_other(const struct toxi_reply *reply, void *arg)
{
	struct toxi_call **other = arg;

	cr_expect_eq(reply->error, NULL);
	toxi_event_cancel(*other);
}

Test(event, cancelled_by_another)
{
	struct toxi_event *hanging;
	struct toxi_call *call;
	char url[256];

	snprintf(url, sizeof(url), "%s/hang", given("TOXI_FAKE"));
	hanging = client_in_loop(url, 60000);
	memset(&seen, 0, sizeof(seen));
	call = toxi_event_version(hanging, see, NULL);
	toxi_event_version(event, cancel_other, &call);
	event_base_dispatch(base);
	cr_expect_eq(seen.error.code, TOXI_ERR_CANCELLED);
	toxi_event_free(hanging);
	cr_expect_eq(seen.calls, 1);
}

static void
free_client(const struct toxi_reply *reply, void *arg)
{
	struct toxi_event **client = arg;

	cr_expect_eq(reply->error, NULL);
	toxi_event_free(*client);
	*client = NULL;
	/* What this call is told stays until its function returns. */
	cr_expect_neq(reply->text[0], '\0');
}

/* The others are told at once; nothing more is touched. */
Test(event, freed_by_its_own_function)
{
	struct toxi_event *own = client_in_loop(given("TOXI_URL"), 0);
	int i;

	memset(&seen, 0, sizeof(seen));
	toxi_event_version(own, free_client, &own);
	for (i = 0; i < 5; i++)
		toxi_event_proxy_get(own, "", see, NULL);
	while (own != NULL)
		event_base_loop(base, EVLOOP_ONCE);
	event_base_loop(base, EVLOOP_NONBLOCK);
	cr_expect_eq(seen.calls, 5);
}

static struct toxi_call *again;

static void
ask_again(const struct toxi_reply *reply, void *arg)
{
	struct toxi_event *client = arg;

	cr_expect_eq(reply->error->code, TOXI_ERR_CANCELLED);
	again = toxi_event_version(client, see, NULL);
}

/* Who asks while the client is being freed is told so: NULL. */
Test(event, no_call_of_a_client_that_goes)
{
	struct toxi_event *own = client_in_loop(given("TOXI_URL"), 0);

	again = (struct toxi_call *)own;
	toxi_event_version(own, ask_again, own);
	toxi_event_free(own);
	cr_expect_eq(again, NULL);
}

static int steps;

static void
next_step(const struct toxi_reply *reply, void *arg)
{
	(void)arg;
	cr_expect_eq(reply->error, NULL);
	if (++steps < 20)
		toxi_event_version(event, next_step, NULL);
}

Test(event, calls_from_functions)
{
	toxi_event_version(event, next_step, NULL);
	event_base_dispatch(base);
	cr_expect_eq(steps, 20);
}

/* SPDX-License-Identifier: ISC */
/* What toxics have done, and waiting for it: both ways. */

#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <toxi_event.h>
#include <unistd.h>

#include "rig.h"

#define SLOW "slow & \"steady\""

/* With a toxic, which a session through it hits. */
static struct toxi_tunnel *
open_tunnel(struct toxi *toxi)
{
	struct toxi_tunnel *tunnel = toxi_tunnel_open(toxi, echo(), &err);

	cr_assert_neq(tunnel, NULL, "%s", err.text);
	MUST(toxi_toxic_add(toxi, toxi_tunnel_name(tunnel),
	    toxi_named(toxi_latency(1, 0), SLOW), NULL, &err));
	return tunnel;
}

static void
hit(struct toxi_tunnel *tunnel)
{
	int fd = toxi_tunnel_connect(tunnel, &err);

	cr_assert_neq(fd, -1, "%s", err.text);
	(void)ping(fd);
	close(fd);
}

static struct toxi_waited
wait_for(struct toxi *toxi, const char *proxy, const struct toxi_wait *wait)
{
	struct toxi_waited *waited, copy;

	MUST(toxi_wait(toxi, proxy, wait, &waited, &err));
	copy = *waited;
	toxi_waited_free(waited);
	return copy;
}

Test(stats, a_hit_is_waited_for)
{
	struct toxi *toxi = client();
	struct toxi_tunnel *tunnel;
	struct toxi_waited *waited;
	struct toxi_stats *stats;
	struct toxi_wait wait = { .toxic = SLOW, .timeout_ms = -1 };
	const char *name;

	if (is_original())
		return;
	tunnel = open_tunnel(toxi);
	name = toxi_tunnel_name(tunnel);
	REFUSED(toxi_wait(toxi, name, &wait, &waited, &err), 408);
	cr_assert_neq(waited, NULL);
	cr_expect(waited->reached == 0 && waited->wanted == 1);
	toxi_waited_free(waited);
	hit(tunnel);
	wait.timeout_ms = 0;
	cr_expect_eq(wait_for(toxi, name, &wait).reached, 1);
	hit(tunnel);
	wait = (struct toxi_wait){ .ended = 2 };
	cr_expect_eq(wait_for(toxi, name, &wait).wanted, 2);
	MUST(toxi_proxy_stats(toxi, name, &stats, &err));
	cr_expect_str_eq(stats->name, name);
	cr_expect_eq(stats->sessions, 2);
	cr_expect_eq(stats->ended_sessions, 2);
	cr_assert_eq(stats->n_toxics, 1);
	cr_expect_str_eq(stats->toxics[0].name, SLOW);
	cr_expect_str_eq(stats->toxics[0].type, "latency");
	cr_expect_eq(stats->toxics[0].stream, TOXI_DOWNSTREAM);
	cr_expect_eq(stats->toxics[0].hits, 2);
	cr_expect(stats->toxics[0].delayed_bytes > 0);
	cr_expect_eq(stats->toxics[0].dropped_bytes, 0);
	toxi_stats_free(stats);
	wait = (struct toxi_wait){ .toxic = "none" };
	REFUSED(toxi_wait(toxi, name, &wait, NULL, &err), 404);
	MUST(toxi_tunnel_free(tunnel, &err));
	toxi_free(toxi);
}

Test(stats, what_makes_no_sense)
{
	static const struct toxi_wait none[] = { { .toxic = NULL },
		{ .hits = 1 }, { .toxic = "a", .sessions = 1 },
		{ .sessions = 1, .ended = 1 }, { .sessions = -1 },
		{ .toxic = "a", .hits = -1 }, { .sessions = 1, .hits = 1 } };
	const struct toxi_wait good = { .sessions = 1 };
	struct toxi *toxi = client();
	size_t i;

	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		FAILS(toxi_wait(toxi, "p", &none[i], NULL, &err),
		    TOXI_ERR_ARGUMENT);
	FAILS(toxi_wait(toxi, NULL, &good, NULL, &err), TOXI_ERR_ARGUMENT);
	FAILS(toxi_proxy_stats(toxi, "", NULL, &err), TOXI_ERR_ARGUMENT);
	cr_expect_str_eq(err.call, "toxi_proxy_stats");
	toxi_stats_free(NULL);
	toxi_waited_free(NULL);
	toxi_free(toxi);
}

Test(stats, that_a_server_lacks)
{
	const struct toxi_wait wait = { .sessions = 1 };
	struct toxi *toxi = client();

	if (is_original()) {
		FAILS(toxi_proxy_stats(toxi, "p", NULL, &err),
		    TOXI_ERR_UNSUPPORTED);
		FAILS(toxi_wait(toxi, "p", &wait, NULL, &err),
		    TOXI_ERR_UNSUPPORTED);
	}
	toxi_free(toxi);
}

static const char *const odd[] = {
	"say/%7B%7D",
	"say/%5B%5D",
	"say/%7B%22name%22%3A%22p%22%7D",
	"say/%7B%22name%22%3A%22p%22%2C%22toxics%22%3A%5B1%5D%7D",
	"say/%7B%22reached%22%3A1%2C%22wanted%22%3A%22x%22%7D",
};

Test(stats, answers_that_do_not_say)
{
	const struct toxi_wait wait = { .sessions = 1 };
	struct toxi_options options = { .url = NULL };
	struct toxi_waited *waited;
	struct toxi_stats *stats;
	struct toxi *toxi;
	char url[512];
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		snprintf(url, sizeof(url), "%s/%s", given("TOXI_FAKE"), odd[i]);
		options.url = url;
		toxi = toxi_new(&options, &err);
		cr_assert_neq(toxi, NULL, "%s", err.text);
		FAILS(toxi_proxy_stats(toxi, "p", &stats, &err),
		    TOXI_ERR_PROTOCOL);
		cr_expect_eq(stats, NULL);
		FAILS(toxi_wait(toxi, "p", &wait, &waited, &err),
		    TOXI_ERR_PROTOCOL);
		cr_expect_eq(waited, NULL);
		toxi_free(toxi);
	}
}

/* ---- in a loop, which does other things meanwhile */

struct steps {
	struct toxi_event *event;
	struct toxi_tunnel *tunnel;
	int nwaited, nstats;
};

static void
see_stats(const struct toxi_reply *reply, void *arg)
{
	struct steps *s = arg;

	cr_assert_eq(reply->error, NULL);
	cr_assert_eq(reply->stats->n_toxics, 1);
	cr_expect_eq(reply->stats->toxics[0].hits, 1);
	s->nstats++;
}

static void
see_hit(const struct toxi_reply *reply, void *arg)
{
	struct steps *s = arg;

	cr_assert_eq(reply->error, NULL);
	cr_expect_eq(reply->waited->reached, 1);
	s->nwaited++;
	cr_assert_neq(toxi_event_proxy_stats(
			  s->event, toxi_tunnel_name(s->tunnel), see_stats, s),
	    NULL);
}

static void
see_late(const struct toxi_reply *reply, void *arg)
{
	struct steps *s = arg;

	cr_assert_neq(reply->error, NULL);
	cr_expect_eq(reply->error->status, 408);
	cr_expect_eq(reply->waited->reached, 0);
	hit(s->tunnel);
}

Test(stats, in_a_loop)
{
	const struct toxi_wait late = { .toxic = SLOW, .timeout_ms = 1 },
			       wait = { .toxic = SLOW };
	const struct toxi_options options = { .url = given("TOXI_URL") };
	struct toxi *toxi = client();
	struct event_base *base;
	struct steps s = { .nwaited = 0 };
	const char *name;

	if (is_original())
		return;
	s.tunnel = open_tunnel(toxi);
	name = toxi_tunnel_name(s.tunnel);
	base = event_base_new();
	s.event = toxi_event_new(base, &options, &err);
	cr_assert_neq(s.event, NULL, "%s", err.text);
	cr_assert_neq(toxi_event_wait(s.event, name, &wait, see_hit, &s), NULL);
	cr_assert_neq(
	    toxi_event_wait(s.event, name, &late, see_late, &s), NULL);
	event_base_dispatch(base);
	cr_expect(s.nwaited == 1 && s.nstats == 1);
	toxi_event_free(s.event);
	event_base_free(base);
	MUST(toxi_tunnel_free(s.tunnel, &err));
	toxi_free(toxi);
}

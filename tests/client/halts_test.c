/* SPDX-License-Identifier: ISC */
/* All toxics off, and on again: both ways. */

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

/* The lab has one tenant, of that name, and nobody who is more. */
static void
blocking(void)
{
	struct toxi *toxi = client_of(given("TOXI_LAB"));
	struct toxi_halts *halts;
	struct toxi_caller *caller;

	MUST(toxi_halt(toxi, &halts, &err));
	cr_expect(halts->halted == 1 && halts->all == 0);
	cr_assert_eq(halts->n, 1);
	cr_expect_str_eq(halts->tenants[0], "lab");
	toxi_halts_free(halts);
	MUST(toxi_halt(toxi, NULL, &err));
	MUST(toxi_whoami(toxi, &caller, &err));
	cr_expect(caller->tenant_halted == 1 && caller->all_halted == 0);
	toxi_caller_free(caller);
	MUST(toxi_halted(toxi, &halts, &err));
	cr_expect_eq(halts->halted, 1);
	toxi_halts_free(halts);
	MUST(toxi_resume(toxi, &halts, &err));
	cr_expect(halts->halted == 0 && halts->n == 0);
	toxi_halts_free(halts);
	MUST(toxi_resume(toxi, NULL, &err));
	toxi_halts_free(NULL);
	toxi_free(toxi);
}

/* ---- in a loop */

struct steps {
	struct toxi_event *event;
	int done;
};

static void
see_resumed(const struct toxi_reply *reply, void *arg)
{
	struct steps *s = arg;

	cr_assert_eq(reply->error, NULL);
	cr_expect_eq(reply->halts->halted, 0);
	s->done = 1;
}

static void
see_halted(const struct toxi_reply *reply, void *arg)
{
	struct steps *s = arg;

	cr_assert_eq(reply->error, NULL);
	cr_expect_eq(reply->halts->halted, 1);
	cr_assert_neq(toxi_event_resume(s->event, see_resumed, s), NULL);
}

static void
see_halt(const struct toxi_reply *reply, void *arg)
{
	struct steps *s = arg;

	cr_assert_eq(reply->error, NULL);
	cr_expect_str_eq(reply->halts->tenants[0], "lab");
	cr_assert_neq(toxi_event_halted(s->event, see_halted, s), NULL);
}

static void
in_a_loop(void)
{
	const struct toxi_options options = { .url = given("TOXI_LAB") };
	struct event_base *base = event_base_new();
	struct steps s = { .event = toxi_event_new(base, &options, &err) };

	cr_assert_neq(s.event, NULL, "%s", err.text);
	cr_assert_neq(toxi_event_halt(s.event, see_halt, &s), NULL);
	event_base_dispatch(base);
	cr_assert(s.done);
	toxi_event_free(s.event);
	event_base_free(base);
}

/* Of one tenant, so one after the other. */
Test(halts, off_and_on)
{
	blocking();
	in_a_loop();
}

/* ---- of servers that have none, or say odd things */

static const char *const no_halts[] = {
	"say/%7B%7D",
	"say/%5B%5D",
	"say/%7B%22halted%22%3A1%2C%22tenants%22%3A%5B%5D%7D",
	"say/%7B%22halted%22%3Atrue%7D",
	"say/%7B%22halted%22%3Atrue%2C%22tenants%22%3A%5B1%5D%7D",
};

Test(halts, answers_that_do_not_say)
{
	struct toxi_halts *halts;
	struct toxi *toxi;
	char url[512];
	size_t i;

	for (i = 0; i < sizeof(no_halts) / sizeof(no_halts[0]); i++) {
		snprintf(
		    url, sizeof(url), "%s/%s", given("TOXI_FAKE"), no_halts[i]);
		toxi = client_of(url);
		FAILS(toxi_halted(toxi, &halts, &err), TOXI_ERR_PROTOCOL);
		cr_expect_eq(halts, NULL);
		toxi_free(toxi);
	}
}

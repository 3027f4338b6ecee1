/* SPDX-License-Identifier: ISC */
/* Networks by name: both ways. */

#include <event2/event.h>
#include <stdio.h>
#include <toxi_event.h>

#include "rig.h"

static void
expect_3g(const struct toxi_profile *p)
{
	cr_expect_str_eq(p->name, "3g");
	/* A tcp_loss in each direction, where that can be had. */
	cr_assert_eq(p->toxics.n, p->n_missing > 0 ? 4 : 6);
	cr_expect_str_eq(p->toxics.list[1].name, "profile_latency_up");
	cr_expect_eq(p->toxics.list[1].stream, TOXI_UPSTREAM);
	cr_expect_str_eq(p->toxics.list[1].owner, "profile:3g");
	cr_assert_leq(p->n_missing, 1);
	if (p->n_missing > 0)
		cr_expect_str_eq(p->missing[0], "tcp_loss");
	else
		cr_expect_str_eq(p->toxics.list[2].name, "profile_tcp_loss_up");
}

Test(profiles, comes_and_goes)
{
	struct toxi *toxi = client();
	struct toxi_profiles *all;
	struct toxi_profile *p;

	if (is_original()) {
		FAILS(
		    toxi_profile_list(toxi, NULL, &err), TOXI_ERR_UNSUPPORTED);
		return;
	}
	make_proxy(toxi, "profiled");
	REFUSED(toxi_profile_get(toxi, "profiled", &p, &err), 404);
	cr_expect_eq(p, NULL);
	MUST(toxi_profile_list(toxi, &all, &err));
	cr_assert_gt(all->n, 2);
	expect_3g(&all->list[2]);
	cr_expect_neq(all->list[2].source, NULL);
	cr_expect_neq(all->list[2].description, NULL);
	cr_expect_eq(all->list[2].loss_percent, 1.5);
	toxi_profiles_free(all);
	MUST(toxi_profile_apply(toxi, "profiled", "3G", &p, &err));
	expect_3g(p);
	cr_expect(p->source == NULL && p->description == NULL);
	toxi_profile_free(p);
	MUST(toxi_profile_apply(toxi, "profiled", "satellite", NULL, &err));
	MUST(toxi_profile_get(toxi, "profiled", &p, &err));
	cr_expect_str_eq(p->name, "satellite");
	toxi_profile_free(p);
	MUST(toxi_profile_remove(toxi, "profiled", &err));
	REFUSED(toxi_profile_remove(toxi, "profiled", &err), 404);
	REFUSED(toxi_profile_apply(toxi, "profiled", "9g", NULL, &err), 400);
	FAILS(toxi_profile_apply(toxi, "profiled", NULL, NULL, &err),
	    TOXI_ERR_ARGUMENT);
	FAILS(toxi_profile_apply(toxi, NULL, "3g", NULL, &err),
	    TOXI_ERR_ARGUMENT);
	MUST(toxi_proxy_delete(toxi, "profiled", &err));
	toxi_profile_free(NULL);
	toxi_profiles_free(NULL);
	toxi_free(toxi);
}

Test(profiles, goes_with_its_session)
{
	struct toxi *toxi = client();
	struct toxi_session *session;
	struct toxi_profile *p;

	if (is_original())
		return;
	make_proxy(toxi, "for_a_while");
	session = toxi_session_open(toxi, &err);
	cr_assert_neq(session, NULL);
	MUST(toxi_session_profile(session, "for_a_while", "3g", &p, &err));
	expect_3g(p);
	toxi_profile_free(p);
	FAILS(toxi_session_profile(session, "for_a_while", "9g", &p, &err),
	    TOXI_ERR_HTTP);
	cr_expect_eq(p, NULL);
	MUST(toxi_session_free(session, &err));
	REFUSED(toxi_profile_get(toxi, "for_a_while", NULL, &err), 404);
	MUST(toxi_proxy_delete(toxi, "for_a_while", &err));
	toxi_free(toxi);
}

Test(profiles, of_somebody_else_stay)
{
	struct toxi *toxi = client();
	struct toxi_session *session;
	struct toxi_profile *p;

	if (is_original())
		return;
	make_proxy(toxi, "replaced");
	session = toxi_session_open(toxi, &err);
	cr_assert_neq(session, NULL);
	MUST(toxi_session_profile(session, "replaced", "3g", NULL, &err));
	MUST(toxi_profile_apply(toxi, "replaced", "edge", NULL, &err));
	MUST(toxi_session_free(session, &err));
	MUST(toxi_profile_get(toxi, "replaced", &p, &err));
	cr_expect_str_eq(p->name, "edge");
	cr_expect_gt(p->toxics.n, 3);
	toxi_profile_free(p);
	MUST(toxi_proxy_delete(toxi, "replaced", &err));
	toxi_free(toxi);
}

/* ---- in a loop */

struct steps {
	struct toxi_event *event;
	int done;
};

static void
see_removed(const struct toxi_reply *reply, void *arg)
{
	struct steps *s = arg;

	cr_assert_eq(reply->error, NULL);
	s->done = 1;
}

static void
see_shown(const struct toxi_reply *reply, void *arg)
{
	struct steps *s = arg;

	cr_assert_eq(reply->error, NULL);
	expect_3g(reply->profile);
	cr_assert_neq(
	    toxi_event_profile_remove(s->event, "looped", see_removed, s),
	    NULL);
}

static void
see_applied(const struct toxi_reply *reply, void *arg)
{
	struct steps *s = arg;

	cr_assert_eq(reply->error, NULL);
	expect_3g(reply->profile);
	cr_assert_neq(
	    toxi_event_profile_get(s->event, "looped", see_shown, s), NULL);
}

static void
see_all(const struct toxi_reply *reply, void *arg)
{
	struct steps *s = arg;

	cr_assert_eq(reply->error, NULL);
	cr_assert_gt(reply->profiles->n, 2);
	cr_assert_neq(
	    toxi_event_profile_apply(s->event, "looped", "3g", see_applied, s),
	    NULL);
}

Test(profiles, in_a_loop)
{
	const struct toxi_options options = { .url = given("TOXI_URL") };
	struct toxi *toxi = client();
	struct event_base *base;
	struct steps s = { .done = 0 };

	if (is_original())
		return;
	make_proxy(toxi, "looped");
	base = event_base_new();
	s.event = toxi_event_new(base, &options, &err);
	cr_assert_neq(s.event, NULL, "%s", err.text);
	cr_assert_neq(toxi_event_profile_list(s.event, see_all, &s), NULL);
	event_base_dispatch(base);
	cr_assert(s.done);
	toxi_event_free(s.event);
	event_base_free(base);
	MUST(toxi_proxy_delete(toxi, "looped", &err));
	toxi_free(toxi);
}

/* ---- of servers that say odd things */

static const char *const odd[] = {
	"say/%7B%7D",
	"say/%5B1%5D",
	"say/%5B%7B%22name%22%3A%22x%22%7D%5D",
	("say/%5B%7B%22name%22%3A%22x%22%2C%22toxics%22%3A%5B%5D%2C"
	 "%22missing%22%3A%5B1%5D%7D%5D"),
	"say/%5B%7B%22name%22%3A%22x%22%2C%22toxics%22%3A%5B1%5D%7D%5D",
};

Test(profiles, answers_that_do_not_say)
{
	struct toxi_options options = { .url = NULL };
	struct toxi_profiles *all;
	struct toxi *toxi;
	char url[512];
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		snprintf(url, sizeof(url), "%s/%s", given("TOXI_FAKE"), odd[i]);
		options.url = url;
		toxi = toxi_new(&options, &err);
		cr_assert_neq(toxi, NULL);
		FAILS(toxi_profile_list(toxi, &all, &err), TOXI_ERR_PROTOCOL);
		cr_expect_eq(all, NULL);
		toxi_free(toxi);
	}
}

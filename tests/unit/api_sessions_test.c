/* SPDX-License-Identifier: ISC */
/* ctld/api_sessions.c: how long a session lasts, by a clock turned by hand. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "agreed.h"
#include "api_sessions.h"
#include "change.h"
#include "clock.h"
#include "clock_rig.h"
#include "deadlines.h"
#include "expiry.h"
#include "truth.h"
#include "usage.h"

/* ---- in place of what keeps the truth */

void
expiry_set(struct proxy *p)
{
	(void)p;
}

void
truth_proxy_changed(struct proxy *p)
{
	(void)p;
}

void
truth_session(const struct session_ref *ref)
{
	(void)ref;
}

void
truth_session_gone(const struct session_id *id)
{
	(void)id;
}

/* ---- one session */

static const struct session_ref one = { .id.bytes = { 1 } };
static int64_t opened;

static struct change
about_it(void)
{
	struct change ch = { .usage = usage_for("") };

	cr_assert(ch.usage != NULL);
	ch.u.session.ref = one;
	return ch;
}

static void
open_it(void)
{
	struct change ch = about_it();

	clock_stop();
	opened = clock_now();
	cr_assert_eq(prepare_session_open(&ch), ANSWER_OK);
	commit_session_open(&ch);
}

TestSuite(api_sessions, .init = open_it);

/* As the loop does, so long after it was opened. */
static void
at(int64_t ns)
{
	clock_stopped_at = opened + ns;
	deadlines_run(clock_now());
	api_sessions_end();
}

static void
renew_at(int64_t ns)
{
	struct change ch = about_it();

	at(ns);
	cr_assert_eq(prepare_session(&ch), ANSWER_OK);
	commit_session_renew(&ch);
}

static int
lives(void)
{
	struct change ch = about_it();

	return prepare_session(&ch) == ANSWER_OK;
}

/* It lives until then, and no longer, to the ns. */
static void
ends_at(int64_t ns)
{
	at(ns - 1);
	cr_expect(lives());
	at(ns);
	cr_expect_not(lives());
}

#define S(n) ((n)*NS_PER_S)

Test(api_sessions, lasts_for_its_lease)
{
	ends_at(SESSION_LEASE);
}

Test(api_sessions, lasts_for_as_long_as_it_is_renewed)
{
	int64_t now;

	for (now = 0; now < S(600); now += SESSION_RENEW_EVERY)
		renew_at(now);
	ends_at(S(590) + SESSION_LEASE);
}

/* It was not renewed for 20 s: then 15 s are more than what is left. */
Test(api_sessions, waits_for_its_client_behind_an_apid_that_was_away)
{
	at(S(20));
	api_sessions_wait();
	ends_at(S(35));
}

/* It was renewed: what is left is more than that. */
Test(api_sessions, is_not_over_sooner_for_a_new_apid)
{
	renew_at(S(10));
	at(S(15));
	api_sessions_wait();
	at(S(15) + SESSION_BACK_WITHIN);
	cr_expect(lives());
	ends_at(S(40));
}

Test(api_sessions, who_comes_back_at_the_last_moment_has_it)
{
	at(S(20));
	api_sessions_wait();
	renew_at(S(35) - 1);
	ends_at(S(35) - 1 + SESSION_LEASE);
}

Test(api_sessions, who_comes_too_late_has_none)
{
	at(S(20));
	api_sessions_wait();
	at(S(35));
	cr_expect_not(lives());
	api_sessions_wait();
	cr_expect_not(lives());
}

/* As in an upgrade, or when ctld dies: nobody knows when it was renewed. */
Test(api_sessions, begins_anew_with_another_ctld)
{
	at(S(29));
	cr_assert_eq(api_sessions_load_gone(&one.id, sizeof(one.id)), 0);
	cr_assert_eq(api_sessions_load(&one, sizeof(one)), 0);
	api_sessions_wait();
	ends_at(S(29) + SESSION_LEASE);
}

Test(api_sessions, ends_at_once_when_its_client_has_gone)
{
	struct change ch = about_it();

	renew_at(S(10));
	commit_session_gone(&ch);
	cr_expect_not(lives());
	api_sessions_wait(); /* it is over before the loop has seen to that */
	cr_expect_not(lives());
	at(S(10));
	cr_expect_not(lives());
	cr_expect_eq(deadlines_next(), CLOCK_NEVER);
}

/* SPDX-License-Identifier: ISC */
/* What the library says of itself, and what it makes of an answer to that. */

#include <event2/event.h>
#include <stdio.h>
#include <toxi_event.h>

#include "rig.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

/* With something before the host; fake.py's caller says what it was told. */
static const char *
at_fake(const char *userinfo, const char *what)
{
	static char url[1024];
	const char *fake = given("TOXI_FAKE");

	snprintf(url, sizeof(url), "http://%s%s/%s", userinfo,
	    strstr(fake, "://") + 3, what);
	return url;
}

static const char *const basic[] = { "Authorization: Basic bWU6c2VzYW1l",
	NULL };
static const char *const named[] = { "X-Toxid-Tenant: of-a-header", NULL };

struct saying {
	const char *userinfo;
	const char *token;
	const char *environment;
	const char *const *headers;
	const char *tenant;
	const char *sent; /* as Authorization; NULL: nothing */
	const char *sent_tenant;
};

/* ":sesame" and "me:a/b", in base64 */
#define ALONE "Basic OnNlc2FtZQ=="
#define WITH_NAME "Basic bWU6YS9i"

static const struct saying sayings[] = {
	{ "", NULL, NULL, NULL, NULL, NULL, NULL },
	{ "", "", "env", NULL, NULL, NULL, NULL },
	{ "", NULL, "", NULL, NULL, NULL, NULL },
	{ "", NULL, "env", NULL, NULL, "Bearer env", NULL },
	{ "", "sesame", "env", NULL, NULL, "Bearer sesame", NULL },
	{ "", NULL, "env", basic, NULL, "Basic bWU6c2VzYW1l", NULL },
	{ ":sesame@", NULL, NULL, NULL, NULL, ALONE, NULL },
	{ ":sesame@", NULL, "env", NULL, NULL, ALONE, NULL },
	{ "me:a%2fb@", NULL, NULL, NULL, NULL, WITH_NAME, NULL },
	{ "me@", NULL, "env", NULL, NULL, "Basic bWU6", NULL },
	{ ":other@", "sesame", NULL, NULL, NULL, "Bearer sesame", NULL },
	{ ":other@", "", NULL, NULL, NULL, NULL, NULL },
	{ ":other@", NULL, NULL, basic, NULL, "Basic bWU6c2VzYW1l", NULL },
	{ "", NULL, NULL, NULL, "payments", NULL, "payments" },
	{ "", "sesame", NULL, NULL, "*", "Bearer sesame", "*" },
	{ "", NULL, NULL, NULL, "", NULL, "" },
	{ "", NULL, NULL, named, NULL, NULL, "of-a-header" },
};

static void
expect_text(const char *text, const char *expected, const struct saying *s)
{
	if (expected == NULL)
		cr_expect_eq(
		    text, NULL, "%s: %s", s->userinfo, text ? text : "");
	else
		cr_expect_str_eq(text ? text : "(nothing)", expected, "%s: %s",
		    s->userinfo, text ? text : "(nothing)");
}

/* fake.py answers with what it was told as "token" and "expires". */
static void
expect_said(const struct toxi_caller *caller, const struct saying *s)
{
	cr_assert_neq(caller, NULL);
	expect_text(caller->token, s->sent, s);
	expect_text(caller->expires, s->sent_tenant, s);
}

static void
see_caller(const struct toxi_reply *reply, void *arg)
{
	cr_assert_eq(reply->error, NULL);
	expect_said(reply->caller, arg);
}

static void
say(struct saying *s)
{
	const struct toxi_options options = { .url = at_fake(
						  s->userinfo, "caller"),
		.token = s->token,
		.headers = s->headers,
		.tenant = s->tenant };
	struct event_base *base = event_base_new();
	struct toxi_event *event;
	struct toxi_caller *caller;
	struct toxi *toxi;

	unsetenv("TOXIPROXY_AUTH_TOKEN");
	if (s->environment != NULL)
		setenv("TOXIPROXY_AUTH_TOKEN", s->environment, 1);
	toxi = toxi_new(&options, &err);
	event = toxi_event_new(base, &options, &err);
	cr_assert(toxi != NULL && event != NULL, "%s", err.text);
	MUST(toxi_whoami(toxi, &caller, &err));
	expect_said(caller, s);
	toxi_event_whoami(event, see_caller, s);
	event_base_dispatch(base);
	toxi_caller_free(caller);
	toxi_free(toxi);
	toxi_event_free(event);
	event_base_free(base);
}

Test(caller, the_nearest_counts)
{
	struct saying s;
	size_t i;

	for (i = 0; i < nitems(sayings); i++) {
		s = sayings[i];
		say(&s);
	}
}

/* What of it could not be sent as it is would be another tenant, or none. */
Test(caller, tenants_that_can_be_none)
{
	static const char *const tenants[] = { " ", "a b", "a\r\nX: y", "\t",
		"a\x7f", "\xc3\xa4" };
	char longest[300];
	struct toxi_options options = { .tenant = longest };
	size_t i;

	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	cr_expect_eq(toxi_new(&options, &err), NULL);
	cr_expect_eq(err.code, TOXI_ERR_ARGUMENT);
	for (i = 0; i < nitems(tenants); i++) {
		options.tenant = tenants[i];
		cr_expect_eq(toxi_new(&options, &err), NULL, "%s", tenants[i]);
		cr_expect_eq(err.code, TOXI_ERR_ARGUMENT);
	}
}

static void
expect_refusal(const struct toxi_options *options, const char *text)
{
	struct toxi *toxi = toxi_new(options, &err);

	cr_assert_neq(toxi, NULL, "%s", err.text);
	REFUSED(toxi_version(toxi, NULL, &err), 401);
	cr_expect_neq(strstr(err.text, text), NULL, "%s", err.text);
	cr_expect_eq(strstr(err.text, "sesame"), NULL, "%s", err.text);
	toxi_free(toxi);
}

Test(caller, a_refusal_says_what_was_sent)
{
	struct toxi_options options = { .url = at_fake("", "status/401/no/") };

	unsetenv("TOXIPROXY_AUTH_TOKEN");
	expect_refusal(&options, "no: no token was given");
	setenv("TOXIPROXY_AUTH_TOKEN", "sesame", 1);
	expect_refusal(&options, "no: TOXIPROXY_AUTH_TOKEN is none that");
	options.token = "sesame";
	expect_refusal(&options, "no: the token that was given is none");
	options.token = NULL;
	options.url = at_fake(":sesame@", "status/401/no/");
	expect_refusal(&options, "no: the password in the URL is no token");
}

Test(caller, no_text_has_a_password)
{
	static const char *const urls[] = { "http://:sesame@host:port",
		"http://:ses/ame@host:0x",
		"http://a:sesame@[::", "ftp://:sesame@host", ":sesame@host x" };
	struct toxi_options options = { 0 };
	size_t i;

	for (i = 0; i < nitems(urls); i++) {
		options.url = urls[i];
		cr_expect_eq(toxi_new(&options, &err), NULL, "%s", urls[i]);
		cr_expect_eq(err.code, TOXI_ERR_ARGUMENT);
		cr_expect_eq(strstr(err.text, "ses"), NULL, "%s", err.text);
	}
}

#define REDIS "say/%7B%22payments%2Fredis%22%3A%7B%22name%22%3A%22redis%22%2C"

/* Two tenants may both have a redis. */
Test(caller, names_among_those_of_all_tenants)
{
	struct toxi_options options = { .url = at_fake("",
					    REDIS
					    "%22listen%22%3A%22l%3A1%22%2C"
					    "%22upstream%22%3A%22u%3A1%22%2C"
					    "%22enabled%22%3Atrue%7D%7D"),
		.tenant = "*" };
	struct toxi *toxi = toxi_new(&options, &err);
	struct toxi_proxies *proxies;
	struct toxi_healths *healths;

	MUST(toxi_proxy_list(toxi, &proxies, &err));
	cr_assert_eq(proxies->n, 1);
	cr_expect_str_eq(proxies->list[0].name, "payments/redis");
	MUST(toxi_health_list(toxi, &healths, &err));
	cr_assert_eq(healths->n, 1);
	cr_expect_str_eq(healths->list[0].name, "payments/redis");
	toxi_proxies_free(proxies);
	toxi_healths_free(healths);
	toxi_free(toxi);
}

static const char *const odd[] = {
	"say/%7B%7D", "say/%5B%5D", "say/%7B%22tenant%22%3A1%7D",
	"say/%7B%22tenant%22%3A%22%22%7D", /* no role */
};

Test(caller, answers_that_do_not_say)
{
	struct toxi_options options = { 0 };
	struct toxi_caller *caller;
	struct toxi *toxi;
	size_t i;

	for (i = 0; i < nitems(odd); i++) {
		options.url = at_fake("", odd[i]);
		toxi = toxi_new(&options, &err);
		FAILS(toxi_whoami(toxi, &caller, &err), TOXI_ERR_PROTOCOL);
		cr_expect_eq(caller, NULL);
		toxi_free(toxi);
	}
	options.url = at_fake("", "status/404/404%20page%20not%20found/");
	toxi = toxi_new(&options, &err);
	FAILS(toxi_whoami(toxi, NULL, &err), TOXI_ERR_UNSUPPORTED);
	toxi_free(toxi);
}

/* SPDX-License-Identifier: ISC */
/* Tokens of a tenant: made, listed and revoked, both ways. */

#include <event2/event.h>
#include <stdio.h>
#include <toxi_event.h>

#include "rig.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

/* The tenant's one token that is the file's: see test_client.py. */
#define OURS "ours"
#define UNTIL "2199-01-31T00:00:00Z"

static struct toxi *
client_of(const char *url)
{
	const struct toxi_options options = { .url = url };
	struct toxi *toxi = toxi_new(&options, &err);

	cr_assert_neq(toxi, NULL, "%s", err.text);
	return toxi;
}

/* With a token that an answer, or we, have told of. */
static struct toxi *
client_with(const char *token)
{
	const struct toxi_options options = { .url = given("TOXI_LAB"),
		.token = token };
	struct toxi *toxi = toxi_new(&options, &err);

	cr_assert_neq(toxi, NULL, "%s", err.text);
	return toxi;
}

static void
expect_text(const char *text, const char *expected)
{
	if (expected == NULL)
		cr_assert_eq(text, NULL, "%s", text != NULL ? text : "");
	else
		cr_assert_str_eq(text != NULL ? text : "(nothing)", expected);
}

static const struct toxi_token *
find(const struct toxi_tokens *tokens, const char *name)
{
	size_t i;

	for (i = 0; i < tokens->n; i++)
		if (strcmp(tokens->list[i].name, name) == 0)
			return &tokens->list[i];
	return NULL;
}

Test(tokens, one_is_made_used_and_revoked)
{
	const struct toxi_token wanted = {
		.name = "made", .role = "reader", .expires = UNTIL
	};
	struct toxi *toxi = client_of(given("TOXI_LAB")), *other;
	struct toxi_tokens *tokens;
	struct toxi_caller *caller;
	struct toxi_token *made;

	MUST(toxi_token_create(toxi, &wanted, &made, &err));
	expect_text(made->name, "made");
	expect_text(made->role, "reader");
	expect_text(made->expires, UNTIL);
	other = client_with(made->secret);
	MUST(toxi_whoami(other, &caller, &err));
	expect_text(caller->token, "made");
	toxi_caller_free(caller);
	REFUSED(toxi_token_create(toxi, &wanted, NULL, &err), 409);
	MUST(toxi_token_list(toxi, &tokens, &err));
	cr_assert_neq(find(tokens, "made"), NULL);
	expect_text(find(tokens, "made")->secret, NULL);
	cr_expect_eq(find(tokens, "made")->is_of_file, 0);
	cr_expect_neq(find(tokens, "made")->last_used, NULL);
	expect_text(find(tokens, OURS)->expires, NULL);
	cr_expect_eq(find(tokens, OURS)->is_of_file, 1);
	toxi_tokens_free(tokens);
	MUST(toxi_token_revoke(toxi, "made", &err));
	REFUSED(toxi_whoami(other, NULL, &err), 401);
	REFUSED(toxi_token_revoke(toxi, "made", &err), 404);
	toxi_token_free(made);
	toxi_free(other);
	toxi_free(toxi);
}

Test(tokens, what_is_left_out)
{
	const struct toxi_token wanted = { .name = "plain" };
	struct toxi *toxi = client_of(given("TOXI_LAB"));
	struct toxi_token *made;

	MUST(toxi_token_create(toxi, &wanted, &made, &err));
	expect_text(made->role, "tenant");
	expect_text(made->expires, NULL);
	expect_text(made->last_used, NULL);
	toxi_token_free(made);
	MUST(toxi_token_revoke(toxi, "plain", &err));
	toxi_token_free(NULL);
	toxi_tokens_free(NULL);
	toxi_free(toxi);
}

Test(tokens, what_is_refused)
{
	const struct toxi_token nameless = { .role = "reader" };
	const struct toxi_token root = { .name = "x", .role = "root" };
	const struct toxi_token over = { .name = "x",
		.expires = "2001-01-31T00:00:00Z" };
	const struct toxi_token odd = { .name = "x", .role = "\xff" };
	struct toxi *toxi = client_of(given("TOXI_LAB"));

	FAILS(
	    toxi_token_create(toxi, &nameless, NULL, &err), TOXI_ERR_ARGUMENT);
	FAILS(toxi_token_create(toxi, &odd, NULL, &err), TOXI_ERR_ARGUMENT);
	FAILS(toxi_token_revoke(toxi, NULL, &err), TOXI_ERR_ARGUMENT);
	FAILS(toxi_token_revoke(toxi, "", &err), TOXI_ERR_ARGUMENT);
	REFUSED(toxi_token_create(toxi, &root, NULL, &err), 400);
	cr_expect_neq(strstr(err.text, "role: "), NULL, "%s", err.text);
	REFUSED(toxi_token_create(toxi, &over, NULL, &err), 400);
	cr_expect_neq(strstr(err.text, "expires: "), NULL, "%s", err.text);
	REFUSED(toxi_token_revoke(toxi, OURS, &err), 409);
	REFUSED(toxi_token_revoke(toxi, "..", &err), 404);
	toxi_free(toxi);
}

/* ---- in a loop */

struct steps {
	struct toxi_event *event;
	int done;
};

static void
see_end(const struct toxi_reply *reply, void *arg)
{
	struct steps *s = arg;

	cr_assert_eq(reply->error, NULL);
	s->done = 1;
}

static void
see_list(const struct toxi_reply *reply, void *arg)
{
	struct steps *s = arg;

	cr_assert_eq(reply->error, NULL);
	cr_assert_neq(find(reply->tokens, "looped"), NULL);
	toxi_event_token_revoke(s->event, "looped", see_end, s);
}

static void
see_made(const struct toxi_reply *reply, void *arg)
{
	struct steps *s = arg;

	cr_assert_eq(reply->error, NULL);
	expect_text(reply->token->name, "looped");
	cr_assert_neq(reply->token->secret, NULL);
	toxi_event_token_list(s->event, see_list, s);
}

Test(tokens, in_a_loop)
{
	const struct toxi_options options = { .url = given("TOXI_LAB") };
	const struct toxi_token wanted = { .name = "looped" };
	struct event_base *base = event_base_new();
	struct steps s = { .event = toxi_event_new(base, &options, &err) };

	cr_assert_neq(s.event, NULL, "%s", err.text);
	toxi_event_token_create(s.event, &wanted, see_made, &s);
	event_base_dispatch(base);
	cr_assert(s.done);
	toxi_event_free(s.event);
	event_base_free(base);
}

/* ---- of servers that have none, or say odd things */

Test(tokens, where_there_are_no_tenants)
{
	const struct toxi_token wanted = { .name = "ci" };
	struct toxi *toxi = client();

	FAILS(
	    toxi_token_create(toxi, &wanted, NULL, &err), TOXI_ERR_UNSUPPORTED);
	FAILS(toxi_token_list(toxi, NULL, &err), TOXI_ERR_UNSUPPORTED);
	FAILS(toxi_token_revoke(toxi, "ci", &err), TOXI_ERR_UNSUPPORTED);
	toxi_free(toxi);
}

static const char *const no_list[] = {
	"say/%7B%7D",
	"say/%5B1%5D",
	"say/%5B%7B%22name%22%3A%22a%22%7D%5D",
	"say/%5B%7B%22name%22%3A%22a%22%2C%22role%22%3Anull%7D%5D",
};

static const char *const no_token[] = {
	"say/%7B%7D",
	"say/%5B%5D",
	"say/%7B%22name%22%3A%22a%22%2C%22role%22%3A%22reader%22%7D",
};

static const char *
at_fake(const char *what)
{
	static char url[512];

	snprintf(url, sizeof(url), "%s/%s", given("TOXI_FAKE"), what);
	return url;
}

Test(tokens, answers_that_do_not_say)
{
	const struct toxi_token wanted = { .name = "a" };
	struct toxi_tokens *tokens;
	struct toxi_token *token;
	struct toxi *toxi;
	size_t i;

	for (i = 0; i < nitems(no_list); i++) {
		toxi = client_of(at_fake(no_list[i]));
		FAILS(toxi_token_list(toxi, &tokens, &err), TOXI_ERR_PROTOCOL);
		cr_expect_eq(tokens, NULL);
		toxi_free(toxi);
	}
	for (i = 0; i < nitems(no_token); i++) {
		toxi = client_of(at_fake(no_token[i]));
		FAILS(toxi_token_create(toxi, &wanted, &token, &err),
		    TOXI_ERR_PROTOCOL);
		cr_expect_eq(token, NULL);
		toxi_free(toxi);
	}
}

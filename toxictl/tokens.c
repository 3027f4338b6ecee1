/* SPDX-License-Identifier: ISC */
/* The tokens of a tenant: one is made, they are listed, one is revoked. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "expiry.h"
#include "json.h"
#include "table.h"
#include "toxictl.h"

static const char no_name[] = "Token name is required as the first argument.";

static int
refused(const struct ctl *ctl, const struct toxi_error *err, const char *verb,
    const char *name)
{
	if (err->code == TOXI_ERR_UNSUPPORTED)
		return fail(ctl, NULL,
		    "%s has no tenants, and so no tokens of one", ctl->server);
	return fail(ctl, err, "Failed to %s%s", verb, name);
}

/* ---- new */

static json_t *
json_of_new(const struct toxi_token *t, const struct toxi_caller *us)
{
	return json_pack("{s:s,s:s,s:s?,s:s?,s:s}", "name", t->name, "role",
	    t->role, "expires", t->expires, "tenant",
	    us != NULL ? us->tenant : NULL, "token", t->secret);
}

/* Not on stdout: whoever keeps that wants the token alone. */
static void
tell_new(const struct toxi_token *t, const struct toxi_caller *us)
{
	char *name = table_plain(t->name), *role = table_plain(t->role);
	char *tenant = table_plain(us != NULL ? us->tenant : "");
	char *expires = table_plain(t->expires != NULL ? t->expires : "never");

	fprintf(stderr,
	    "Token %s%s%s: role %s, expires %s.  It is shown this once.\n",
	    name, us != NULL ? " of tenant " : "", tenant, role, expires);
	free(name);
	free(role);
	free(tenant);
	free(expires);
}

/* One that nobody has seen would be in the way of the next try. */
static int
take_back(struct ctl *ctl, const struct toxi_token *t)
{
	struct toxi_error err;

	if (toxi_token_revoke(ctl->toxi, t->name, &err) == -1)
		return fail(ctl, &err,
		    "Token %s could not be shown, and cannot be revoked",
		    t->name);
	return fail(ctl, NULL,
	    "Token %s could not be shown, and is revoked again", t->name);
}

static int
show_new(struct ctl *ctl, const struct toxi_token *t)
{
	struct toxi_caller *us = NULL;

	signal(SIGPIPE, SIG_IGN); /* who does not read it has not got it */
	toxi_whoami(ctl->toxi, &us, NULL);
	if (ctl->is_json)
		json_out(stdout, json_of_new(t, us));
	else
		table_say("%s\n", t->secret);
	if (fflush(stdout) == EOF || ferror(stdout)) {
		toxi_caller_free(us);
		return take_back(ctl, t);
	}
	if (!ctl->is_json)
		tell_new(t, us);
	toxi_caller_free(us);
	return EXIT_OK;
}

int
cmd_token_new(struct ctl *ctl, struct args *args)
{
	const char *expires = args_value(args, FLAG_EXPIRES);
	struct toxi_token wanted = { .name = args_word(args),
		.role = args_value(args, FLAG_ROLE) };
	char until[EXPIRY_TEXT_MAX + 1];
	struct toxi_token *made;
	struct toxi_error err;
	int code;

	if (wanted.name == NULL)
		return fail_usage(ctl, no_name);
	if (expires != NULL) {
		if (expiry_text(expires, time(NULL), until) == -1)
			return fail_usage(ctl,
			    "--expires is a time, as 2027-01-31T00:00:00Z, or "
			    "how long from now on, as 30d, 12h or 90m");
		wanted.expires = until;
	}
	if (toxi_token_create(ctl->toxi, &wanted, &made, &err) == -1)
		return refused(ctl, &err, "make token ", wanted.name);
	code = show_new(ctl, made);
	toxi_token_free(made);
	return code;
}

/* ---- list */

static json_t *
json_of_tokens(const struct toxi_tokens *tokens)
{
	const struct toxi_token *t = tokens->list;
	json_t *array = json_array();

	for (; t < tokens->list + tokens->n; t++)
		json_array_append_new(array,
		    json_pack("{s:s,s:s,s:s?,s:s?,s:b}", "name", t->name,
			"role", t->role, "expires", t->expires, "last_used",
			t->last_used, "of_file", t->is_of_file));
	return array;
}

/* Who can take it back. */
static const char *
keeper_of(const struct toxi_token *t)
{
	return t->is_of_file ? "file" : "API";
}

/* What there is not is nothing to a program, and said to people. */
static void
print_tokens(const struct toxi_tokens *tokens)
{
	const struct toxi_token *t = tokens->list;

	for (; t < tokens->list + tokens->n; t++)
		table_say("%s\t%s\t%s\t%s\t%s\n", t->name, t->role,
		    t->expires != NULL ? t->expires : "",
		    t->last_used != NULL ? t->last_used : "", keeper_of(t));
}

static void
tabulate_tokens(const struct ctl *ctl, const struct toxi_tokens *tokens)
{
	static const char *const heads[] = { "Name", "Role", "Expires",
		"Last used", "Kept by" };
	const struct toxi_token *t = tokens->list;
	struct table *table;

	if (tokens->n == 0) {
		printf("no tokens\n\nHint: make a token with `%s token new`\n",
		    ctl->program);
		return;
	}
	table = table_new(heads, sizeof(heads) / sizeof(heads[0]));
	for (; t < tokens->list + tokens->n; t++) {
		table_cell(table, BLUE, "%s", t->name);
		table_cell(table, PLAIN, "%s", t->role);
		table_cell(table, YELLOW, "%s",
		    t->expires != NULL ? t->expires : "never");
		table_cell(table, PLAIN, "%s",
		    t->last_used != NULL ? t->last_used : "not yet");
		table_cell(table, PURPLE, "%s", keeper_of(t));
	}
	table_print(table, ctl->is_coloured);
}

int
cmd_token_list(struct ctl *ctl, struct args *args)
{
	struct toxi_tokens *tokens;
	struct toxi_error err;

	(void)args;
	if (toxi_token_list(ctl->toxi, &tokens, &err) == -1)
		return refused(ctl, &err, "list tokens", "");
	if (ctl->is_json)
		json_out(stdout, json_of_tokens(tokens));
	else if (ctl->is_terminal)
		tabulate_tokens(ctl, tokens);
	else
		print_tokens(tokens);
	toxi_tokens_free(tokens);
	return EXIT_OK;
}

/* ---- revoke */

int
cmd_token_revoke(struct ctl *ctl, struct args *args)
{
	const char *name = args_word(args);
	struct toxi_error err;

	if (name == NULL)
		return fail_usage(ctl, no_name);
	if (toxi_token_revoke(ctl->toxi, name, &err) == -1)
		return refused(ctl, &err, "revoke token ", name);
	if (ctl->is_json)
		json_out(stdout, json_pack("{s:s}", "revoked", name));
	else
		table_say("Revoked token %s\n", name);
	return EXIT_OK;
}

/* SPDX-License-Identifier: ISC */
/* For whom the server takes us. */

#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "table.h"
#include "toxictl.h"

/* As the server says it: only where something is. */
static json_t *
json_of_halts(const struct toxi_caller *c)
{
	if (!c->all_halted && !c->tenant_halted)
		return NULL;
	return json_pack(
	    "{s:b,s:b}", "all", c->all_halted, "tenant", c->tenant_halted);
}

static json_t *
json_of_caller(const struct toxi_caller *c)
{
	json_t *limits = c->nlimits > 0 ? json_object() : NULL;
	const struct toxi_limit *l;

	for (l = c->limits; l != NULL && l < c->limits + c->nlimits; l++)
		json_object_set_new(limits, l->name,
		    json_pack("{s:I,s:s*,s:o*,s:I}", "limit",
			(json_int_t)l->limit, "range", l->range, "used",
			l->used != -1 ? json_integer(l->used) : NULL, "refused",
			(json_int_t)l->refused));
	return json_pack("{s:s,s:s,s:s?,s:s?,s:I,s:I,s:o*,s:o*}", "tenant",
	    c->tenant, "role", c->role, "token", c->token, "expires",
	    c->expires, "proxies", (json_int_t)c->proxies, "toxics",
	    (json_int_t)c->toxics, "limits", limits, "halted",
	    json_of_halts(c));
}

/* What is not there is nothing to a program, and something to say to people. */
static void
print_text(
    const struct ctl *ctl, const char *key, const char *text, const char *none)
{
	char *plain = table_plain(text != NULL ? text : "");

	if (!ctl->is_terminal)
		table_say("%s\t%s\n", key, plain);
	else
		printf("%-9s%s\n", key, *plain != '\0' ? plain : none);
	free(plain);
}

static void
print_number(const struct ctl *ctl, const char *key, int64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	print_text(ctl, key, text, "");
}

/* "": the server does not say. */
static const char *
used_text(const struct toxi_limit *l, const char *behind, char text[32])
{
	snprintf(text, 32, "%lld%s", (long long)l->used, behind);
	return l->used != -1 ? text : "";
}

/* Of the tenant's: the limit, what is used of it, and how often it was met. */
static void
print_limits(const struct ctl *ctl, const struct toxi_caller *c)
{
	const struct toxi_limit *l;
	char *plain, *range, used[32];

	for (l = c->limits; l != NULL && l < c->limits + c->nlimits; l++) {
		plain = table_plain(l->name);
		range = l->range != NULL ? table_plain(l->range) : NULL;
		if (!ctl->is_terminal)
			table_say("limits.%s\t%lld\t%s\t%lld%s%s\n", plain,
			    (long long)l->limit, used_text(l, "", used),
			    (long long)l->refused, range != NULL ? "\t" : "",
			    range != NULL ? range : "");
		else
			printf("%-9s%s: %s%lld%s%s, refused %lld\n",
			    l == c->limits ? "limits" : "", plain,
			    used_text(l, " of ", used), (long long)l->limit,
			    range != NULL ? ", " : "",
			    range != NULL ? range : "", (long long)l->refused);
		free(range);
		free(plain);
	}
}

/* Only where something is. */
static void
print_halts(const struct ctl *ctl, const struct toxi_caller *c)
{
	if (c->all_halted)
		print_text(ctl, "halted",
		    c->tenant_halted ? "all, tenant" : "all", "");
	else if (c->tenant_halted)
		print_text(ctl, "halted", "tenant", "");
}

static void
print_caller(const struct ctl *ctl, const struct toxi_caller *c)
{
	print_text(ctl, "tenant", c->tenant, "(the one without a name)");
	print_text(ctl, "role", c->role, "");
	print_text(
	    ctl, "token", c->token, "(the server asks for none by name)");
	print_text(ctl, "expires", c->expires, "(never)");
	print_number(ctl, "proxies", c->proxies);
	print_number(ctl, "toxics", c->toxics);
	print_halts(ctl, c);
	print_limits(ctl, c);
}

int
cmd_whoami(struct ctl *ctl, struct args *args)
{
	struct toxi_caller *caller;
	struct toxi_error err;

	(void)args;
	if (toxi_whoami(ctl->toxi, &caller, &err) == -1) {
		if (err.code == TOXI_ERR_UNSUPPORTED)
			return fail(ctl, NULL,
			    "%s has no tenants, as Toxiproxy has none: all who "
			    "reach it are the same to it",
			    ctl->server);
		return fail(ctl, &err, "Failed to ask who this is");
	}
	if (ctl->is_json)
		json_out(stdout, json_of_caller(caller));
	else
		print_caller(ctl, caller);
	toxi_caller_free(caller);
	return EXIT_OK;
}

/* SPDX-License-Identifier: ISC */
/* The commands about toxics. */

#include <stdio.h>
#include <string.h>

#include <toxi_watch.h>

#include "build.h"
#include "json.h"
#include "kinds.h"
#include "show.h"
#include "table.h"
#include "toxictl.h"

static const char no_name[] = "Proxy name is missing.";

/* Out of all flags; -1: *code is to be returned. */
static int
build(struct ctl *ctl, const struct args *args, struct toxi_toxic *toxic,
    int *code)
{
	struct build_error error = { .text = "" };
	size_t i;

	for (i = 0; i < args->n_given; i++)
		if (build_take(toxic, &args->given[i], &error) == -1) {
			*code = error.is_as_ever
			    ? fail(ctl, NULL, "%s", error.text)
			    : fail_usage(ctl, error.text);
			build_free(toxic);
			return -1;
		}
	return 0;
}

/* NULL: it has been said that the proxy is not there. */
static struct toxi_proxy *
need_proxy(struct ctl *ctl, const char *name, const char *verb)
{
	struct toxi_proxy *proxy;
	struct toxi_error err;

	if (toxi_proxy_get(ctl->toxi, name, &proxy, &err) == -1)
		fail(ctl, &err,
		    "Failed to %s toxic: failed to retrieve proxy with name "
		    "`%s`",
		    verb, name);
	return proxy;
}

/* ---- of one session's own */

static int
fail_of_session(struct ctl *ctl, const struct toxi_error *err, const char *verb,
    const char *proxy, const char *session)
{
	return fail(ctl, err, "Failed to %s toxic of session %s of proxy '%s'",
	    verb, session, proxy);
}

static void
say_of_session(const struct ctl *ctl, const char *done,
    const struct toxi_toxic *toxic, const char *proxy, const char *session)
{
	if (ctl->is_json)
		json_out(stdout, json_of_toxic(toxic));
	else
		table_say("%s toxic '%s' on session %s of proxy '%s'\n", done,
		    toxic->name, session, proxy);
}

static int
add_to_session(struct ctl *ctl, const char *proxy, const char *session,
    const struct toxi_toxic *toxic)
{
	struct toxi_toxic *added;
	struct toxi_error err;

	if (toxi_proxy_session_toxic_add(
		ctl->toxi, proxy, session, *toxic, &added, &err) == -1) {
		kinds_explain(&err, toxic->type);
		return fail_of_session(ctl, &err, "add", proxy, session);
	}
	say_of_session(ctl, "Added", added, proxy, session);
	toxi_toxic_free(added);
	return EXIT_OK;
}

static int
update_of_session(struct ctl *ctl, const char *proxy, const char *session,
    const struct toxi_toxic *toxic)
{
	struct toxi_toxic *updated;
	struct toxi_error err;

	if (toxi_proxy_session_toxic_update(
		ctl->toxi, proxy, session, *toxic, &updated, &err) == -1)
		return fail_of_session(ctl, &err, "update", proxy, session);
	say_of_session(ctl, "Updated", updated, proxy, session);
	toxi_toxic_free(updated);
	return EXIT_OK;
}

static int
remove_of_session(
    struct ctl *ctl, const char *proxy, const char *session, const char *name)
{
	struct toxi_error err;

	if (toxi_proxy_session_toxic_remove(
		ctl->toxi, proxy, session, name, &err) == -1)
		return fail_of_session(ctl, &err, "remove", proxy, session);
	if (ctl->is_json)
		json_out(stdout,
		    json_pack("{s:s,s:s,s:s}", "proxy", proxy, "session",
			session, "removed", name));
	else
		table_say("Removed toxic '%s' on session %s of proxy '%s'\n",
		    name, session, proxy);
	return EXIT_OK;
}

/* ---- of a proxy */

static int
add(struct ctl *ctl, const char *proxy, const struct toxi_toxic *toxic)
{
	struct toxi_proxy *there;
	struct toxi_toxic *added;
	struct toxi_error err;

	if ((there = need_proxy(ctl, proxy, "add")) == NULL)
		return EXIT_FAILED;
	toxi_proxy_free(there);
	if (toxi_toxic_add(ctl->toxi, proxy, *toxic, &added, &err) == -1) {
		kinds_explain(&err, toxic->type);
		return fail(ctl, &err,
		    "Failed to add toxic: failed to add toxic to proxy %s: "
		    "AddToxic",
		    proxy);
	}
	if (ctl->is_json)
		json_out(stdout, json_of_toxic(added));
	else
		table_say("Added %s %s toxic '%s' on proxy '%s'\n",
		    show_stream(added), added->type, added->name, proxy);
	toxi_toxic_free(added);
	return EXIT_OK;
}

int
cmd_toxic_add(struct ctl *ctl, struct args *args)
{
	const char *type = args_value(args, FLAG_TYPE);
	const char *session = args_value(args, FLAG_SESSION);
	struct toxi_toxic toxic = toxi_toxic(type);
	char error[256];
	int code;

	if (args_word(args) == NULL)
		return fail_missing(ctl, no_name);
	if (type == NULL || *type == '\0')
		return fail_missing(ctl, "Required argument 'type' was empty.");
	if (args_has(args, FLAG_IS_UPSTREAM) &&
	    args_has(args, FLAG_IS_DOWNSTREAM))
		return fail(ctl, NULL,
		    "Only one should be specified: upstream or downstream.");
	if (build(ctl, args, &toxic, &code) == -1)
		return code;
	if (kinds_check(&toxic, error, sizeof(error)) == -1)
		code = fail_usage(ctl, error);
	else if (session != NULL)
		code = add_to_session(ctl, args_word(args), session, &toxic);
	else
		code = add(ctl, args_word(args), &toxic);
	build_free(&toxic);
	return code;
}

/* NULL: there is no toxic of that name, which the server will say. */
static const char *
type_of(const struct toxi_proxy *there, const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < there->toxics.n; i++)
		if (strcmp(there->toxics.list[i].name, name) == 0)
			return there->toxics.list[i].type;
	return NULL;
}

static int
update(struct ctl *ctl, const char *proxy, const struct toxi_toxic *toxic)
{
	const char *name = toxic->name != NULL ? toxic->name : "";
	struct toxi_toxic *updated;
	struct toxi_error err;

	if (toxi_toxic_update(ctl->toxi, proxy, *toxic, &updated, &err) == -1)
		return fail(ctl, &err,
		    "Failed to update toxic: failed to update toxic '%s' of "
		    "proxy '%s'",
		    name, proxy);
	if (ctl->is_json)
		json_out(stdout, json_of_toxic(updated));
	else
		table_say("Updated toxic '%s' on proxy '%s'\n", name, proxy);
	toxi_toxic_free(updated);
	return EXIT_OK;
}

/* What is given means what it means to a toxic of the type that is there. */
static int
build_and_update(struct ctl *ctl, const struct args *args, const char *type)
{
	const char *session = args_value(args, FLAG_SESSION);
	struct toxi_toxic toxic = { .toxicity = TOXI_KEEP, .type = type };
	char error[256];
	int code;

	if (build(ctl, args, &toxic, &code) == -1)
		return code;
	if (kinds_check(&toxic, error, sizeof(error)) == -1)
		code = fail_usage(ctl, error);
	else if (session != NULL)
		code = update_of_session(ctl, args_word(args), session, &toxic);
	else
		code = update(ctl, args_word(args), &toxic);
	build_free(&toxic);
	return code;
}

static int
find_and_update_of_session(
    struct ctl *ctl, const struct args *args, const char *session)
{
	const char *proxy = args_word(args);
	struct toxi_toxic *there;
	struct toxi_error err;
	int code;

	if (toxi_proxy_session_toxic_get(ctl->toxi, proxy, session,
		args_value(args, FLAG_TOXIC_NAME), &there, &err) == -1)
		return fail_of_session(ctl, &err, "update", proxy, session);
	code = build_and_update(ctl, args, there->type);
	toxi_toxic_free(there);
	return code;
}

/* Without a toxicity it stays as it is; toxiproxy-cli makes it 1. */
int
cmd_toxic_update(struct ctl *ctl, struct args *args)
{
	const char *session = args_value(args, FLAG_SESSION);
	struct toxi_proxy *there;
	int code;

	if (args_word(args) == NULL)
		return fail_missing(ctl, no_name);
	if (session != NULL)
		return find_and_update_of_session(ctl, args, session);
	if ((there = need_proxy(ctl, args_word(args), "update")) == NULL)
		return EXIT_FAILED;
	code = build_and_update(
	    ctl, args, type_of(there, args_value(args, FLAG_TOXIC_NAME)));
	toxi_proxy_free(there);
	return code;
}

int
cmd_toxic_remove(struct ctl *ctl, struct args *args)
{
	const char *proxy = args_word(args);
	const char *name = args_value(args, FLAG_TOXIC_NAME);
	struct toxi_proxy *there;
	struct toxi_error err;

	if (proxy == NULL)
		return fail_missing(ctl, no_name);
	if (args_has(args, FLAG_SESSION))
		return remove_of_session(
		    ctl, proxy, args_value(args, FLAG_SESSION), name);
	if ((there = need_proxy(ctl, proxy, "remove")) == NULL)
		return EXIT_FAILED;
	toxi_proxy_free(there);
	if (toxi_toxic_remove(ctl->toxi, proxy, name, &err) == -1)
		return fail(ctl, &err,
		    "Failed to remove toxic: failed to remove toxic '%s' from "
		    "proxy '%s'",
		    name != NULL ? name : "", proxy);
	if (ctl->is_json)
		json_out(stdout,
		    json_pack("{s:s,s:s}", "proxy", proxy, "removed", name));
	else
		table_say("Removed toxic '%s' on proxy '%s'\n", name, proxy);
	return EXIT_OK;
}

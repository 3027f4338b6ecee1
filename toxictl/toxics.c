/* SPDX-License-Identifier: ISC */
/* The commands about toxics. */

#include <stdio.h>

#include "build.h"
#include "json.h"
#include "show.h"
#include "toxictl.h"

static const char no_name[] = "Proxy name is missing.";

/* Out of all flags; -1: *code is to be returned. */
static int
build(struct ctl *ctl, const struct args *args, struct toxi_toxic *toxic,
    int *code)
{
	const char *error;
	size_t i;

	for (i = 0; i < args->n_given; i++)
		if (build_take(toxic, &args->given[i], &error) == -1) {
			*code = fail(ctl, NULL, "%s", error);
			build_free(toxic);
			return -1;
		}
	return 0;
}

/* -1: it has been said that the proxy is not there. */
static int
need_proxy(struct ctl *ctl, const char *name, const char *verb)
{
	struct toxi_error err;

	if (toxi_proxy_get(ctl->toxi, name, NULL, &err) == 0)
		return 0;
	fail(ctl, &err,
	    "Failed to %s toxic: failed to retrieve proxy with name `%s`", verb,
	    name);
	return -1;
}

static int
add(struct ctl *ctl, const char *proxy, const struct toxi_toxic *toxic)
{
	struct toxi_toxic *added;
	struct toxi_error err;

	if (need_proxy(ctl, proxy, "add") == -1)
		return EXIT_FAILED;
	if (toxi_toxic_add(ctl->toxi, proxy, *toxic, &added, &err) == -1)
		return fail(ctl, &err,
		    "Failed to add toxic: failed to add toxic to proxy %s: "
		    "AddToxic",
		    proxy);
	if (ctl->is_json)
		json_out(stdout, json_of_toxic(added));
	else
		printf("Added %s %s toxic '%s' on proxy '%s'\n",
		    show_stream(added), added->type, added->name, proxy);
	toxi_toxic_free(added);
	return EXIT_OK;
}

int
cmd_toxic_add(struct ctl *ctl, struct args *args)
{
	const char *type = args_value(args, FLAG_TYPE);
	struct toxi_toxic toxic = toxi_toxic(type);
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
	code = add(ctl, args_word(args), &toxic);
	build_free(&toxic);
	return code;
}

static int
update(struct ctl *ctl, const char *proxy, const struct toxi_toxic *toxic)
{
	const char *name = toxic->name != NULL ? toxic->name : "";
	struct toxi_toxic *updated;
	struct toxi_error err;

	if (need_proxy(ctl, proxy, "update") == -1)
		return EXIT_FAILED;
	if (toxi_toxic_update(ctl->toxi, proxy, *toxic, &updated, &err) == -1)
		return fail(ctl, &err,
		    "Failed to update toxic: failed to update toxic '%s' of "
		    "proxy '%s'",
		    name, proxy);
	if (ctl->is_json)
		json_out(stdout, json_of_toxic(updated));
	else
		printf("Updated toxic '%s' on proxy '%s'\n", name, proxy);
	toxi_toxic_free(updated);
	return EXIT_OK;
}

/* Without a toxicity it stays as it is; toxiproxy-cli makes it 1. */
int
cmd_toxic_update(struct ctl *ctl, struct args *args)
{
	struct toxi_toxic toxic = { .toxicity = TOXI_KEEP };
	int code;

	if (args_word(args) == NULL)
		return fail_missing(ctl, no_name);
	if (build(ctl, args, &toxic, &code) == -1)
		return code;
	code = update(ctl, args_word(args), &toxic);
	build_free(&toxic);
	return code;
}

int
cmd_toxic_remove(struct ctl *ctl, struct args *args)
{
	const char *proxy = args_word(args);
	const char *name = args_value(args, FLAG_TOXIC_NAME);
	struct toxi_error err;

	if (proxy == NULL)
		return fail_missing(ctl, no_name);
	if (need_proxy(ctl, proxy, "remove") == -1)
		return EXIT_FAILED;
	if (toxi_toxic_remove(ctl->toxi, proxy, name, &err) == -1)
		return fail(ctl, &err,
		    "Failed to remove toxic: failed to remove toxic '%s' from "
		    "proxy '%s'",
		    name != NULL ? name : "", proxy);
	if (ctl->is_json)
		json_out(stdout,
		    json_pack("{s:s,s:s}", "proxy", proxy, "removed", name));
	else
		printf("Removed toxic '%s' on proxy '%s'\n", name, proxy);
	return EXIT_OK;
}

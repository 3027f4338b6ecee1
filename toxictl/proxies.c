/* SPDX-License-Identifier: ISC */
/* The commands about proxies, and all of them at once. */

#include <stdio.h>

#include <toxi_watch.h>

#include "json.h"
#include "show.h"
#include "table.h"
#include "toxictl.h"
#include "ttl.h"

static const char no_name[] = "Proxy name is required as the first argument.";

int
cmd_list(struct ctl *ctl, struct args *args)
{
	struct toxi_proxies *proxies;
	struct toxi_error err;

	(void)args;
	if (toxi_proxy_list(ctl->toxi, &proxies, &err) == -1)
		return fail(ctl, &err, "Failed to retrieve proxies");
	if (ctl->is_json)
		json_out(stdout, json_of_proxies(proxies));
	else
		show_proxies(ctl, proxies);
	toxi_proxies_free(proxies);
	return EXIT_OK;
}

/* NULL: it has been said why, and *code is to be returned. */
static struct toxi_proxy *
get_proxy(struct ctl *ctl, const struct args *args, int *code)
{
	struct toxi_proxy *proxy;
	struct toxi_error err;

	if (args_word(args) == NULL) {
		*code = fail_missing(ctl, no_name);
		return NULL;
	}
	if (toxi_proxy_get(ctl->toxi, args_word(args), &proxy, &err) == -1)
		*code = fail(
		    ctl, &err, "Failed to retrieve proxy %s", args_word(args));
	return proxy;
}

static int
inspect_session(struct ctl *ctl, const char *proxy, const char *session)
{
	struct toxi_toxics *toxics;
	struct toxi_error err;

	if (proxy == NULL)
		return fail_missing(ctl, no_name);
	if (toxi_proxy_session_toxic_list(
		ctl->toxi, proxy, session, &toxics, &err) == -1)
		return fail(ctl, &err,
		    "Failed to retrieve toxics of session %s of proxy %s",
		    session, proxy);
	if (ctl->is_json)
		json_out(stdout, json_of_toxics(toxics));
	else
		show_own_toxics(ctl, toxics);
	toxi_toxics_free(toxics);
	return EXIT_OK;
}

int
cmd_inspect(struct ctl *ctl, struct args *args)
{
	const char *session = args_value(args, FLAG_SESSION);
	struct toxi_proxy *proxy;
	int code = EXIT_FAILED;

	if (session != NULL)
		return inspect_session(ctl, args_word(args), session);
	if ((proxy = get_proxy(ctl, args, &code)) == NULL)
		return code;
	if (ctl->is_json)
		json_out(stdout, json_of_proxy(proxy));
	else
		show_proxy(ctl, proxy);
	toxi_proxy_free(proxy);
	return EXIT_OK;
}

int
cmd_create(struct ctl *ctl, struct args *args)
{
	struct toxi_proxy wanted = {
		.name = args_word(args),
		.listen = args_value(args, FLAG_LISTEN),
		.upstream = args_value(args, FLAG_UPSTREAM),
		.state = args_has(args, FLAG_DISABLED) ? TOXI_DISABLED
						       : TOXI_ENABLED,
	};
	const char *ttl = args_value(args, FLAG_TTL);
	struct toxi_proxy *made;
	struct toxi_error err;

	if (wanted.name == NULL)
		return fail_missing(ctl, no_name);
	if (wanted.listen == NULL || *wanted.listen == '\0')
		return fail_missing(
		    ctl, "Required argument 'listen' was empty.");
	if (wanted.upstream == NULL || *wanted.upstream == '\0')
		return fail_missing(
		    ctl, "Required argument 'upstream' was empty.");
	if (ttl != NULL && (wanted.ttl_ms = ttl_of_text(ttl)) == -1)
		return fail_usage(ctl, ttl_wanted);
	if (toxi_proxy_create(ctl->toxi, &wanted, &made, &err) == -1)
		return fail(ctl, &err, "Failed to create proxy: Create");
	if (ctl->is_json)
		json_out(stdout, json_of_proxy(made));
	else
		table_say("Created new proxy %s\n", made->name);
	toxi_proxy_free(made);
	return EXIT_OK;
}

static void
tell_state(const struct ctl *ctl, const char *name, int is_enabled)
{
	enum colour colour = is_enabled ? GREEN : RED;
	const char *start = table_colour(colour, ctl->is_coloured);
	const char *end = table_colour(PLAIN, ctl->is_coloured);

	if (ctl->is_json) {
		json_out(stdout,
		    json_pack(
			"{s:s,s:b}", "name", name, "enabled", is_enabled));
		return;
	}
	printf("Proxy %s", start);
	table_say("%s", name);
	printf("%s is now %s%s%s\n", end, start,
	    is_enabled ? "enabled" : "disabled", end);
}

static int
set_state(struct ctl *ctl, const char *name, int is_enabled, const char *verb)
{
	struct toxi_error err;
	int rc;

	rc = is_enabled ? toxi_proxy_enable(ctl->toxi, name, &err)
			: toxi_proxy_disable(ctl->toxi, name, &err);
	if (rc == -1)
		return fail(ctl, &err, "Failed to %s proxy %s", verb, name);
	tell_state(ctl, name, is_enabled);
	return EXIT_OK;
}

int
cmd_toggle(struct ctl *ctl, struct args *args)
{
	struct toxi_proxy *proxy;
	int code = EXIT_FAILED;

	if ((proxy = get_proxy(ctl, args, &code)) == NULL)
		return code;
	code =
	    set_state(ctl, proxy->name, proxy->state != TOXI_ENABLED, "toggle");
	toxi_proxy_free(proxy);
	return code;
}

int
cmd_enable(struct ctl *ctl, struct args *args)
{
	if (args_word(args) == NULL)
		return fail_usage(ctl, no_name);
	return set_state(ctl, args_word(args), 1, "enable");
}

int
cmd_disable(struct ctl *ctl, struct args *args)
{
	if (args_word(args) == NULL)
		return fail_usage(ctl, no_name);
	return set_state(ctl, args_word(args), 0, "disable");
}

int
cmd_delete(struct ctl *ctl, struct args *args)
{
	struct toxi_proxy *proxy;
	struct toxi_error err;
	int code = EXIT_FAILED;

	if ((proxy = get_proxy(ctl, args, &code)) == NULL)
		return code;
	code = EXIT_OK;
	if (toxi_proxy_delete(ctl->toxi, proxy->name, &err) == -1)
		code = fail(ctl, &err, "Failed to delete proxy");
	else if (ctl->is_json)
		json_out(stdout, json_pack("{s:s}", "deleted", proxy->name));
	else
		table_say("Deleted proxy %s\n", proxy->name);
	toxi_proxy_free(proxy);
	return code;
}

int
cmd_reset(struct ctl *ctl, struct args *args)
{
	struct toxi_error err;

	(void)args;
	if (toxi_reset(ctl->toxi, &err) == -1)
		return fail(ctl, &err, "Failed to reset");
	if (ctl->is_json)
		json_out(stdout, json_pack("{s:b}", "reset", 1));
	else
		puts("All proxies are enabled, without toxics");
	return EXIT_OK;
}

/* SPDX-License-Identifier: ISC */
/* The command that sets a proxy's connect. */

#include <stdlib.h>

#include "connect.h"
#include "json.h"
#include "table.h"
#include "toxictl.h"
#include "ttl.h"

static const char wanted[] =
    "one of --refuse, --blackhole, --accept-delay and --reset, or "
    "--dial-delay, --dial-fail and --syn-loss, or --clear alone, is wanted";

static int
take_time(const char *text, int64_t *ms)
{
	if (text == NULL)
		return 0;
	*ms = ttl_of_text(text);
	return *ms > 0 ? 0 : -1;
}

static int
take_share(const char *text, double *share)
{
	char *end;

	if (text == NULL)
		return 0;
	*share = strtod(text, &end);
	return end != text && *end == '\0' && *share > 0 && *share <= 1 ? 0
									: -1;
}

/* NULL, or what is wrong with it. */
static const char *
take_flags(const struct args *args, struct toxi_connect *c)
{
	const char *delay = args_value(args, FLAG_ACCEPT_DELAY);
	const char *fail = args_value(args, FLAG_DIAL_FAIL);
	const int is_refuse = args_has(args, FLAG_REFUSE);
	const int is_hole = args_has(args, FLAG_BLACKHOLE);
	const int is_reset = args_has(args, FLAG_MODE_RESET);
	const int nmodes = is_refuse + is_hole + is_reset + (delay != NULL);

	if (take_time(delay, &c->delay_ms) == -1 ||
	    take_time(args_value(args, FLAG_DIAL_DELAY), &c->dial_delay_ms) ==
		-1)
		return "a time is wanted: 500ms, 2s, 1m";
	if (take_share(args_value(args, FLAG_SYN_LOSS), &c->syn_loss) == -1)
		return "--syn-loss is a share above 0, and at most 1";
	c->mode = is_refuse ? TOXI_CONNECT_REFUSE
	    : is_hole       ? TOXI_CONNECT_BLACKHOLE
	    : is_reset      ? TOXI_CONNECT_RESET
	    : delay != NULL ? TOXI_CONNECT_ACCEPT_DELAY
			    : TOXI_CONNECT_USUAL;
	c->dial_fail = fail != NULL ? connect_fail_of(fail) : TOXI_DIAL_USUAL;
	if (fail != NULL && c->dial_fail == TOXI_DIAL_USUAL)
		return "--dial-fail is refused, unreachable or timeout";
	if (nmodes > 1 || connect_same(c, NULL) != args_has(args, FLAG_CLEAR))
		return wanted;
	return NULL;
}

int
cmd_connect(struct ctl *ctl, struct args *args)
{
	struct toxi_connect c = { .mode = TOXI_CONNECT_USUAL };
	const struct toxi_proxy change = { .name = args_word(args),
		.connect = &c };
	char text[CONNECT_TEXT_MAX];
	struct toxi_proxy *proxy;
	struct toxi_error err;
	const char *why;

	if (change.name == NULL)
		return fail_usage(ctl, "a PROXY is wanted");
	if ((why = take_flags(args, &c)) != NULL)
		return fail_usage(ctl, why);
	if (toxi_proxy_update(ctl->toxi, &change, &proxy, &err) == -1)
		return fail(
		    ctl, &err, "Failed to change proxy %s", change.name);
	if (ctl->is_json)
		json_out(stdout, json_of_proxy(proxy));
	else
		table_say("Connect of proxy %s is now %s\n", proxy->name,
		    connect_text(proxy->connect, text));
	toxi_proxy_free(proxy);
	return EXIT_OK;
}

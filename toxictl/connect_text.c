/* SPDX-License-Identifier: ISC */
/* A proxy's connect, as people and files write it. */

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "config_kinds.h"
#include "connect.h"

#define TIME_MAX 32
#define NITEMS(list) (sizeof(list) / sizeof((list)[0]))

static const char *const modes[] = {
	[TOXI_CONNECT_USUAL] = "",
	[TOXI_CONNECT_REFUSE] = "refuse",
	[TOXI_CONNECT_BLACKHOLE] = "blackhole",
	[TOXI_CONNECT_ACCEPT_DELAY] = "accept_delay",
	[TOXI_CONNECT_RESET] = "reset",
	[TOXI_CONNECT_OTHER] = "?",
};

static const char *const fails[] = {
	[TOXI_DIAL_USUAL] = "",
	[TOXI_DIAL_REFUSED] = "refused",
	[TOXI_DIAL_UNREACHABLE] = "unreachable",
	[TOXI_DIAL_TIMEOUT] = "timeout",
	[TOXI_DIAL_OTHER] = "?",
};

/* The one that a word is, and not the first or the last; 0: none. */
static unsigned int
which(const char *const *words, size_t n, const char *word)
{
	unsigned int i;

	for (i = 1; i + 1 < n; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return 0;
}

/* ---- for people */

static void
ms_text(int64_t ms, char text[TIME_MAX])
{
	snprintf(text, TIME_MAX, "%lldms", (long long)ms);
}

static void
dial_text(const struct toxi_connect *c, char *text, size_t size)
{
	char after[TIME_MAX] = "";

	text[0] = '\0';
	if (c->dial_delay_ms != 0)
		ms_text(c->dial_delay_ms, after);
	if (c->dial_fail == TOXI_DIAL_USUAL && *after == '\0')
		return;
	snprintf(text, size, "dial%s%s%s%s",
	    c->dial_fail != TOXI_DIAL_USUAL ? " " : "", fails[c->dial_fail],
	    *after != '\0' ? " after " : "", after);
}

const char *
connect_text(const struct toxi_connect *c, char text[CONNECT_TEXT_MAX])
{
	static const struct toxi_connect usual;
	char delay[TIME_MAX] = "", dial[96], lost[48] = "";

	if (c == NULL)
		c = &usual;
	if (c->mode == TOXI_CONNECT_ACCEPT_DELAY)
		ms_text(c->delay_ms, delay);
	dial_text(c, dial, sizeof(dial));
	if (c->syn_loss > 0)
		snprintf(lost, sizeof(lost), "first packets lost %g%%",
		    c->syn_loss * 100);
	snprintf(text, CONNECT_TEXT_MAX, "%s%s%s%s%s%s%s", modes[c->mode],
	    *delay != '\0' ? " " : "", delay,
	    c->mode != TOXI_CONNECT_USUAL && *dial != '\0' ? ", " : "", dial,
	    *lost != '\0' && (c->mode != TOXI_CONNECT_USUAL || *dial != '\0')
		? ", "
		: "",
	    lost);
	if (*text == '\0')
		snprintf(text, CONNECT_TEXT_MAX, "usual");
	return text;
}

/* ---- in JSON */

int
connect_same(const struct toxi_connect *a, const struct toxi_connect *b)
{
	static const struct toxi_connect usual;

	if (a == NULL)
		a = &usual;
	if (b == NULL)
		b = &usual;
	return a->mode == b->mode && a->dial_fail == b->dial_fail &&
	    a->delay_ms == b->delay_ms &&
	    a->dial_delay_ms == b->dial_delay_ms &&
	    !(a->syn_loss < b->syn_loss || a->syn_loss > b->syn_loss);
}

json_t *
json_of_connect(const struct toxi_connect *c)
{
	json_t *object = json_object();

	if (c->mode != TOXI_CONNECT_USUAL)
		json_object_set_new(
		    object, "mode", json_string(modes[c->mode]));
	if (c->delay_ms != 0)
		json_object_set_new(object, "delay", json_integer(c->delay_ms));
	if (c->dial_delay_ms != 0)
		json_object_set_new(
		    object, "dial_delay", json_integer(c->dial_delay_ms));
	if (c->dial_fail != TOXI_DIAL_USUAL)
		json_object_set_new(
		    object, "dial_fail", json_string(fails[c->dial_fail]));
	if (c->syn_loss > 0)
		json_object_set_new(object, "syn_loss", json_real(c->syn_loss));
	return object;
}

static int
take_ms(const json_t *value, int64_t *ms)
{
	if (!config_is_integer(value))
		return -1;
	*ms = config_integer(value);
	return 0;
}

static int
take_word(const char *const *words, size_t n, const json_t *value,
    unsigned int *number)
{
	*number = json_is_string(value)
	    ? which(words, n, json_string_value(value))
	    : 0;
	return *number != 0 ? 0 : -1;
}

static const char members[] =
    "\"connect\" has mode, delay, dial_delay, dial_fail and syn_loss";

/* *why is what it should have been, where it is not. */
static int
take_member(struct toxi_connect *c, const char *key, const json_t *value,
    const char **why)
{
	unsigned int n = 0;
	int rc;

	if (strcasecmp(key, "mode") == 0) {
		*why = "a mode is refuse, blackhole, accept_delay or reset";
		rc = take_word(modes, NITEMS(modes), value, &n);
		c->mode = (enum toxi_connect_mode)n;
		return rc;
	}
	if (strcasecmp(key, "dial_fail") == 0) {
		*why = "a dial_fail is refused, unreachable or timeout";
		rc = take_word(fails, NITEMS(fails), value, &n);
		c->dial_fail = (enum toxi_dial_fail)n;
		return rc;
	}
	if (strcasecmp(key, "syn_loss") == 0) {
		*why = "a syn_loss is a number";
		c->syn_loss = json_number_value(value) + 0.0;
		return json_is_number(value) ? 0 : -1;
	}
	*why = "a delay, or a dial_delay, is a number of milliseconds";
	if (strcasecmp(key, "delay") == 0)
		return take_ms(value, &c->delay_ms);
	if (strcasecmp(key, "dial_delay") == 0)
		return take_ms(value, &c->dial_delay_ms);
	*why = members;
	return -1;
}

static int
take_members(struct toxi_connect *c, json_t *json, const char **why)
{
	const char *key;
	json_t *value;

	json_object_foreach(json, key, value)
	{
		if (!json_is_null(value) &&
		    take_member(c, key, value, why) == -1)
			return -1;
	}
	return 0;
}

int
connect_of_proxy(json_t *proxy, struct toxi_connect *c, const char **why)
{
	json_t *value, *connect = NULL;
	const char *key;

	memset(c, 0, sizeof(*c));
	json_object_foreach(proxy, key, value)
	{
		if (strcasecmp(key, "connect") == 0)
			connect = value;
	}
	if (connect == NULL)
		return 0;
	*why = members;
	if (!json_is_object(connect) && !json_is_null(connect))
		return -1;
	return take_members(c, connect, why) == 0 ? 1 : -1;
}

enum toxi_dial_fail
connect_fail_of(const char *word)
{
	return (enum toxi_dial_fail)which(fails, NITEMS(fails), word);
}

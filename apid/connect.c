/* SPDX-License-Identifier: ISC */
/* See connect.h. */

#include <inttypes.h>
#include <string.h>

#include "connect.h"
#include "nitems.h"

/* What is meant to be there and is not would be missed by nobody. */
static const char *const names[] = {
#define X(name, says) #name,
	CONNECT_MEMBERS(X)
#undef X
};
static const struct keys keys = { names, nitems(names) };

/* ---- in */

static int
refuse(const struct object *o, const char *key, const char *why)
{
	struct path path = path_of(o->path, key);

	return invalid(path.text, path.text, why, o->f);
}

/* One of some words, as number_of() has them. */
static int
get_word(const struct object *o, const char *key,
    int (*number_of)(const char *), const char *wanted, uint8_t *value)
{
	char word[32] = "";
	int given, number;

	if (get_text(o, key, word, sizeof(word) - 1, &given) == -1)
		return -1;
	if (!given)
		return 0;
	if ((number = number_of(word)) == -1)
		return refuse(o, key, wanted);
	*value = (uint8_t)number;
	return 0;
}

/* least: 1, or 0 where none is as good as one of 0. */
static int
get_ms(const struct object *o, const char *key, int least, uint32_t *ms,
    int *given)
{
	struct path path = path_of(o->path, key);
	json_t *v = member(o->json, key);
	int64_t value;
	char why[64];

	*given = v != NULL;
	if (v == NULL)
		return 0;
	if (get_integer(v, path.text, &value, o->f) == -1)
		return -1;
	if (value < least || value > CONNECT_DELAY_MAX) {
		snprintf(why, sizeof(why), "must be from %d to %d (ms)", least,
		    CONNECT_DELAY_MAX);
		return refuse(o, key, why);
	}
	*ms = (uint32_t)value;
	return 0;
}

static int
get_share(const struct object *o, const char *key, double *share)
{
	struct path path = path_of(o->path, key);
	json_t *v = member(o->json, key);

	if (v == NULL)
		return 0;
	if (!json_is_number(v))
		return mismatch(path.text, "a number", v, o->f);
	*share = json_number_value(v) + 0.0; /* -0 is 0 */
	return *share >= 0 && *share <= 1
	    ? 0
	    : refuse(o, key, "must be from 0 to 1");
}

static int
get_members(const struct object *o, struct connect_spec *c)
{
	int has_delay, given;

	if (refuse_unknown(o, &keys, "connect has no member") == -1 ||
	    get_word(o, "mode", connect_mode_of,
		"must be refuse, blackhole, accept_delay or reset",
		&c->mode) == -1 ||
	    get_ms(o, "delay", 1, &c->delay, &has_delay) == -1 ||
	    get_ms(o, "dial_delay", 0, &c->dial_delay, &given) == -1 ||
	    get_word(o, "dial_fail", dial_fail_of,
		"must be refused, unreachable or timeout",
		&c->dial_fail) == -1 ||
	    get_share(o, "syn_loss", &c->syn_loss) == -1)
		return -1;
	if (has_delay && c->mode != CONNECT_ACCEPT_DELAY)
		return refuse(o, "delay", "only the mode accept_delay has one");
	if (!has_delay && c->mode == CONNECT_ACCEPT_DELAY)
		return refuse(o, "delay", "the mode accept_delay needs one");
	return 0;
}

/* The last of them; null, too. */
static json_t *
find(json_t *proxy)
{
	json_t *v, *found = NULL;
	const char *key;

	json_object_foreach(proxy, key, v)
	{
		if (strcasecmp(key, "connect") == 0)
			found = v;
	}
	return found;
}

int
get_connect(const struct object *o, struct connect_spec *c, int *given)
{
	const struct path path = path_of(o->path, "connect");
	struct object in = { find(o->json), path.text, o->f };

	*c = connect_usual;
	*given = in.json != NULL;
	if (in.json == NULL)
		return 0;
	if (expect_object(in.json, in.path, in.f) == -1)
		return -1;
	return json_is_null(in.json) ? 0 : get_members(&in, c);
}

/* ---- out */

void
encode_connect(FILE *f, const struct connect_spec *c)
{
	const char *comma = "";

	if (connect_is_usual(c))
		return;
	fputs(",\"connect\":{", f);
	if (c->mode != CONNECT_USUAL) {
		fprintf(f, "\"mode\":\"%s\"", connect_mode_word(c->mode));
		comma = ",";
	}
	if (c->delay > 0)
		fprintf(f, "%s\"delay\":%" PRIu32, comma, c->delay);
	if (c->dial_delay > 0) {
		fprintf(f, "%s\"dial_delay\":%" PRIu32, comma, c->dial_delay);
		comma = ",";
	}
	if (c->dial_fail != DIAL_FAILS_NOT) {
		fprintf(f, "%s\"dial_fail\":\"%s\"", comma,
		    dial_fail_word(c->dial_fail));
		comma = ",";
	}
	if (c->syn_loss > 0) {
		fprintf(f, "%s\"syn_loss\":", comma);
		encode_double(f, c->syn_loss);
	}
	fputc('}', f);
}

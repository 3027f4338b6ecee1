/* SPDX-License-Identifier: ISC */
/*
 * What proxies and toxics have done, out of JSON that somebody else wrote.  The
 * result keeps that JSON, and its text points into it.
 */

#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "failure.h"
#include "stats.h"

struct stats_result {
	struct toxi_stats stats; /* the first member: freed by its address */
	struct toxi_toxic_stats *toxics; /* the same, as ours */
	json_t *kept;
};

static int64_t
number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static int
fill_toxic(
    struct toxi_toxic_stats *t, const json_t *json, struct toxi_error *err)
{
	const char *stream = decode_text(json, "stream");

	t->name = decode_text(json, "name");
	t->type = decode_text(json, "type");
	if (t->name == NULL || t->type == NULL || stream == NULL)
		return fail(err, TOXI_ERR_PROTOCOL,
		    "the answer does not say what a toxic has done");
	t->stream =
	    strcmp(stream, "upstream") == 0 ? TOXI_UPSTREAM : TOXI_DOWNSTREAM;
	t->hits = number(json, "hits");
	t->delayed_bytes = number(json, "delayed_bytes");
	t->dropped_bytes = number(json, "dropped_bytes");
	return 0;
}

static int
fill(struct stats_result *r, const json_t *json, struct toxi_error *err)
{
	const json_t *toxics = json_object_get(json, "toxics");
	size_t i, n = json_array_size(toxics);

	if ((r->stats.name = decode_text(json, "name")) == NULL ||
	    !json_is_array(toxics))
		return fail(err, TOXI_ERR_PROTOCOL,
		    "the answer does not say what a proxy has done");
	if ((r->toxics = calloc(n + 1, sizeof(*r->toxics))) == NULL)
		return fail_nomem(err);
	r->stats.sessions = number(json, "sessions");
	r->stats.open_sessions = number(json, "open_sessions");
	r->stats.ended_sessions = number(json, "ended_sessions");
	r->stats.dial_failures = number(json, "dial_failures");
	r->stats.toxics = r->toxics;
	r->stats.n_toxics = n;
	for (i = 0; i < n; i++) {
		if (fill_toxic(&r->toxics[i], json_array_get(toxics, i), err) ==
		    -1)
			return -1;
	}
	return 0;
}

void
stats_free(struct toxi_stats *stats)
{
	struct stats_result *r = (struct stats_result *)stats;

	if (r == NULL)
		return;
	json_decref(r->kept);
	free(r->toxics);
	free(r);
}

struct toxi_stats *
stats_decode(json_t *json, struct toxi_error *err)
{
	struct stats_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	r->kept = json_incref(json);
	if (fill(r, json, err) == 0)
		return &r->stats;
	stats_free(&r->stats);
	return NULL;
}

struct toxi_waited *
waited_decode(const json_t *json, struct toxi_error *err)
{
	struct toxi_waited *w;

	if (!json_is_integer(json_object_get(json, "reached")) ||
	    !json_is_integer(json_object_get(json, "wanted"))) {
		fail(err, TOXI_ERR_PROTOCOL,
		    "the answer does not say how far it came");
		return NULL;
	}
	if ((w = calloc(1, sizeof(*w))) == NULL) {
		fail_nomem(err);
		return NULL;
	}
	w->reached = number(json, "reached");
	w->wanted = number(json, "wanted");
	return w;
}

void
waited_free(struct toxi_waited *waited)
{
	free(waited);
}

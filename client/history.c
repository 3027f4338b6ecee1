/* SPDX-License-Identifier: ISC */
/* See history.h.  The result keeps the JSON, and its texts point into it. */

#include <stdlib.h>

#include "decode.h"
#include "failure.h"
#include "history.h"

struct history_result {
	struct toxi_history
	    history; /* the first member: freed by its address */
	struct toxi_history_entry *list; /* the same, as ours */
	size_t n;                        /* whose .json is ours */
	json_t *kept;
};

static int
fill_one(
    struct toxi_history_entry *h, const json_t *json, struct toxi_error *err)
{
	const json_t *id = json_object_get(json, "id");

	h->kind = decode_text(json, "event");
	if (h->kind == NULL || !json_is_integer(id))
		return fail(err, TOXI_ERR_PROTOCOL,
		    "the answer has an event without an id or a kind");
	h->id = (uint64_t)json_integer_value(id);
	h->at = decode_text(json, "at");
	h->tenant = decode_text(json, "tenant");
	h->proxy = decode_text(json, "proxy");
	h->toxic = decode_text(json, "toxic");
	return 0;
}

static int
fill(struct history_result *r, const json_t *json, struct toxi_error *err)
{
	const json_t *events = json_object_get(json, "events");
	const json_t *last = json_object_get(json, "last");
	const size_t n = json_array_size(events);
	char *text;

	if (!json_is_array(events) || !json_is_integer(last))
		return fail(err, TOXI_ERR_PROTOCOL,
		    "the answer does not say what has happened");
	if ((r->list = calloc(n + 1, sizeof(*r->list))) == NULL)
		return fail_nomem(err);
	for (; r->n < n; r->n++) {
		if (fill_one(&r->list[r->n], json_array_get(events, r->n),
			err) == -1)
			return -1;
		text = decode_dump(json_array_get(events, r->n));
		if (text == NULL)
			return fail_nomem(err);
		r->list[r->n].json = text;
	}
	r->history.list = r->list;
	r->history.n = n;
	r->history.last = (uint64_t)json_integer_value(last);
	return 0;
}

void
history_free(struct toxi_history *history)
{
	struct history_result *r = (struct history_result *)history;
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->n; i++)
		free((char *)(uintptr_t)r->list[i].json);
	json_decref(r->kept);
	free(r->list);
	free(r);
}

struct toxi_history *
history_decode(json_t *json, struct toxi_error *err)
{
	struct history_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	r->kept = json_incref(json);
	if (fill(r, json, err) == 0)
		return &r->history;
	history_free(&r->history);
	return NULL;
}

/* SPDX-License-Identifier: ISC */
/*
 * How proxies are, out of JSON that somebody else wrote.  Each result keeps
 * that JSON, and its text points into it.
 */

#include <stdlib.h>

#include "decode.h"
#include "failure.h"
#include "health.h"

struct health_result {
	struct toxi_health health; /* the first member: freed by its address */
	json_t *kept;
};

struct healths_result {
	struct toxi_healths healths;
	struct toxi_health *list; /* the same, as ours */
	json_t *kept;
};

/* Of a server that does not count it: 0. */
static int64_t
number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void
fill_bytes(struct toxi_health *h, const json_t *bytes, const char *key,
    enum toxi_stream stream)
{
	const json_t *direction = json_object_get(bytes, key);

	h->received[stream] = number(direction, "received");
	h->sent[stream] = number(direction, "sent");
}

static int
fill(struct toxi_health *h, const json_t *json, struct toxi_error *err)
{
	const json_t *bytes = json_object_get(json, "bytes");
	const json_t *error = json_object_get(json, "last_dial_error");

	if ((h->name = decode_text(json, "name")) == NULL)
		return fail(err, TOXI_ERR_PROTOCOL,
		    "the answer does not say how a proxy is");
	h->state = json_is_true(json_object_get(json, "enabled"))
	    ? TOXI_ENABLED
	    : TOXI_DISABLED;
	h->open_sessions = number(json, "open_sessions");
	h->sessions = number(json, "sessions");
	fill_bytes(h, bytes, "upstream", TOXI_UPSTREAM);
	fill_bytes(h, bytes, "downstream", TOXI_DOWNSTREAM);
	h->held_bytes = number(json, "held_bytes");
	h->dial_failures = number(json, "dial_failures");
	h->dial_error = decode_text(error, "text");
	h->dial_error_time = decode_text(error, "time");
	h->worker_restarts = number(json, "worker_restarts");
	return 0;
}

void
health_free(struct toxi_health *health)
{
	struct health_result *r = (struct health_result *)health;

	if (r == NULL)
		return;
	json_decref(r->kept);
	free(r);
}

void
healths_free(struct toxi_healths *healths)
{
	struct healths_result *r = (struct healths_result *)healths;

	if (r == NULL)
		return;
	json_decref(r->kept);
	free(r->list);
	free(r);
}

struct toxi_health *
health_decode(json_t *json, struct toxi_error *err)
{
	struct health_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	r->kept = json_incref(json);
	if (fill(&r->health, json, err) == 0)
		return &r->health;
	health_free(&r->health);
	return NULL;
}

struct toxi_healths *
healths_decode(json_t *json, struct toxi_error *err)
{
	struct healths_result *r = calloc(1, sizeof(*r));
	size_t room = json_object_size(json) + 1;
	struct toxi_health *health;
	const char *name;
	json_t *value;

	if (r == NULL || (r->list = calloc(room, sizeof(*r->list))) == NULL) {
		free(r);
		fail_nomem(err);
		return NULL;
	}
	r->kept = json_incref(json);
	r->healths.list = r->list;
	/* Of all tenants' proxies only the key says whose each is. */
	json_object_foreach(json, name, value)
	{
		health = &r->list[r->healths.n++];
		if (fill(health, value, err) == -1) {
			healths_free(&r->healths);
			return NULL;
		}
		health->name = name;
	}
	return &r->healths;
}

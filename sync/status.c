/* SPDX-License-Identifier: ISC */
/* A node's status, as JSON. */

#include <stdlib.h>
#include <string.h>

#include "etcd.h"
#include "must.h"
#include "options.h"
#include "status.h"
#include "times.h"

/* What is beyond is not told of: etcd takes no larger value. */
#define PROXIES_BYTES_MAX (ETCD_REQUEST_MAX / 2) /* as base64 it is more */
#define PROXY_BYTES 48                           /* of JSON around its texts */

void
status_clear_error(struct status *s)
{
	free(s->error);
	s->error = NULL;
	s->error_revision = 0;
	faults_free(&s->faults);
}

void
status_set_error(struct status *s, int64_t revision, const char *message)
{
	char *text = must(strndup(message, 512));

	free(s->error);
	s->error = text;
	s->error_revision = revision;
}

void
status_free(struct status *s)
{
	status_clear_error(s);
	free(s->applied_at);
	json_decref(s->proxies);
	memset(s, 0, sizeof(*s));
}

void
status_set_applied(struct status *s, int64_t revision, const json_t *reply)
{
	const char *at =
	    json_string_value(json_object_get(reply, "applied_at"));
	const json_t *each;
	char now[TIMES_SIZE];
	size_t i;

	s->applied = revision;
	free(s->applied_at);
	s->applied_at = must(strdup(at != NULL ? at : times_now(now)));
	json_decref(s->proxies);
	s->proxies = must(json_object());
	json_array_foreach(json_object_get(reply, "proxies"), i, each)
	{
		const char *name =
		    json_string_value(json_object_get(each, "name"));
		json_t *listen = json_object_get(each, "listen"),
		       *upstream = json_object_get(each, "upstream");

		if (name == NULL || listen == NULL)
			continue;
		json_object_set_new(s->proxies, name,
		    json_pack(
			"{s:O, s:O?}", "listen", listen, "upstream", upstream));
	}
}

/* ---- its text */

static json_t *
text_or_null(const char *text)
{
	json_t *value = text != NULL ? json_string(text) : json_null();

	/* one that is not UTF-8 cannot be said */
	return value != NULL ? value : json_string("?");
}

static void
put_text(json_t *object, const char *name, const char *text)
{
	if (text != NULL)
		json_object_set_new(object, name, text_or_null(text));
}

static json_t *
faults(const struct faults *faults)
{
	json_t *list = must(json_array()), *each;
	const struct fault *f;
	size_t i;

	for (i = 0; i < faults->n; i++) {
		f = &faults->fault[i];
		each = must(json_object());
		put_text(each, "item", f->item);
		put_text(each, "name", f->name);
		put_text(each, "field", f->field);
		put_text(each, "error", f->error);
		put_text(each, "source", f->source);
		put_text(each, "key", f->key);
		json_array_append_new(list, each);
	}
	return list;
}

static json_t *
error(const struct status *s)
{
	json_t *object;

	if (s->error == NULL)
		return json_null();
	object = must(json_object());
	json_object_set_new(
	    object, "revision", json_integer(s->error_revision));
	json_object_set_new(object, "message", text_or_null(s->error));
	json_object_set_new(object, "faults", faults(&s->faults));
	if (s->faults.all > s->faults.n)
		json_object_set_new(object, "more_faults",
		    json_integer((json_int_t)(s->faults.all - s->faults.n)));
	return object;
}

json_t *
status_labels(const struct options *o)
{
	json_t *object = must(json_object());
	const char *equals;
	char *key;
	size_t i;

	for (i = 0; i < o->nlabels; i++) {
		equals = strchr(o->labels[i], '=');
		key = must(
		    strndup(o->labels[i], (size_t)(equals - o->labels[i])));
		json_object_set_new(object, key, json_string(equals + 1));
		free(key);
	}
	return object;
}

/* Where clients are to go: nowhere, if it is drained. */
static json_t *
proxies(const struct status *s, size_t *left_out)
{
	json_t *object = must(json_object()), *each;
	const char *name, *listen, *upstream;
	size_t bytes = 0;

	*left_out = 0;
	if (s->drain != DRAIN_NONE || s->proxies == NULL)
		return object;
	json_object_foreach(s->proxies, name, each)
	{
		listen = json_string_value(json_object_get(each, "listen"));
		upstream = json_string_value(json_object_get(each, "upstream"));
		bytes += strlen(name) + (listen ? strlen(listen) : 0) +
		    (upstream ? strlen(upstream) : 0) + PROXY_BYTES;
		if (bytes > PROXIES_BYTES_MAX)
			(*left_out)++;
		else
			json_object_set(object, name, each);
	}
	return object;
}

char *
status_text(const struct status *s, const struct options *o)
{
	static const char *const healths[] = {
		[DAEMON_UNKNOWN] = "unreachable",
		[DAEMON_UNREACHABLE] = "unreachable",
		[DAEMON_DEGRADED] = "degraded",
		[DAEMON_OK] = "ok",
	};
	static const char *const drains[] = {
		[DRAIN_NONE] = NULL,
		[DRAIN_UNDER_WAY] = "draining",
		[DRAIN_DONE] = "drained",
	};
	size_t left_out;
	json_t *places = proxies(s, &left_out);
	json_t *object = must(json_pack("{s:s, s:o, s:I, s:I, s:o, s:o, s:s, "
					"s:o, s:o, s:s}",
	    "node", o->node, "labels", status_labels(o), "revision",
	    (json_int_t)s->revision, "applied", (json_int_t)s->applied,
	    "applied_at", text_or_null(s->applied_at), "error", error(s),
	    "health", healths[s->health], "drain",
	    text_or_null(drains[s->drain]), "proxies", places, "version",
	    TOXID_VERSION));
	char *text;

	if (left_out > 0)
		json_object_set_new(
		    object, "more_proxies", json_integer((json_int_t)left_out));
	text = must(json_dumps(object, JSON_COMPACT));
	json_decref(object);
	return text;
}

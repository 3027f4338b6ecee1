/* SPDX-License-Identifier: ISC */
/* See daemon.h. */

#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "http.h"
#include "must.h"
#include "options.h"
#include "secret.h"
#include "text.h"

#define PUT_WITHIN_MS 30000
#define LOOK_WITHIN_MS 5000
#define PUT_ANSWER_MAX ((size_t)16 * 1024 * 1024)
#define LOOK_ANSWER_MAX ((size_t)8 * 1024 * 1024)

static struct {
	const struct options *options;
	struct http_call *put, *look, *count;
	void (*put_done)(const struct daemon_put *);
	void (*look_done)(const struct daemon_state *);
	void (*count_done)(const json_t *);
	/* what is known of a look so far */
	struct daemon_state state;
	char *version;
} toxid;

static struct http_call *
ask(const char *method, const char *path, const char *body,
    void (*on_end)(void *, const struct http_answer *))
{
	const struct options *o = toxid.options;
	char *url = text_format("%s%s", o->toxid, path), *header = NULL;
	char *token = o->token_file != NULL ? secret_read(o->token_file) : NULL;
	struct http_request r = {
		.method = method,
		.url = url,
		.body = body,
		.tls = &o->toxid_tls,
		.timeout_ms = body != NULL ? PUT_WITHIN_MS : LOOK_WITHIN_MS,
		.answer_max = body != NULL ? PUT_ANSWER_MAX : LOOK_ANSWER_MAX,
		.on_end = on_end,
	};
	struct http_call *call;

	if (token != NULL)
		header = text_format("Authorization: Bearer %s", token);
	r.headers[0] = header;
	call = http_start(&r);
	secret_free(header);
	secret_free(token);
	free(url);
	return call;
}

/* ---- a document */

static const char *
why_not(const struct http_answer *a, const json_t *reply)
{
	const char *error = json_string_value(json_object_get(reply, "error"));

	if (a->failure != NULL)
		return a->failure;
	return error != NULL ? error : a->len > 0 ? a->text : "it does not say";
}

static void
on_put(void *arg, const struct http_answer *a)
{
	json_t *reply = json_loadb(a->text, a->len, 0, NULL);
	const struct daemon_put put = {
		.status = a->failure != NULL ? 0 : a->status,
		.why = why_not(a, reply),
		.reply = reply,
	};

	(void)arg;
	toxid.put = NULL;
	toxid.put_done(&put);
	json_decref(reply);
}

void
daemon_put(const char *document, void (*done)(const struct daemon_put *))
{
	char *path = text_format("/desired/%s", toxid.options->source);

	toxid.put_done = done;
	toxid.put = ask("PUT", path, document, on_put);
	free(path);
}

/* ---- how it is */

static void
look_ends(void)
{
	toxid.look = NULL;
	toxid.look_done(&toxid.state);
}

static void
look_fails(const char *why)
{
	toxid.state.health = DAEMON_UNREACHABLE;
	toxid.state.why = why;
	look_ends();
}

static void
on_sources(void *arg, const struct http_answer *a)
{
	json_t *list = json_loadb(a->text, a->len, 0, NULL), *each;
	const char *source, *generation;
	size_t i;

	(void)arg;
	if (a->failure != NULL) {
		look_fails(a->failure);
		json_decref(list);
		return;
	}
	toxid.state.generation = "";
	toxid.state.has_source = json_is_array(list);
	json_array_foreach(list, i, each)
	{
		source = json_string_value(json_object_get(each, "source"));
		generation =
		    json_string_value(json_object_get(each, "generation"));
		if (source != NULL && generation != NULL &&
		    strcmp(source, toxid.options->source) == 0)
			toxid.state.generation = generation;
	}
	look_ends();
	json_decref(list);
}

static void
on_health(void *arg, const struct http_answer *a)
{
	json_t *health = json_loadb(a->text, a->len, 0, NULL);
	const char *version =
	    json_string_value(json_object_get(health, "version"));

	(void)arg;
	if (a->failure != NULL || !json_is_object(health)) {
		look_fails(a->failure ? a->failure
				      : "it does not answer as "
					"a toxid does");
		json_decref(health);
		return;
	}
	free(toxid.version);
	toxid.version = must(strdup(version != NULL ? version : ""));
	toxid.state = (struct daemon_state){
		.health = a->status == 200 &&
			json_array_size(json_object_get(health, "reasons")) == 0
		    ? DAEMON_OK
		    : DAEMON_DEGRADED,
		.version = toxid.version,
		.uptime_s =
		    json_integer_value(json_object_get(health, "uptime_s")),
	};
	json_decref(health);
	toxid.look = ask("GET", "/desired", NULL, on_sources);
}

void
daemon_look(void (*done)(const struct daemon_state *))
{
	http_cancel(toxid.look);
	memset(&toxid.state, 0, sizeof(toxid.state));
	toxid.look_done = done;
	toxid.look = ask("GET", "/health", NULL, on_health);
}

/* ---- sessions */

static void
on_count(void *arg, const struct http_answer *a)
{
	json_t *proxies = json_loadb(a->text, a->len, 0, NULL);

	(void)arg;
	toxid.count = NULL;
	toxid.count_done(
	    a->failure == NULL && a->status == 200 && json_is_object(proxies)
		? proxies
		: NULL);
	json_decref(proxies);
}

void
daemon_count(void (*done)(const json_t *))
{
	http_cancel(toxid.count);
	toxid.count_done = done;
	toxid.count = ask("GET", "/health/proxies", NULL, on_count);
}

void
daemon_open(const struct options *options)
{
	toxid.options = options;
}

void
daemon_close(void)
{
	http_cancel(toxid.put);
	http_cancel(toxid.look);
	http_cancel(toxid.count);
	free(toxid.version);
}

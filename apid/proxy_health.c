/* SPDX-License-Identifier: ISC */
/*
 * How a proxy is: what its workers have counted, and why the last dial failed.
 * Nobody has to ask for it to be counted.
 */

#include <inttypes.h>
#include <time.h>

#include "apid.h"
#include "connect.h"

static void
encode_bytes(FILE *f, const char *name, const struct counters *c, int stream)
{
	fprintf(f, "\"%s\":{\"received\":%" PRIu64 ",\"sent\":%" PRIu64 "}",
	    name, c->received[stream], c->sent[stream]);
}

/* {"time": "2026-11-25T12:00:00Z", "text": "dial tcp ..."}, or null */
static void
encode_dial_error(FILE *f, const struct proxy *p)
{
	const struct dial_result *r = &p->counters.dial_error;
	time_t at = (time_t)p->dial_failed_at;
	struct endpoint upstream;
	char when[32], text[1024];
	struct tm tm;

	if (r->error == ENDPOINT_OK || gmtime_r(&at, &tm) == NULL ||
	    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0 ||
	    endpoint_split(&upstream, p->state.upstream) == -1) {
		fputs("null", f);
		return;
	}
	fprintf(f, "{\"time\":\"%s\",\"text\":", when);
	encode_string(
	    f, endpoint_dial_error_text(&upstream, r, text, sizeof(text)));
	fputc('}', f);
}

static void
encode(FILE *f, const struct proxy *p)
{
	const struct counters *c = &p->counters;

	fputs("{\"name\":", f);
	encode_string(f, p->state.key.name);
	fprintf(f,
	    ",\"enabled\":%s,\"open_sessions\":%" PRIu64
	    ",\"sessions\":%" PRIu64 ",\"bytes\":{",
	    p->state.enabled ? "true" : "false", c->open_sessions, c->sessions);
	encode_bytes(f, "upstream", c, STREAM_UPSTREAM);
	fputc(',', f);
	encode_bytes(f, "downstream", c, STREAM_DOWNSTREAM);
	fprintf(f,
	    "},\"held_bytes\":%" PRIu64 ",\"dial_failures\":%" PRIu64
	    ",\"last_dial_error\":",
	    c->held, c->dial_failures);
	encode_dial_error(f, p);
	fprintf(f, ",\"worker_restarts\":%" PRIu32, p->restarts);
	encode_connect(f, &p->state.connect);
	fputc('}', f);
}

void
proxy_health(struct request *r)
{
	const struct proxy *p = request_proxy(r);
	struct writer w;

	if (p == NULL)
		return;
	writer_open(&w);
	encode(w.f, p);
	reply_json(r, 200, &w);
}

struct list {
	struct writer w;
	int has_tenants; /* of more than one */
	const char *comma;
};

static void
list_one(const struct proxy *p, void *arg)
{
	struct list *list = arg;

	fputs(list->comma, list->w.f);
	list->comma = ",";
	encode_key(list->w.f, &p->state.key, list->has_tenants);
	fputc(':', list->w.f);
	encode(list->w.f, p);
}

void
health_proxies(struct request *r)
{
	struct list list = { .has_tenants = r->is_for_all, .comma = "" };

	writer_open(&list.w);
	fputc('{', list.w.f);
	replica_each(request_tenant(r), list_one, &list);
	fputc('}', list.w.f);
	reply_json(r, 200, &list.w);
}

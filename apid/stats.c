/* SPDX-License-Identifier: ISC */
/*
 * What has gone through a proxy, and what each of its toxics has done to it,
 * since they were made: for tests that ask whether a fault was there at all.
 */

#include <inttypes.h>

#include "apid.h"

static void
encode_toxics_done(FILE *f, const struct proxy *p)
{
	const char *comma = "";
	const struct toxic *t;
	int i;

	for (i = 0; i < STREAM_MAX; i++) {
		TAILQ_FOREACH (t, &p->toxics[i], entry) {
			fprintf(f, "%s{\"name\":", comma);
			encode_string(f, t->spec->name);
			fprintf(f,
			    ",\"type\":\"%s\",\"stream\":\"%s\""
			    ",\"hits\":%" PRIu64 ",\"delayed_bytes\":%" PRIu64
			    ",\"dropped_bytes\":%" PRIu64 "}",
			    toxic_schema(t->spec->kind)->name,
			    toxic_stream_name(t->spec->stream), t->counts.hits,
			    t->counts.delayed, t->counts.dropped);
			comma = ",";
		}
	}
}

uint64_t
proxy_ended_sessions(const struct proxy *p)
{
	return p->counters.sessions - p->counters.open_sessions;
}

void
proxy_stats(struct request *r)
{
	const struct proxy *p = request_proxy(r);
	const struct counters *c;
	struct writer w;

	if (p == NULL)
		return;
	c = &p->counters;
	writer_open(&w);
	fputs("{\"name\":", w.f);
	encode_string(w.f, p->state.key.name);
	fprintf(w.f,
	    ",\"sessions\":%" PRIu64 ",\"open_sessions\":%" PRIu64
	    ",\"ended_sessions\":%" PRIu64 ",\"dial_failures\":%" PRIu64
	    ",\"toxics\":[",
	    c->sessions, c->open_sessions, proxy_ended_sessions(p),
	    c->dial_failures);
	encode_toxics_done(w.f, p);
	fputs("]}\n", w.f);
	reply_json(r, 200, &w);
}

/* SPDX-License-Identifier: ISC */
/* Of /metrics, what is counted of proxies. */

#include <inttypes.h>

#include "apid.h"
#include "metrics.h"
#include "nitems.h"

void
metrics_proxy(FILE *f, const struct proxy_key *key, int is_for_all)
{
	char text[PROXY_KEY_TEXT_MAX + 1];

	proxy_key_text(key, text);
	if (is_for_all) /* see encode_key() */
		snprintf(text, sizeof(text), "%s/%s", key->tenant, key->name);
	metrics_label(f, "proxy", text);
}

struct proxy_family {
	const char *name, *type, *help;
	uint64_t (*value)(const struct proxy *);
	uint64_t per_s;   /* see metrics_value() */
	int is_of_limits; /* not there where no tenant has one */
	/* instead of a value: of proxies that have any, so as to be few */
	const struct histogram *(*histogram)(const struct proxy *);
};

static uint64_t
dial_failures(const struct proxy *p)
{
	return p->counters.dial_failures;
}

static const struct histogram *
dialled(const struct proxy *p)
{
	return &p->counters.dialled;
}

static uint64_t
held(const struct proxy *p)
{
	return p->counters.held;
}

static uint64_t
open_sessions(const struct proxy *p)
{
	return p->counters.open_sessions;
}

static uint64_t
restart_delay(const struct proxy *p)
{
	return p->restart_delay_ms;
}

static uint64_t
gave_way(const struct proxy *p)
{
	return p->counters.gave_way;
}

static uint64_t
over_connections(const struct proxy *p)
{
	return p->counters.over_connections;
}

static uint64_t
over_sessions(const struct proxy *p)
{
	return p->counters.over_sessions;
}

static const struct histogram *
lasted(const struct proxy *p)
{
	return &p->counters.lasted;
}

static uint64_t
sessions(const struct proxy *p)
{
	return p->counters.sessions;
}

static uint64_t
restarts(const struct proxy *p)
{
	return p->restarts;
}

static const struct proxy_family proxy_families[] = {
	{ "toxid_proxy_dial_failures_total", "counter",
	    "Clients for whom the upstream could not be reached.",
	    dial_failures, 0, 0, NULL },
	{ "toxid_proxy_dial_seconds", "histogram",
	    "From a client's coming to the connection to the upstream.", NULL,
	    0, 0, dialled },
	{ "toxid_proxy_held_bytes", "gauge",
	    "Memory of bytes in transit: delayed, or not yet read.", held, 0, 0,
	    NULL },
	{ "toxid_proxy_open_sessions", "gauge", "Clients connected now.",
	    open_sessions, 0, 0, NULL },
	{ "toxid_proxy_over_connections_total", "counter",
	    "Clients reset as they came: limits.connections_per_s.",
	    over_connections, 0, 1, NULL },
	{ "toxid_proxy_over_sessions_total", "counter",
	    "Clients reset as they came: limits.sessions.", over_sessions, 0, 1,
	    NULL },
	{ "toxid_proxy_session_seconds", "histogram",
	    "How long sessions lasted that had an upstream.", NULL, 0, 0,
	    lasted },
	{ "toxid_proxy_sessions_gave_way_total", "counter",
	    "Sessions cut short for others: a side had gone, bytes were held.",
	    gave_way, 0, 0, NULL },
	{ "toxid_proxy_sessions_total", "counter", "Clients accepted.",
	    sessions, 0, 0, NULL },
	{ "toxid_proxy_worker_restart_delay_seconds", "gauge",
	    "How long the next worker of the proxy is held off; 0: it has one.",
	    restart_delay, MS_PER_S, 0, NULL },
	{ "toxid_proxy_worker_restarts_total", "counter",
	    "Times that the worker of the proxy was replaced.", restarts, 0, 0,
	    NULL },
};

struct line {
	FILE *f;
	int is_for_all; /* tenants */
	const struct proxy_family *family;
	int has_head; /* of a histogram: its first series comes behind that */
};

static void
series(const struct line *l, const struct proxy *p, const char *suffix)
{
	fprintf(l->f, "%s%s{", l->family->name, suffix);
	metrics_proxy(l->f, &p->state.key, l->is_for_all);
}

static void
histogram_lines(const struct proxy *p, void *arg)
{
	struct line *l = arg;
	const struct histogram *h = l->family->histogram(p);
	const uint64_t count = histogram_count(h);
	uint64_t n = 0;
	int i;

	if (count == 0)
		return;
	if (!l->has_head)
		metrics_family(
		    l->f, l->family->name, l->family->type, l->family->help);
	l->has_head = 1;
	for (i = 0; i < HISTOGRAM_BOUNDS; i++) {
		series(l, p, "_bucket");
		n += h->counts[i];
		fprintf(l->f, ",le=\"%g\"} %" PRIu64 "\n",
		    histogram_bounds[i] / (double)MS_PER_S, n);
	}
	series(l, p, "_bucket");
	fprintf(l->f, ",le=\"+Inf\"} %" PRIu64 "\n", count);
	series(l, p, "_sum");
	fputs("} ", l->f);
	metrics_value(l->f, h->sum_us, US_PER_S);
	series(l, p, "_count");
	fprintf(l->f, "} %" PRIu64 "\n", count);
}

static void
proxy_line(const struct proxy *p, void *arg)
{
	const struct line *l = arg;

	series(l, p, "");
	fputs("} ", l->f);
	metrics_value(l->f, l->family->value(p), l->family->per_s);
}

void
metrics_proxies(FILE *f, const struct request *r)
{
	struct line l = { .f = f, .is_for_all = r->is_for_all };
	size_t i;

	for (i = 0; i < nitems(proxy_families); i++) {
		if (proxy_families[i].is_of_limits && !allowances_are_any())
			continue;
		l.family = &proxy_families[i];
		if (l.family->histogram != NULL) {
			l.has_head = 0;
			replica_each(request_tenant(r), histogram_lines, &l);
			continue;
		}
		metrics_family(
		    f, l.family->name, l.family->type, l.family->help);
		replica_each(request_tenant(r), proxy_line, &l);
	}
}

/* ---- the original's two */

struct bytes_line {
	FILE *f;
	int is_for_all; /* tenants */
	const char *family, *help;
	enum toxic_stream stream;
	int is_sent;
	int nlines;
};

/* The original has no family without a series. */
static void
bytes_line(const struct proxy *p, void *arg)
{
	struct bytes_line *l = arg;
	const uint64_t *bytes =
	    l->is_sent ? p->counters.sent : p->counters.received;

	if (l->nlines++ == 0 && l->stream == STREAM_DOWNSTREAM)
		metrics_family(l->f, l->family, "counter", l->help);
	fprintf(l->f, "%s{direction=\"%s\",", l->family,
	    toxic_stream_name(l->stream));
	metrics_label(l->f, "listener", p->state.listen);
	fputc(',', l->f);
	metrics_proxy(l->f, &p->state.key, l->is_for_all);
	fputc(',', l->f);
	metrics_label(l->f, "upstream", p->state.upstream);
	fprintf(l->f, "} %" PRIu64 "\n", bytes[l->stream]);
}

void
metrics_bytes(FILE *f, const struct request *r)
{
	struct bytes_line l = { .f = f, .is_for_all = r->is_for_all };
	static const enum toxic_stream by_name[] = { STREAM_DOWNSTREAM,
		STREAM_UPSTREAM };
	size_t i;

	for (l.is_sent = 0; l.is_sent < 2; l.is_sent++) {
		l.family = l.is_sent ? "toxiproxy_proxy_sent_bytes_total"
				     : "toxiproxy_proxy_received_bytes_total";
		l.help = l.is_sent
		    ? "Bytes passed on in a direction, after its toxics."
		    : "Bytes that came from a direction, before its toxics.";
		for (i = 0; i < nitems(by_name); i++) {
			l.stream = by_name[i];
			l.nlines = 0;
			replica_each(request_tenant(r), bytes_line, &l);
		}
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * /metrics, in the Prometheus text format: families by name, series by label.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */

#include <inttypes.h>
#include <string.h>

#include "apid.h"
#include "halted.h"
#include "nitems.h"

#define US_PER_S 1000000
#define MS_PER_S 1000

static struct role_vitals roles[ROLE_MAX];
/* By their names */
static const enum role sorted_roles[] = { ROLE_APID, ROLE_CONFIG, ROLE_DIALD,
	ROLE_RELAYD, ROLE_RESOLVD, ROLE_STORED, ROLE_CTLD };

void
metrics_role(const struct role_vitals *vitals)
{
	roles[vitals->role] = *vitals;
}

static void
family(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
label(FILE *f, const char *name, const char *value)
{
	fprintf(f, "%s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			fputs("\\n", f);
		else if (*value == '\\' || *value == '"')
			fprintf(f, "\\%c", *value);
		else
			fputc(*value, f);
	}
	fputc('"', f);
}

static void
proxy_label(FILE *f, const struct proxy_key *key, int is_for_all)
{
	char text[PROXY_KEY_TEXT_MAX + 1];

	proxy_key_text(key, text);
	if (is_for_all) /* see encode_key() */
		snprintf(text, sizeof(text), "%s/%s", key->tenant, key->name);
	label(f, "proxy", text);
}

/* per_s: what is shown in seconds comes in so many parts; 0: any number */
static void
write_value(FILE *f, uint64_t value, uint64_t per_s)
{
	if (per_s == 0)
		fprintf(f, "%" PRIu64 "\n", value);
	else
		fprintf(f, "%" PRIu64 ".%06" PRIu64 "\n", value / per_s,
		    value % per_s * (US_PER_S / per_s));
}

/* ---- proxies */

struct proxy_family {
	const char *name, *type, *help;
	uint64_t (*value)(const struct proxy *);
	uint64_t per_s;   /* see write_value() */
	int is_of_limits; /* not there where no tenant has one */
};

static uint64_t
dial_failures(const struct proxy *p)
{
	return p->counters.dial_failures;
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
	    dial_failures, 0, 0 },
	{ "toxid_proxy_held_bytes", "gauge",
	    "Memory of bytes in transit: delayed, or not yet read.", held, 0,
	    0 },
	{ "toxid_proxy_open_sessions", "gauge", "Clients connected now.",
	    open_sessions, 0, 0 },
	{ "toxid_proxy_over_connections_total", "counter",
	    "Clients reset as they came: limits.connections_per_s.",
	    over_connections, 0, 1 },
	{ "toxid_proxy_over_sessions_total", "counter",
	    "Clients reset as they came: limits.sessions.", over_sessions, 0,
	    1 },
	{ "toxid_proxy_sessions_gave_way_total", "counter",
	    "Sessions cut short for others: a side had gone, bytes were held.",
	    gave_way, 0, 0 },
	{ "toxid_proxy_sessions_total", "counter", "Clients accepted.",
	    sessions, 0, 0 },
	{ "toxid_proxy_worker_restart_delay_seconds", "gauge",
	    "How long the next worker of the proxy is held off; 0: it has one.",
	    restart_delay, MS_PER_S, 0 },
	{ "toxid_proxy_worker_restarts_total", "counter",
	    "Times that the worker of the proxy was replaced.", restarts, 0,
	    0 },
};

struct line {
	FILE *f;
	int is_for_all; /* tenants */
	const struct proxy_family *family;
};

static void
proxy_line(const struct proxy *p, void *arg)
{
	const struct line *l = arg;

	fprintf(l->f, "%s{", l->family->name);
	proxy_label(l->f, &p->state.key, l->is_for_all);
	fputs("} ", l->f);
	write_value(l->f, l->family->value(p), l->family->per_s);
}

static void
write_proxies(FILE *f, const struct request *r)
{
	struct line l = { .f = f, .is_for_all = r->is_for_all };
	size_t i;

	for (i = 0; i < nitems(proxy_families); i++) {
		if (proxy_families[i].is_of_limits && !allowances_are_any())
			continue;
		l.family = &proxy_families[i];
		family(f, l.family->name, l.family->type, l.family->help);
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
		family(l->f, l->family, "counter", l->help);
	fprintf(l->f, "%s{direction=\"%s\",", l->family,
	    toxic_stream_name(l->stream));
	label(l->f, "listener", p->state.listen);
	fputc(',', l->f);
	proxy_label(l->f, &p->state.key, l->is_for_all);
	fputc(',', l->f);
	label(l->f, "upstream", p->state.upstream);
	fprintf(l->f, "} %" PRIu64 "\n", bytes[l->stream]);
}

static void
write_bytes(FILE *f, const struct request *r)
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

/* ---- toxid itself */

static void
write_process(FILE *f)
{
	uint64_t us = 0;
	size_t i;

	for (i = 0; i < nitems(roles); i++)
		us += roles[i].vitals.cpu_us;
	family(f, "process_cpu_seconds_total", "counter",
	    "CPU time of all processes of toxid, in seconds.");
	fputs("process_cpu_seconds_total ", f);
	write_value(f, us, US_PER_S);
	family(f, "process_start_time_seconds", "gauge",
	    "When toxid was started, in seconds since the epoch.");
	fprintf(f, "process_start_time_seconds %" PRIu64 "\n", apid.started);
}

static void
write_promhttp(FILE *f)
{
	static const char name[] = "promhttp_metric_handler_errors_total";

	family(f, name, "counter",
	    "Total number of internal errors encountered by the promhttp "
	    "metric handler.");
	fprintf(f, "%s{cause=\"encoding\"} 0\n", name);
	fprintf(f, "%s{cause=\"gathering\"} 0\n", name);
}

static void
write_dropped(FILE *f)
{
	family(f, "toxid_log_lines_dropped_total", "counter",
	    "Lines of log that nobody read in time, or of children that "
	    "said too much.");
	fprintf(f, "toxid_log_lines_dropped_total %" PRIu64 "\n",
	    roles[ROLE_CTLD].log_lines_dropped);
}

static void
write_halt(const struct halt *h, void *arg)
{
	FILE *f = arg;

	fputs("toxid_halted{", f);
	label(f, "tenant", h->tenant);
	fputs("} 1\n", f);
}

/* Not there where nothing is. */
static void
write_halts(FILE *f, const struct request *r)
{
	static const struct halt of_all = { .tenant = HALT_OF_ALL };

	if (!halted_has(HALT_OF_ALL) && halted_count(request_tenant(r)) == 0)
		return;
	family(f, "toxid_halted", "gauge",
	    "All toxics are off: of a tenant; \"*\": of everybody.");
	if (halted_has(HALT_OF_ALL))
		write_halt(&of_all, f);
	halted_each(request_tenant(r), write_halt, f);
}

static void
write_borrowers(FILE *f)
{
	family(f, "toxid_borrowers_waiting", "gauge",
	    "Workers that would hold back more if they might.");
	fprintf(f, "toxid_borrowers_waiting %" PRIu64 "\n",
	    roles[ROLE_RELAYD].borrowers_waiting);
}

static void
write_lent(FILE *f)
{
	family(f, "toxid_lent_bytes", "gauge",
	    "What workers may hold back now beyond their own shares.");
	fprintf(f, "toxid_lent_bytes %" PRIu64 "\n", roles[ROLE_RELAYD].lent);
}

static uint64_t
cpu_us(const struct role_vitals *v)
{
	return v->vitals.cpu_us;
}

static uint64_t
processes(const struct role_vitals *v)
{
	return v->processes;
}

static uint64_t
resident_max(const struct role_vitals *v)
{
	return v->vitals.resident_max;
}

static uint64_t
role_restart_delay(const struct role_vitals *v)
{
	return v->restart_delay_ms;
}

static uint64_t
role_restarts(const struct role_vitals *v)
{
	return v->restarts;
}

struct role_family {
	const char *name, *type, *help;
	uint64_t (*value)(const struct role_vitals *);
	uint64_t per_s; /* see write_value() */
};

static const struct role_family role_families[] = {
	{ "toxid_role_cpu_seconds_total", "counter",
	    "CPU time of all processes of a role, in seconds.", cpu_us,
	    US_PER_S },
	{ "toxid_role_processes", "gauge", "Processes of a role.", processes,
	    0 },
	{ "toxid_role_resident_max_bytes", "gauge",
	    "The most memory that processes of a role had, added up.",
	    resident_max, 0 },
	{ "toxid_role_restart_delay_seconds", "gauge",
	    "How long the next process of a role is held off; 0: it is not.",
	    role_restart_delay, MS_PER_S },
	{ "toxid_role_restarts_total", "counter",
	    "Processes of a role that were replaced.", role_restarts, 0 },
};

static void
write_roles(FILE *f)
{
	const struct role_family *rf;
	const struct role_vitals *v;
	size_t i, j;

	for (i = 0; i < nitems(role_families); i++) {
		rf = &role_families[i];
		family(f, rf->name, rf->type, rf->help);
		for (j = 0; j < nitems(sorted_roles); j++) {
			v = &roles[sorted_roles[j]];
			fprintf(f, "%s{role=\"%s\"} ", rf->name,
			    role_name(sorted_roles[j]));
			write_value(f, rf->value(v), rf->per_s);
		}
	}
}

void
metrics(struct request *r)
{
	/* what all tenants together do is no tenant's business */
	int has_runtime = (apid.flags & SETUP_RUNTIME_METRICS) != 0 &&
	    r->credential.role == CALLER_ADMIN;
	int has_proxies = (apid.flags & SETUP_PROXY_METRICS) != 0;
	struct writer w;

	writer_open(&w);
	if (has_runtime)
		write_process(w.f);
	write_promhttp(w.f);
	if (has_runtime)
		write_borrowers(w.f);
	write_halts(w.f, r);
	if (has_runtime) {
		write_lent(w.f);
		write_dropped(w.f);
	}
	if (has_proxies)
		write_proxies(w.f, r);
	if (has_runtime)
		write_roles(w.f);
	if (has_proxies)
		write_bytes(w.f, r);
	reply_typed(r, 200,
	    "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
	    &w);
}

/* SPDX-License-Identifier: ISC */
/*
 * /metrics, in the Prometheus text format: families by name, series by label.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */

#include <inttypes.h>

#include "apid.h"
#include "halted.h"
#include "metrics.h"
#include "nitems.h"

static struct role_vitals roles[ROLE_MAX];
/* By their names */
static const enum role sorted_roles[] = { ROLE_APID, ROLE_CONFIG, ROLE_DIALD,
	ROLE_RELAYD, ROLE_RESOLVD, ROLE_STORED, ROLE_CTLD };

void
metrics_role(const struct role_vitals *vitals)
{
	roles[vitals->role] = *vitals;
}

/* ---- toxid itself */

static void
write_process(FILE *f)
{
	uint64_t us = 0;
	size_t i;

	for (i = 0; i < nitems(roles); i++)
		us += roles[i].vitals.cpu_us;
	metrics_family(f, "process_cpu_seconds_total", "counter",
	    "CPU time of all processes of toxid, in seconds.");
	fputs("process_cpu_seconds_total ", f);
	metrics_value(f, us, US_PER_S);
	metrics_family(f, "process_start_time_seconds", "gauge",
	    "When toxid was started, in seconds since the epoch.");
	fprintf(f, "process_start_time_seconds %" PRIu64 "\n", apid.started);
}

static void
write_promhttp(FILE *f)
{
	static const char name[] = "promhttp_metric_handler_errors_total";

	metrics_family(f, name, "counter",
	    "Total number of internal errors encountered by the promhttp "
	    "metric handler.");
	fprintf(f, "%s{cause=\"encoding\"} 0\n", name);
	fprintf(f, "%s{cause=\"gathering\"} 0\n", name);
}

static void
write_dropped(FILE *f)
{
	metrics_family(f, "toxid_log_lines_dropped_total", "counter",
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
	metrics_label(f, "tenant", h->tenant);
	fputs("} 1\n", f);
}

/* Not there where nothing is. */
static void
write_halts(FILE *f, const struct request *r)
{
	static const struct halt of_all = { .tenant = HALT_OF_ALL };

	if (!halted_has(HALT_OF_ALL) && halted_count(request_tenant(r)) == 0)
		return;
	metrics_family(f, "toxid_halted", "gauge",
	    "All toxics are off: of a tenant; \"*\": of everybody.");
	if (halted_has(HALT_OF_ALL))
		write_halt(&of_all, f);
	halted_each(request_tenant(r), write_halt, f);
}

static void
write_borrowers(FILE *f)
{
	metrics_family(f, "toxid_borrowers_waiting", "gauge",
	    "Workers that would hold back more if they might.");
	fprintf(f, "toxid_borrowers_waiting %" PRIu64 "\n",
	    roles[ROLE_RELAYD].borrowers_waiting);
}

static void
write_build(FILE *f)
{
	metrics_family(
	    f, "toxid_build_info", "gauge", "1, by the version of toxid.");
	fputs("toxid_build_info{", f);
	metrics_label(f, "version", TOXID_VERSION);
	fputs("} 1\n", f);
}

static void
write_lent(FILE *f)
{
	metrics_family(f, "toxid_lent_bytes", "gauge",
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
	uint64_t per_s; /* see metrics_value() */
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
		metrics_family(f, rf->name, rf->type, rf->help);
		for (j = 0; j < nitems(sorted_roles); j++) {
			v = &roles[sorted_roles[j]];
			fprintf(f, "%s{role=\"%s\"} ", rf->name,
			    role_name(sorted_roles[j]));
			metrics_value(f, rf->value(v), rf->per_s);
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
	if (has_runtime) {
		write_borrowers(w.f);
		write_build(w.f);
	}
	write_halts(w.f, r);
	if (has_runtime) {
		write_lent(w.f);
		write_dropped(w.f);
	}
	if (has_proxies)
		metrics_proxies(w.f, r);
	if (has_runtime)
		write_roles(w.f);
	if (has_proxies) {
		metrics_toxics(w.f, r);
		metrics_bytes(w.f, r);
	}
	reply_typed(r, 200,
	    "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
	    &w);
}

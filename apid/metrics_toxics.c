/* SPDX-License-Identifier: ISC */
/*
 * Of /metrics, what is counted of toxics: as many series as there are toxics,
 * each of which goes with its toxic.
 */

#include <inttypes.h>

#include "apid.h"
#include "metrics.h"
#include "nitems.h"

static uint64_t
delayed(const struct toxic_counts *c)
{
	return c->delayed;
}

static uint64_t
dropped(const struct toxic_counts *c)
{
	return c->dropped;
}

static uint64_t
hits(const struct toxic_counts *c)
{
	return c->hits;
}

static const struct toxic_family {
	const char *name, *help;
	uint64_t (*value)(const struct toxic_counts *);
} families[] = {
	{ "toxid_toxic_delayed_bytes_total", "Bytes that a toxic held back.",
	    delayed },
	{ "toxid_toxic_dropped_bytes_total", "Bytes that a toxic dropped.",
	    dropped },
	{ "toxid_toxic_hits_total",
	    "Sessions to which a toxic has done anything.", hits },
};

struct line {
	FILE *f;
	int is_for_all; /* tenants */
	const struct toxic_family *family;
	int has_head; /* there is a toxic at all */
};

static void
toxic_line(struct line *l, const struct proxy *p, const struct toxic *t)
{
	if (!l->has_head)
		metrics_family(
		    l->f, l->family->name, "counter", l->family->help);
	l->has_head = 1;
	fprintf(l->f, "%s{", l->family->name);
	metrics_proxy(l->f, &p->state.key, l->is_for_all);
	fputc(',', l->f);
	metrics_label(l->f, "toxic", t->spec->name);
	fputc(',', l->f);
	metrics_label(l->f, "type", toxic_schema(t->spec->kind)->name);
	fprintf(l->f, "} %" PRIu64 "\n", l->family->value(&t->counts));
}

static void
toxic_lines(const struct proxy *p, void *arg)
{
	const struct toxic *t;
	int i;

	for (i = 0; i < STREAM_MAX; i++) {
		TAILQ_FOREACH (t, &p->toxics[i], entry)
			toxic_line(arg, p, t);
	}
}

void
metrics_toxics(FILE *f, const struct request *r)
{
	struct line l = { .f = f, .is_for_all = r->is_for_all };
	size_t i;

	for (i = 0; i < nitems(families); i++) {
		l.family = &families[i];
		l.has_head = 0;
		replica_each(request_tenant(r), toxic_lines, &l);
	}
}

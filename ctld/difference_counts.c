/* SPDX-License-Identifier: ISC */
/*
 * Would there be too many, of proxies and of toxics: in all, and of each tenant
 * that a document is about?  What leaves by it makes room.
 */

#include <inttypes.h>
#include <stdio.h>

#include "agreed.h"
#include "change.h"
#include "difference.h"
#include "document.h"
#include "limit.h"
#include "own_toxics.h"
#include "proxies.h"
#include "proxy_spec.h"
#include "scenario.h"
#include "state.h"
#include "tenant_limits.h"
#include "tenants.h"
#include "toxics_anew.h"
#include "usage.h"

static uint32_t
more_toxics(const struct wanted *w)
{
	const struct change *ch = w->change;

	if (w->plan == PLAN_CHANGE)
		return toxics_anew_more(ch, proxy_find(change_key(ch)));
	return wanted_is_new(w) ? ch->ntoxics : 0;
}

/* How many proxies there will be; those that a client is making, too. */
unsigned int
count_proxies_to_be(const struct document *d)
{
	const struct wanted *w;
	const struct proxy *p;
	unsigned int n = proxies.n;

	TAILQ_FOREACH (p, &proxies.all, entry)
		n -= p->leaving != STAYS;
	TAILQ_FOREACH (w, &d->all, entry)
		n += (unsigned int)wanted_is_new(w);
	return n;
}

unsigned int
count_toxics_to_be(const struct document *d)
{
	const struct wanted_scenario *s;
	const struct wanted *w;
	const struct proxy *p;
	unsigned int n = proxies.ntoxics + change_counts.toxics_to_be;

	TAILQ_FOREACH (p, &proxies.all, entry)
		n -= p->leaving != STAYS ? p->ncounted : 0;
	TAILQ_FOREACH (w, &d->all, entry)
		n += more_toxics(w);
	/* all of its own, and those at work: at most as many */
	TAILQ_FOREACH (s, &d->scenarios, entry)
		n += s->plan == PLAN_MAKE ? 2 * s->change->ntoxics : 0;
	return n;
}

/* ---- of a tenant */

struct balance {
	const struct usage *usage;
	uint32_t come[USAGES], go[USAGES]; /* of USAGE_PROXIES and _TOXICS */
};

static void
add_leaving(struct balance *b)
{
	const struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->leaving == STAYS || p->usage != b->usage)
			continue;
		b->go[USAGE_PROXIES]++;
		b->go[USAGE_TOXICS] += p->ncounted;
	}
}

static void
add_coming(struct balance *b, const struct document *d)
{
	const struct wanted_scenario *s;
	const struct wanted *w;

	TAILQ_FOREACH (w, &d->all, entry) {
		if (w->change->usage != b->usage)
			continue;
		b->come[USAGE_PROXIES] += (uint32_t)wanted_is_new(w);
		b->come[USAGE_TOXICS] += more_toxics(w);
	}
	TAILQ_FOREACH (s, &d->scenarios, entry) {
		if (s->plan == PLAN_MAKE && s->change->usage == b->usage)
			b->come[USAGE_TOXICS] += 2 * s->change->ntoxics;
	}
}

static const struct thing {
	enum usage_of usage;
	enum limit limit;
	const char *name;
	enum desired_field field;
} proxies_are = { USAGE_PROXIES, LIMIT_OF_PROXIES, "proxies", DESIRED_WHOLE },
  toxics_are = { USAGE_TOXICS, LIMIT_OF_TOXICS, "toxics", DESIRED_TOXICS };

/* all: so many there may be of all tenants'. */
static void
check(struct document *d, const struct balance *b, const struct thing *thing,
    uint32_t all)
{
	const uint32_t come = b->come[thing->usage], go = b->go[thing->usage];
	const uint32_t more = come > go ? come - go : 0;
	const uint64_t most = limits_of(b->usage->tenant, thing->limit);
	const uint64_t n = (uint64_t)b->usage->n[thing->usage] + more;
	char why[200];

	if (more == 0)
		return;
	if (most != 0 && n > most)
		snprintf(why, sizeof(why),
		    "limits.%s: the tenant may have %" PRIu64
		    ", and would have %" PRIu64,
		    thing->name, most, n);
	else if (!usage_allows(b->usage, thing->usage, more, all))
		snprintf(why, sizeof(why),
		    "the tenant would have more than its share of all %s that "
		    "there may be",
		    thing->name);
	else
		return;
	document_fault(d, NULL, thing->field, "", why);
}

static int
is_first_of_its_tenant(const struct document *d, const struct wanted *w)
{
	const struct wanted *other = TAILQ_FIRST(&d->all);

	while (other->change->usage != w->change->usage)
		other = TAILQ_NEXT(other, entry);
	return other == w;
}

static void
check_tenants(struct document *d)
{
	const struct usage *last = NULL;
	const struct wanted *w;

	TAILQ_FOREACH (w, &d->all, entry) {
		struct balance b = { .usage = w->change->usage };

		if (b.usage == NULL || b.usage == last)
			continue;
		last = b.usage;
		if (!is_first_of_its_tenant(d, w))
			continue;
		add_leaving(&b);
		add_coming(&b, d);
		check(d, &b, &proxies_are, (uint32_t)ctld.options.max_proxies);
		check(d, &b, &toxics_are, TOXICS_MAX);
	}
}

/* ---- of all */

void
counts_check(struct document *d)
{
	char why[100];

	if (count_proxies_to_be(d) > (unsigned int)ctld.options.max_proxies) {
		snprintf(why, sizeof(why),
		    "there would be more than %lld proxies",
		    (long long)ctld.options.max_proxies);
		document_fault(d, NULL, DESIRED_WHOLE, "", why);
	}
	if (count_toxics_to_be(d) + own_toxics_to_be() > TOXICS_MAX) {
		snprintf(why, sizeof(why), "there would be more than %d toxics",
		    TOXICS_MAX);
		document_fault(d, NULL, DESIRED_TOXICS, "", why);
	}
	if (d->nfaults == 0 || tenants_now()->n > 0)
		check_tenants(d);
}

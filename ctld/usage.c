/* SPDX-License-Identifier: ISC */
/* See usage.h. */

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "tenants.h"
#include "text_put.h"
#include "usage.h"

static void *by_tenant; /* tsearch(3) */

static int
compare(const void *a, const void *b)
{
	const struct usage *x = a, *y = b;

	return strcmp(x->tenant, y->tenant);
}

struct usage *
usage_for(const char *tenant)
{
	struct usage *u, **found;

	if ((u = calloc(1, sizeof(*u))) == NULL)
		return NULL;
	text_put(u->tenant, sizeof(u->tenant), tenant);
	found = tsearch(u, &by_tenant, compare);
	if (found == NULL || *found != u)
		free(u);
	return found != NULL ? *found : NULL;
}

/* ---- what each has */

/*
 * Of each thing, by the share that was asked for last: so that nobody has to
 * look at a thousand tenants for what one of them wants.
 */
static struct sum {
	uint32_t share;
	uint64_t beyond; /* what all have that have more than that, of it */
} sums[USAGES];

static uint32_t
beyond(uint32_t n, uint32_t share)
{
	return n > share ? n - share : 0;
}

static void
set(struct usage *u, enum usage_of what, uint32_t n)
{
	struct sum *sum = &sums[what];

	sum->beyond -= beyond(u->n[what], sum->share);
	sum->beyond += beyond(n, sum->share);
	u->n[what] = n;
}

void
usage_more(struct usage *u, enum usage_of what, uint32_t more)
{
	set(u, what, u->n[what] + more);
}

void
usage_less(struct usage *u, enum usage_of what, uint32_t less)
{
	static const uint32_t nothing[USAGES];

	set(u, what, u->n[what] - less);
	if (memcmp(u->n, nothing, sizeof(nothing)) != 0)
		return;
	tdelete(u, &by_tenant, compare);
	free(u);
}

/* ---- shares */

struct count {
	enum usage_of what;
	struct sum sum;
};

static void
add(const void *node, VISIT which, void *arg)
{
	const struct usage *u = *(struct usage *const *)node;
	struct count *c = arg;

	if (which == postorder || which == leaf)
		c->sum.beyond += beyond(u->n[c->what], c->sum.share);
}

/* There are other tenants than there were, or there is more or less for all. */
static void
count_anew(enum usage_of what, uint32_t share)
{
	struct count c = { .what = what, .sum = { .share = share } };

	twalk_r(by_tenant, add, &c);
	sums[what] = c.sum;
}

int
usage_allows(
    const struct usage *u, enum usage_of what, uint32_t more, uint32_t all)
{
	uint32_t owners = (uint32_t)tenants_now()->n + 1; /* the nameless one */
	uint32_t share = owners > 1 ? all / 2 / owners : 0;
	uint64_t wants = (uint64_t)u->n[what] + more;

	if (wants <= share)
		return 1;
	if (share != sums[what].share)
		count_anew(what, share);
	return sums[what].beyond - beyond(u->n[what], share) + wants - share <=
	    all - (uint64_t)owners * share;
}

/* SPDX-License-Identifier: ISC */
/* See usage.h. */

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tenants.h"
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
	snprintf(u->tenant, sizeof(u->tenant), "%s", tenant);
	found = tsearch(u, &by_tenant, compare);
	if (found == NULL || *found != u)
		free(u);
	return found != NULL ? *found : NULL;
}

void
usage_more(struct usage *u, enum usage_of what, uint32_t more)
{
	u->n[what] += more;
}

void
usage_less(struct usage *u, enum usage_of what, uint32_t less)
{
	static const uint32_t nothing[USAGES];

	u->n[what] -= less;
	if (memcmp(u->n, nothing, sizeof(nothing)) != 0)
		return;
	tdelete(u, &by_tenant, compare);
	free(u);
}

/* ---- shares */

struct sum {
	const struct usage *but;
	enum usage_of what;
	uint32_t share;
	uint64_t beyond; /* what the others have more than their share */
};

static void
add(const void *node, VISIT which, void *arg)
{
	const struct usage *u = *(struct usage *const *)node;
	struct sum *sum = arg;

	if ((which == postorder || which == leaf) && u != sum->but &&
	    u->n[sum->what] > sum->share)
		sum->beyond += u->n[sum->what] - sum->share;
}

int
usage_allows(
    const struct usage *u, enum usage_of what, uint32_t more, uint32_t all)
{
	uint32_t owners = (uint32_t)tenants_now()->n + 1; /* the nameless one */
	uint64_t wants = (uint64_t)u->n[what] + more;
	struct sum sum = { .but = u, .what = what };

	sum.share = owners > 1 ? all / 2 / owners : 0;
	if (wants <= sum.share)
		return 1;
	twalk_r(by_tenant, add, &sum);
	return sum.beyond + wants - sum.share <=
	    all - (uint64_t)owners * sum.share;
}

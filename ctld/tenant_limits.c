/* SPDX-License-Identifier: ISC */
/* See tenant_limits.h. */

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "credential.h"
#include "tenant_limits.h"
#include "payload.h"
#include "text_put.h"

static struct limits now;
static int are_new; /* to the journal */

/* ---- what there is */

static void *states; /* tsearch(3) */

static int
compare_states(const void *a, const void *b)
{
	const struct limit_state *x = a, *y = b;

	return strcmp(x->tenant, y->tenant);
}

struct limit_state *
limits_state(const char *tenant)
{
	struct limit_state like, **found;

	text_put(like.tenant, sizeof(like.tenant), tenant);
	found = tfind(&like, &states, compare_states);
	return found != NULL ? *found : NULL;
}

/* 0, or -1: no memory. */
static int
make_state(const char *tenant)
{
	struct limit_state *s;

	if (limits_state(tenant) != NULL)
		return 0;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return -1;
	text_put(s->tenant, sizeof(s->tenant), tenant);
	TAILQ_INIT(&s->borrowers);
	if (tsearch(s, &states, compare_states) != NULL)
		return 0;
	free(s);
	return -1;
}

/* ---- being read */

/* A tenant each, and the one that has no name. */
int
limits_add(struct limits *limits, const struct tenant_limits *l)
{
	struct tenant_limits *more;

	if (limits->n == TENANTS_MAX + 1 || !tenant_limits_are_any(l))
		return -1;
	more = reallocarray(limits->all, limits->n + 1, sizeof(*more));
	if (more == NULL)
		return -2;
	limits->all = more;
	if (make_state(l->tenant) == -1)
		return -2;
	limits->all[limits->n++] = *l;
	return 0;
}

int
limits_end(struct limits *limits)
{
	struct tenant_limits *l = limits->all;
	size_t i;

	if (limits->n > 0)
		qsort(l, limits->n, sizeof(*l), tenant_limits_compare);
	for (i = 1; i < limits->n; i++) {
		if (tenant_limits_compare(&l[i - 1], &l[i]) == 0)
			return -1;
	}
	return 0;
}

void
limits_free(struct limits *limits)
{
	free(limits->all);
	*limits = (struct limits){ .n = 0 };
}

/* ---- those that count */

int
limits_take(struct limits *limits)
{
	if (limits->n == now.n &&
	    (now.n == 0 ||
		memcmp(limits->all, now.all, now.n * sizeof(*now.all)) == 0)) {
		limits_free(limits);
		return 0;
	}
	limits_free(&now);
	now = *limits;
	*limits = (struct limits){ .n = 0 };
	are_new = 1;
	return 1;
}

const struct tenant_limits *
limits_now(size_t *n)
{
	*n = now.n;
	return now.all;
}

uint64_t
limits_of(const char *tenant, enum limit which)
{
	const struct tenant_limits *found;
	struct tenant_limits like = { 0 };

	if (now.n == 0)
		return 0;
	text_put(like.tenant, sizeof(like.tenant), tenant);
	found = bsearch(
	    &like, now.all, now.n, sizeof(*now.all), tenant_limits_compare);
	return found != NULL ? found->of[which] : 0;
}

/* ---- for who follows */

int
limits_are_new(void)
{
	int were_new = are_new;

	are_new = 0;
	return were_new;
}

static int
is_sound(const struct tenant_limits *l)
{
	const union msg_payload payload = { .tenant_limits = *l };

	return payload_is_sound(PAYLOAD_tenant_limits, &payload);
}

/* The last part counts. */
int
limits_load(const void *bytes, size_t size)
{
	struct tenant_limits l;
	size_t at;

	limits_free(&now);
	if (size % sizeof(l) != 0)
		return -1;
	for (at = 0; at < size; at += sizeof(l)) {
		memcpy(&l, (const uint8_t *)bytes + at, sizeof(l));
		if (!is_sound(&l) || limits_add(&now, &l) != 0)
			return -1;
	}
	return limits_end(&now);
}

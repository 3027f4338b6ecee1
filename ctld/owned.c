/* SPDX-License-Identifier: ISC */
/* Toxics that come together, and go together.  See owned.h. */

#include <string.h>

#include "agreed.h"
#include "owned.h"
#include "proxies.h"
#include "scenario.h"

struct toxic *
owned_next(const struct proxy *p, enum owner_kind kind, const struct toxic *t)
{
	struct toxic *next =
	    t == NULL ? TAILQ_FIRST(&p->toxics) : TAILQ_NEXT(t, entry);

	while (next != NULL && toxic_owner_kind(next->spec) != kind)
		next = TAILQ_NEXT(next, entry);
	return next;
}

uint32_t
owned_count(const struct proxy *p, enum owner_kind kind)
{
	const struct toxic *t = NULL;
	uint32_t n = 0;

	while ((t = owned_next(p, kind, t)) != NULL)
		n++;
	return n;
}

uint32_t
toxics_room(const struct proxy *p)
{
	const uint32_t others = p->ntoxics - owned_count(p, OWNER_SCENARIO);
	const uint32_t most = p->scenario != NULL ? p->scenario->most : 0;

	return others + most < PROXY_TOXICS_MAX
	    ? PROXY_TOXICS_MAX - others - most
	    : 0;
}

const struct toxic_spec *
toxic_named(const struct proxy *p, const char *name)
{
	const struct toxic *t = proxy_toxic_find(p, name);

	if (t == NULL && p->scenario != NULL)
		t = scenario_toxic_find(p->scenario, name);
	return t != NULL ? t->spec : NULL;
}

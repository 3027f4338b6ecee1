/* SPDX-License-Identifier: ISC */
/* A profile: toxics that come together, and go together.  See profile.h. */

#include "profile.h"
#include "proxies.h"
#include "toxic_owner.h"

struct toxic *
profile_next(const struct proxy *p, const struct toxic *t)
{
	struct toxic *next =
	    t == NULL ? TAILQ_FIRST(&p->toxics) : TAILQ_NEXT(t, entry);

	while (next != NULL && toxic_owner_kind(next->spec) != OWNER_PROFILE)
		next = TAILQ_NEXT(next, entry);
	return next;
}

uint32_t
profile_count(const struct proxy *p)
{
	const struct toxic *t = NULL;
	uint32_t n = 0;

	while ((t = profile_next(p, t)) != NULL)
		n++;
	return n;
}

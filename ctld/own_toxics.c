/* SPDX-License-Identifier: ISC */
/* See own_toxics.h. */

#include "child.h"
#include "own_toxics.h"
#include "proxies.h"
#include "usage.h"

static uint32_t count;

uint32_t
own_toxics_count(void)
{
	return count;
}

uint32_t
own_toxics_to_be(void)
{
	const struct proxy *p;
	uint32_t n = count;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->leaving != STAYS && p->worker != NULL)
			n -= p->worker->own_toxics;
	}
	return n;
}

void
own_toxics_are(struct child *worker, uint64_t n)
{
	const uint32_t was = worker->own_toxics, is = (uint32_t)n;
	struct usage *usage = worker->proxy->usage;

	worker->own_toxics = is;
	count += is - was;
	if (is > was)
		usage_more(usage, USAGE_TOXICS, is - was);
	else
		usage_less(usage, USAGE_TOXICS, was - is);
}

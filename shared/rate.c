/* SPDX-License-Identifier: ISC */
/* See rate.h. */

#include <string.h>

#include "clock.h"
#include "nitems.h"
#include "rate.h"

#define PARTS ((int64_t)RATE_PARTS + 1)

static uint32_t *
part_of(struct rate *r, int64_t part)
{
	return &r->n[part % PARTS];
}

/* What is older than a second by now. */
static void
forget(struct rate *r, int64_t now)
{
	const int64_t part = now / (NS_PER_S / RATE_PARTS);

	if (part - r->part >= PARTS) {
		memset(r->n, 0, sizeof(r->n));
		r->part = part;
	}
	while (r->part < part)
		*part_of(r, ++r->part) = 0;
}

uint64_t
rate_used(struct rate *r, int64_t now)
{
	uint64_t used = 0;
	size_t i;

	forget(r, now);
	for (i = 0; i < nitems(r->n); i++)
		used += r->n[i];
	return used;
}

void
rate_add(struct rate *r, uint32_t n, int64_t now)
{
	forget(r, now);
	*part_of(r, r->part) += n;
}

int
rate_take(struct rate *r, uint64_t most, int64_t now)
{
	if (rate_used(r, now) >= most)
		return 0;
	rate_add(r, 1, now);
	return 1;
}

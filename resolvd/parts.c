/* SPDX-License-Identifier: ISC */
/*
 * What one tenant leaves the others of the look-ups for dials that may be under
 * way at once: half of them are theirs in equal parts, which nobody else gets,
 * and the other half is whose who comes first.  Of a tenant its policy is
 * known.
 */

#include "resolvd.h"

static unsigned int running[POLICIES_MAX];
static uint32_t n = 1;      /* of tenants */
static unsigned int of_all; /* may run */
static unsigned int beyond; /* what all have running beyond their parts */

static unsigned int
part(void)
{
	return n > 1 ? of_all / 2 / n : 0;
}

static unsigned int
beyond_part(uint32_t policy_id)
{
	unsigned int has = running[policy_id];

	return has > part() ? has - part() : 0;
}

void
parts_divide(unsigned int all, uint32_t npolicies)
{
	uint32_t i;

	if (all == of_all && npolicies == n)
		return;
	of_all = all;
	n = npolicies;
	beyond = 0;
	for (i = 0; i < POLICIES_MAX; i++)
		beyond += beyond_part(i);
}

int
part_has_room(uint32_t policy_id)
{
	return running[policy_id] < part() || beyond < of_all - n * part();
}

static void
set(uint32_t policy_id, unsigned int has)
{
	beyond -= beyond_part(policy_id);
	running[policy_id] = has;
	beyond += beyond_part(policy_id);
}

void
part_take(uint32_t policy_id)
{
	set(policy_id, running[policy_id] + 1);
}

void
part_give(uint32_t policy_id)
{
	set(policy_id, running[policy_id] - 1);
}

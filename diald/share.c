/* SPDX-License-Identifier: ISC */
/*
 * Descriptors are for all together.  Half of them is the tenants' in equal
 * parts, which nobody else gets, and the other half is whose who comes first;
 * where there are no tenants, all of them.
 *
 * What is left for a tenant is for all of its workers.  One that holds some may
 * take more as long as it holds less than a quarter of that: so there is always
 * some left for who comes next, and any number of them that take all they can
 * get come to have the same.
 */

#include "agreed.h"
#include "diald.h"

#define PART_OF_FREE 4

/* Each is some 3 KB of memory as well. */
#define SHARED_MAX 65536

static unsigned int nworkers;

/* By the policy: each tenant has one. */
static struct {
	unsigned int held[POLICIES_MAX];
	unsigned int n;      /* of them; */
	unsigned int part;   /* ... each one's, which nobody else gets */
	unsigned int beyond; /* what all hold beyond their parts */
} tenants = { .n = 1 };

/*
 * The last quarter of all is for what does not wait for an upstream: channels
 * of new workers, and look-ups.
 */
static unsigned int
all(void)
{
	rlim_t n = diald.descriptors_max / 4 * 3;

	n = n > nworkers ? n - nworkers : 0;
	return n < SHARED_MAX ? (unsigned int)n : SHARED_MAX;
}

/* ---- tenants */

/* Nobody is one of a policy that there is no more. */
static unsigned int
part_of(uint32_t policy_id)
{
	return policy_id < tenants.n ? tenants.part : 0;
}

static unsigned int
beyond(uint32_t policy_id)
{
	unsigned int part = part_of(policy_id), n = tenants.held[policy_id];

	return n > part ? n - part : 0;
}

static void
set_held(uint32_t policy_id, unsigned int n)
{
	tenants.beyond -= beyond(policy_id);
	tenants.held[policy_id] = n;
	tenants.beyond += beyond(policy_id);
}

/* There is another number of tenants, or of what is theirs. */
static void
divide(void)
{
	uint32_t i;

	tenants.part = tenants.n > 1 ? all() / 2 / tenants.n : 0;
	tenants.beyond = 0;
	for (i = 0; i < POLICIES_MAX; i++)
		tenants.beyond += beyond(i);
}

static unsigned int
left_for(uint32_t policy_id)
{
	unsigned int part = part_of(policy_id), n = tenants.held[policy_id];
	unsigned int anybodys = all() - tenants.n * tenants.part;

	anybodys -= anybodys < tenants.beyond ? anybodys : tenants.beyond;
	return anybodys + (n < part ? part - n : 0);
}

void
shares_divide(uint32_t npolicies)
{
	tenants.n = npolicies;
	divide();
}

/* ---- workers */

void
share_join(struct share *s, uint32_t policy_id)
{
	s->policy_id = policy_id;
	nworkers++;
	divide();
}

void
share_leave(void)
{
	nworkers--;
	divide();
}

int
share_may_take(const struct share *s)
{
	return s->held < DIALS_MAX &&
	    s->held * PART_OF_FREE < left_for(s->policy_id);
}

void
share_take(struct share *s)
{
	s->held++;
	set_held(s->policy_id, tenants.held[s->policy_id] + 1);
}

void
share_give(struct share *s, unsigned int n)
{
	s->held -= n;
	set_held(s->policy_id, tenants.held[s->policy_id] - n);
}

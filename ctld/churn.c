/* SPDX-License-Identifier: ISC */
/* See churn.h. */

#include "churn.h"
#include "clock.h"
#include "payload_dial.h"
#include "tenants.h"

/* Who makes a hundred proxies for a test, and removes them, waits for none. */
#define AT_ONCE 128
#define EVERY (NS_PER_S / 32)
#define WAIT_MAX NS_PER_S

/* By policy, which each tenant has one of: when all ends are paid for. */
static int64_t paid_at[POLICIES_MAX];

void
churn_ended(const struct proxy_key *key, int64_t now)
{
	int64_t *at = &paid_at[tenants_policy(key->tenant)];

	if (*at < now)
		*at = now;
	*at += EVERY;
	if (*at > now + AT_ONCE * EVERY + WAIT_MAX)
		*at = now + AT_ONCE * EVERY + WAIT_MAX;
}

int64_t
churn_may_start(const struct proxy_key *key, int64_t now)
{
	int64_t at = paid_at[tenants_policy(key->tenant)] - AT_ONCE * EVERY;

	return tenants_now()->n > 0 && at > now ? at : now;
}

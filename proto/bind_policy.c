/* SPDX-License-Identifier: ISC */
/* -bind-policy: the addresses and ports that toxid binds for proxies. */

#include <string.h>

#include "address.h"
#include "bind_policy.h"

int
bind_rule_has(const struct bind_rule *r, const struct address *a)
{
	unsigned int whole = r->bits / 8, rest = r->bits % 8;

	return (r->family == 0 || r->family == a->family) &&
	    a->port >= r->first && a->port <= r->last &&
	    memcmp(a->ip, r->ip, whole) == 0 &&
	    (rest == 0 || (a->ip[whole] ^ r->ip[whole]) >> (8 - rest) == 0);
}

static int
allows_all_of(const struct bind_policy *policy, uint8_t family, uint16_t port)
{
	const struct address a = { .family = family, .port = port };
	size_t i;

	for (i = 0; i < policy->n; i++) {
		if (policy->rules[i].bits == 0 &&
		    bind_rule_has(&policy->rules[i], &a))
			return 1;
	}
	return 0;
}

static int
allows_one(const struct bind_policy *policy, const struct address *a)
{
	size_t i;

	for (i = 0; i < policy->n; i++) {
		if (bind_rule_has(&policy->rules[i], a))
			return 1;
	}
	return 0;
}

int
bind_policy_allows(
    const struct bind_policy *policy, const struct address *given)
{
	struct address a = address_unmapped(given);

	if (policy->n == 0)
		return 1;
	if (!address_is_wildcard(&a))
		return allows_one(policy, &a);
	return allows_all_of(policy, 4, a.port) &&
	    (a.family == 4 || allows_all_of(policy, 6, a.port));
}

/* SPDX-License-Identifier: ISC */
/* -bind-policy: the addresses and ports that toxid binds for proxies. */

#include <string.h>

#include "address.h"
#include "bind_policy.h"

static int
begins_with(const uint8_t *ip, const uint8_t *prefix, unsigned int bits)
{
	unsigned int whole = bits / 8, rest = bits % 8;

	return memcmp(ip, prefix, whole) == 0 &&
	    (rest == 0 || (ip[whole] ^ prefix[whole]) >> (8 - rest) == 0);
}

static int
has(const struct bind_rule *r, int family, uint16_t port)
{
	return (r->family == 0 || r->family == family) && port >= r->first &&
	    port <= r->last;
}

static int
allows_all_of(const struct bind_policy *policy, int family, uint16_t port)
{
	size_t i;

	for (i = 0; i < policy->n; i++) {
		if (policy->rules[i].bits == 0 &&
		    has(&policy->rules[i], family, port))
			return 1;
	}
	return 0;
}

static int
allows_one(const struct bind_policy *policy, const struct address *a)
{
	const struct bind_rule *r;
	size_t i;

	for (i = 0; i < policy->n; i++) {
		r = &policy->rules[i];
		if (has(r, a->family, a->port) &&
		    begins_with(a->ip, r->ip, r->bits))
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

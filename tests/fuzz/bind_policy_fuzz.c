/* SPDX-License-Identifier: ISC */
/* -bind-policy: what is taken is well-formed, and allows no more than it says.
 */

#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "bind_policy.h"
#include "bind_policy_text.h"
#include "fuzz.h"

static int
may(const struct bind_policy *policy, const struct address *a)
{
	int r = bind_policy_allows(policy, a);
	struct address six = { .family = 6, .port = a->port };

	must(r == 0 || r == 1);
	if (a->family == 6)
		return r;
	six.ip[10] = six.ip[11] = 0xff;
	memcpy(six.ip + 12, a->ip, 4);
	must(bind_policy_allows(policy, &six) == r);
	return r;
}

/* Inside it is allowed; one bit, or one port, beyond it by others alone. */
static void
try_edges(const struct bind_policy *policy, const struct bind_rule *r)
{
	struct address a = { .family = r->family == 6 ? 6 : 4 };
	const struct bind_policy alone = { .rules = { *r }, .n = 1 };

	memcpy(a.ip, r->ip, sizeof(a.ip));
	a.port = r->first;
	if (address_is_wildcard(&a))
		a.ip[a.family == 4 ? 3 : 15] = 1; /* one of all */
	must(r->bits > (a.family == 4 ? 24 : 120) || may(&alone, &a));
	must(!may(&alone, &a) || may(policy, &a));
	if (r->last < UINT16_MAX) {
		a.port = (uint16_t)(r->last + 1);
		must(!may(&alone, &a));
	}
	a.port = r->last;
	if (r->bits > 0) {
		a.ip[(r->bits - 1) / 8] ^= (uint8_t)(0x80 >> (r->bits - 1) % 8);
		must(!may(&alone, &a));
	}
}

static void
try_wildcards(const struct bind_policy *policy, uint16_t port)
{
	struct address four = { .family = 4, .port = port };
	struct address six = { .family = 6, .port = port };
	struct address one = { .family = 4, .port = port, .ip = { 1, 2, 3 } };

	if (may(policy, &six))
		must(may(policy, &four)); /* it is both */
	if (may(policy, &four))
		must(may(policy, &one));
}

static void
check_rule(const struct bind_policy *policy, const struct bind_rule *r)
{
	must(r->family == 0 || r->family == 4 || r->family == 6);
	must(r->bits <= (r->family == 0 ? 0 : r->family == 4 ? 32 : 128));
	must(r->first <= r->last);
	try_edges(policy, r);
	try_wildcards(policy, r->first);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), why[256];
	struct bind_policy policy = { .n = 0 };
	size_t i;

	must(text != NULL);
	if (bind_policy_add(&policy, text, why, sizeof(why)) == -1)
		must(why[0] != '\0');
	else
		must(policy.n > 0);
	must(policy.n <= BIND_RULES_MAX);
	for (i = 0; i < policy.n; i++)
		check_rule(&policy, &policy.rules[i]);
	free(text);
	return 0;
}

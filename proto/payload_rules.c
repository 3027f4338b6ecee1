/* SPDX-License-Identifier: ISC */
/* Who may connect, and to where: see payload_rules.h and policy_rule.h. */

#include "check.h"
#include "payload_check.h"

/* It has no more bits than an address of its family. */
static int
prefix_ok(const struct bind_rule *r)
{
	static const uint8_t bits[] = { [4] = 32, [6] = 128 };

	return (r->family == 0 || r->family == 4 || r->family == 6) &&
	    r->bits <= bits[r->family] && r->first <= r->last;
}

static int
has_any_port(const struct bind_rule *r)
{
	return r->first == 0 && r->last == UINT16_MAX;
}

static int
client_rule_ok(const struct policy_rule *p)
{
	return p->kind == RULE_PREFIX && has_any_port(&p->where) &&
	    p->number < CLIENT_RULES_MAX;
}

int
policy_rule_ok(const struct policy_rule *p)
{
	return p->list < RULE_LISTS && p->kind < RULE_KINDS &&
	    (p->list != RULES_CLIENTS || client_rule_ok(p)) &&
	    p->number < LIST_RULES_MAX && p->policy_id < POLICIES_MAX &&
	    prefix_ok(&p->where) &&
	    (p->kind == RULE_PREFIX || p->where.family == 0) &&
	    is_text(p->name) && is_padded(p->name, sizeof(p->name)) &&
	    (p->kind == RULE_NAME) == (p->name[0] != '\0') &&
	    p->reserved[0] == 0 && p->reserved[1] == 0;
}

int
relay_clients_ok(const struct relay_clients *p)
{
	size_t i;

	for (i = 0; i < p->n && i < CLIENT_RULES_MAX; i++) {
		if (!prefix_ok(&p->rules[i]))
			return 0;
	}
	return p->n <= CLIENT_RULES_MAX;
}

int
proxy_clients_ok(const struct proxy_clients *p)
{
	size_t i;

	if (!proxy_key_ok(&p->key) || p->key.name[0] == '\0' ||
	    p->clients.n == 0 || !relay_clients_ok(&p->clients))
		return 0;
	for (i = 0; i < p->clients.n; i++) {
		if (!has_any_port(&p->clients.rules[i]))
			return 0;
	}
	return 1;
}

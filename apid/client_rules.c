/* SPDX-License-Identifier: ISC */
/* "clients": [...] of a configuration file: who may connect to its proxies. */

#include "file.h"

/* A client's port is any. */
static const char *
fault_of(const struct policy_rule *r)
{
	if (r->kind != RULE_PREFIX)
		return "it is no address, nor what addresses begin with";
	if (r->where.first != 0 || r->where.last != UINT16_MAX)
		return "a client has no port to be known by";
	return NULL;
}

void
client_rules_read(struct reading *r, json_t *value)
{
	if (!is_list(r, "clients", value, CLIENT_RULES_MAX))
		return;
	if (json_array_size(value) == 0)
		complain(r, "clients",
		    "clients: nothing is in it: leave it out to let all "
		    "connect");
	rules_read(r, RULES_CLIENTS, "clients", value, fault_of);
}

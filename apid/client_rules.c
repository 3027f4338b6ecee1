/* SPDX-License-Identifier: ISC */
/* "clients": [...] of a configuration file: who may connect to its proxies. */

#include "file.h"
#include "values.h"

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
client_rules_read(struct config *c, json_t *value, struct complaints *of)
{
	size_t n = json_array_size(value);

	if (!json_is_array(value))
		complain(of, "clients", "clients: expected an array, got %s",
		    type_name(value));
	else if (n > CLIENT_RULES_MAX)
		complain(of, "clients", "clients: there are more than %d",
		    CLIENT_RULES_MAX);
	else if (n == 0)
		complain(of, "clients",
		    "clients: nothing is in it: leave it out to let all "
		    "connect");
	else
		rules_read(c, RULES_CLIENTS, "clients", value, fault_of, of);
}

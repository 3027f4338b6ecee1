/* SPDX-License-Identifier: ISC */
/* "clients": [...] of a configuration file: who may connect to its proxies. */

#include <stdio.h>
#include <string.h>

#include "file.h"
#include "policy_text.h"
#include "values.h"

/* A client's port is any. */
static const char *
what_is_wrong(const struct policy_rule *r)
{
	if (r->kind != RULE_PREFIX)
		return "it is no address, nor what addresses begin with";
	if (r->where.first != 0 || r->where.last != UINT16_MAX)
		return "a client has no port to be known by";
	return NULL;
}

static void
read_one(struct config *c, size_t i, json_t *value, struct complaints *of)
{
	struct policy_rule r = { .number = (uint16_t)i, .list = RULES_CLIENTS };
	const char *text = json_string_value(value), *why;
	char path[32];

	snprintf(path, sizeof(path), "clients[%zu]", i);
	if (text == NULL) {
		complain(of, path, "%s: expected a string, got %s", path,
		    type_name(value));
		return;
	}
	why = policy_rule_read(&r, text);
	if (why == NULL)
		why = what_is_wrong(&r);
	if (why != NULL)
		complain(of, path, "%s: \"%.128s\": %s", path, text, why);
	else
		config_add_rule(c, &r);
}

void
client_rules_read(struct config *c, json_t *value, struct complaints *of)
{
	size_t i, n = json_array_size(value);
	json_t *v;

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
		json_array_foreach(value, i, v) read_one(c, i, v, of);
}

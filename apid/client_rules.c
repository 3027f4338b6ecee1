/* SPDX-License-Identifier: ISC */
/*
 * "clients": [...] of a configuration file: who may connect to its proxies, and
 * of a proxy in it: who of those may connect to that one.
 */

#include <string.h>

#include "file.h"
#include "text_put.h"
#include "values.h"

#define NAME "clients"

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
	if (!is_list(r, NAME, value, CLIENT_RULES_MAX))
		return;
	if (json_array_size(value) == 0)
		complain(r, NAME,
		    NAME ": nothing is in it: leave it out to let all connect");
	rules_read(r, RULES_CLIENTS, NAME, value, fault_of);
}

/* ---- a proxy's own */

/* Rules that were read last, all behind the n-th, are a list of their own. */
static void
take_rules(struct config *c, size_t n, struct relay_clients *clients)
{
	size_t i;

	for (i = n; i < c->nrules; i++)
		clients->rules[clients->n++] = c->rules[i].where;
	c->nrules = n;
}

static int
is_listed(const struct config *c, const struct proxy_key *key)
{
	size_t i;

	for (i = 0; i < c->nlists_of_clients; i++) {
		if (proxy_key_compare(&c->lists_of_clients[i].key, key) == 0)
			return 1;
	}
	return 0;
}

/* That it has no name, or an impossible one, is complained of elsewhere. */
static void
add(struct reading *r, const struct proxy_clients *own)
{
	struct config *c = r->config;

	if (own->key.name[0] == '\0' || own->clients.n == 0)
		return;
	if (is_listed(c, &own->key)) {
		complain(r, NAME,
		    NAME ": another proxy of that name has such a list");
	} else if (c->nlists_of_clients == PROXY_CLIENTS_MAX) {
		complain(r, NAME, NAME ": more than %d proxies have such lists",
		    PROXY_CLIENTS_MAX);
	} else {
		c->lists_of_clients = room_for_one_more(c->lists_of_clients,
		    c->nlists_of_clients, sizeof(*c->lists_of_clients));
		c->lists_of_clients[c->nlists_of_clients++] = *own;
	}
}

/* What is to be in force before any proxy is can stand in no bare array. */
static void
read_own(struct reading *r, size_t i, json_t *value)
{
	struct config *c = r->config;
	const size_t n = c->nrules;
	struct proxy_clients own;

	memset(&own, 0, sizeof(own));
	if (json_is_array(c->json)) {
		complain(r, NAME,
		    NAME ": only a file that is an object may have them: "
			 "{\"proxies\": [...]}");
		return;
	}
	text_put(own.key.tenant, sizeof(own.key.tenant), config_tenant(c, i));
	text_put(own.key.name, sizeof(own.key.name), config_name(c, i));
	client_rules_read(r, value);
	take_rules(c, n, &own.clients);
	add(r, &own);
}

void
client_rules_read_proxies(struct reading *r)
{
	const size_t n = config_count(r->config);
	struct path path;
	json_t *entry, *value;
	size_t i;

	for (i = 0; i < n; i++) {
		entry = config_entry(r->config, i);
		if ((value = member(entry, NAME)) == NULL)
			continue;
		path = config_path(r->config, i);
		r->within = path.text;
		complain_of_two(r, entry, NAME);
		read_own(r, i, value);
		r->within = "";
	}
}

int
client_rules_are_meant(const struct config *c, struct failure *f)
{
	const size_t n = config_count(c);
	const char *key;
	size_t i;

	for (i = 0; i < n; i++) {
		key = keys_find_meant(&proxy_keys, config_entry(c, i), NAME);
		if (key == NULL)
			continue;
		failure_set(f, 400,
		    "unknown key \"%.64s\": did you mean \"" NAME "\"?", key);
		failure_at(f, key);
		f->entry = (int)i + 1;
		return -1;
	}
	return 0;
}

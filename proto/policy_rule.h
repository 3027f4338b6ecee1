/* SPDX-License-Identifier: ISC */
#ifndef POLICY_RULE_H
#define POLICY_RULE_H

#include <stdint.h>

#include "bind_policy.h"
#include "endpoint.h"

/*
 * Whom proxies may reach, and who may connect to them: one rule, as the
 * configuration file has it in one of three lists.  Of upstreams what denies
 * goes first; see diald/policy.c.
 */

enum rule_list {
	RULES_DENY,
	RULES_ALLOW,
	RULES_CLIENTS, /* relayd's: prefixes at all ports, and not so many */
	RULE_LISTS
};

enum rule_kind {
	RULE_PREFIX,
	RULE_NAME,
	RULE_LOOPBACK,
	RULE_LINK_LOCAL,
	RULE_MULTICAST,
	RULE_PRIVATE,
	RULE_SELF, /* toxid's own ports, on this host */
	RULE_KINDS
};

/* "loopback"; NULL: the kind has no word, or is none. */
const char *rule_kind_word(unsigned int kind);
/* Are tenants denied it, but those whose rules allow just that? */
int rule_kind_is_off_limits(unsigned int kind);

/* Of one list. */
#define LIST_RULES_MAX 256

#define CLIENT_RULES_MAX BIND_RULES_MAX

/* Of all lists and policies together: who reads the file keeps it, and ctld. */
#define RULES_MAX 16384
/* Proxies of a file that have "clients" of their own. */
#define PROXY_CLIENTS_MAX 4096

/* The policy of proxies that are no tenant's. */
#define POLICY_NAMELESS 0

struct policy_rule {
	uint32_t policy_id;
	uint16_t number; /* in its list, from 0 */
	uint8_t list;    /* enum rule_list */
	uint8_t kind;    /* enum rule_kind */
	/* All kinds have ports, and only RULE_PREFIX a prefix. */
	struct bind_rule where;
	/* "db.example", or "*.example" for all below it: lower case, no dot at
	 * its end; of RULE_NAME, else "" */
	char name[HOST_MAX + 1];
	uint8_t reserved[2];
};

#endif

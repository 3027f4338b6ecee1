/* SPDX-License-Identifier: ISC */
#ifndef BIND_POLICY_H
#define BIND_POLICY_H

#include <stddef.h>
#include <stdint.h>

struct address;

/* Which addresses and ports proxies may listen on: -bind-policy. */

#define BIND_RULES_MAX 64

/* All addresses that begin as this one does, at all ports of a range. */
struct bind_rule {
	uint8_t family; /* 4, 6, or 0 for both: then the prefix is empty */
	uint8_t bits;   /* of the prefix */
	uint16_t first, last;
	uint8_t ip[16]; /* as in struct address */
};

int bind_rule_has(const struct bind_rule *, const struct address *);

struct bind_policy {
	struct bind_rule rules[BIND_RULES_MAX];
	size_t n; /* 0: all is allowed */
};

/*
 * May a socket be bound there?  Port 0 is a port as any other.  A wildcard
 * needs a rule that has all addresses: of its family, or, as :: takes IPv4 as
 * well, of both.  An IPv4 address in IPv6's clothes is that IPv4 address.
 */
int bind_policy_allows(const struct bind_policy *, const struct address *);

#endif

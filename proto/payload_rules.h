/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_RULES_H
#define PAYLOAD_RULES_H

#include <stdint.h>

#include "policy_rule.h"
#include "proxy_key.h"

/* Who may connect, said to those who hold to it; see policy_rule.h, too. */

/* Who may connect: with none of them all may. */
struct relay_clients {
	uint32_t n;
	struct bind_rule rules[CLIENT_RULES_MAX];
};

/* ... to one proxy, of those whom its tenant lets connect: one rule at least.
 */
struct proxy_clients {
	struct proxy_key key;
	struct relay_clients clients;
};

#endif

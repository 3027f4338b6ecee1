/* SPDX-License-Identifier: ISC */
/* See policy_rule.h. */

#include <stddef.h>

#include "policy_rule.h"

static const struct {
	const char *word;
	int is_off_limits;
} kinds[RULE_KINDS] = {
	[RULE_LOOPBACK] = { "loopback", 1 },
	[RULE_LINK_LOCAL] = { "link-local", 1 },
	[RULE_MULTICAST] = { "multicast", 1 },
	[RULE_PRIVATE] = { "private", 0 },
	[RULE_SELF] = { "self", 1 },
};

const char *
rule_kind_word(unsigned int kind)
{
	return kind < RULE_KINDS ? kinds[kind].word : NULL;
}

int
rule_kind_is_off_limits(unsigned int kind)
{
	return kind < RULE_KINDS && kinds[kind].is_off_limits;
}

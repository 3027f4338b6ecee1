/* SPDX-License-Identifier: ISC */
#ifndef POLICY_TEXT_H
#define POLICY_TEXT_H

struct policy_rule;

/*
 * A rule as it is written: "10.0.0.0/8:5432-5439", "[fd00::/8]", "loopback",
 * "*.test.example:6379"; without ports it has all of them.  Sets kind, where
 * and name.  NULL, or what is wrong with it.
 */
const char *policy_rule_read(struct policy_rule *, const char *text);

#endif

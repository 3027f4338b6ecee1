/* SPDX-License-Identifier: ISC */
#ifndef BIND_POLICY_TEXT_H
#define BIND_POLICY_TEXT_H

#include <stddef.h>

struct bind_policy;
struct bind_rule;

/*
 * Adds what a list says, as in "127.0.0.0/8:20000-29999,[::1]:*".  0, or -1,
 * and which entry is wrong, and why.
 */
int bind_policy_add(
    struct bind_policy *, const char *list, char *why, size_t size);

/*
 * One entry of it; and the ports of one, of which the rest of *rule stays as it
 * is.  NULL, or what is wrong with it; the text is torn.
 */
const char *bind_rule_read(struct bind_rule *, char *text);
const char *bind_ports_read(struct bind_rule *, char *text);
/* "10.0.0.0/8", or "fd00::/8", of a family, 4 or 6; the same of it. */
const char *bind_prefix_read(struct bind_rule *, char *text, int family);

#endif

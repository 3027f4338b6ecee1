/* SPDX-License-Identifier: ISC */
#ifndef RULES_TELL_H
#define RULES_TELL_H

struct address;
struct rules;

/*
 * diald is told all of them, and where the API listens: there, or NULL: as it
 * was said before.
 */
void rules_feed(const struct address *api);

/* They are those that count from now on; *rules is empty then. */
void rules_apply(struct rules *);

#endif

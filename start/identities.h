/* SPDX-License-Identifier: ISC */
#ifndef IDENTITIES_H
#define IDENTITIES_H

#include <stdint.h>

struct given;

/* Which users there are for children. */
enum identities {
	IDENTITIES_OWN,    /* each child has another one */
	IDENTITIES_OURS,   /* there are no ids to give, or not the powers to */
	IDENTITIES_REFUSED /* there are, but one cannot be taken whole */
};

/* It is tried, in a process of its own. */
enum identities identities_find(const struct given *);

/* What attempt() returns there, 0 to 255; or -1 and errno: there is none. */
int identities_try(int (*attempt)(const struct given *), const struct given *);

/* The last that a child may get: what is true of it is true of all. */
uint32_t identities_last(uint32_t uid_base);

#endif

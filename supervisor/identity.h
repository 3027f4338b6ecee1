/* SPDX-License-Identifier: ISC */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdint.h>

/* Whose a child is when its program begins. */

enum identity {
	IDENTITY_OWN,    /* each child has another one */
	IDENTITY_OURS,   /* there are no ids to give, or not the powers to */
	IDENTITY_REFUSED /* there are, but one cannot be taken whole */
};

/* Which it can be is tried, in a process of its own. */
enum identity identity_find(void);

/* What attempt() returns there, 0 to 255; or -1 and errno: there is none. */
int identity_try(int (*attempt)(void));

/* The last that a child may get: what is true of it is true of all. */
uint32_t identity_last(void);

/*
 * As root, in a child before exec: that uid and gid, no group, and in no set a
 * capability, but perhaps the one for chroot(2), which exec leaves to it.
 * System calls only.  0, or -1 and errno.
 */
int identity_take(uint32_t uid, int may_chroot);

/* Ours without what we can do, as far as that can be had. */
void identity_keep(void);

#endif

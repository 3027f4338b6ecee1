/* SPDX-License-Identifier: ISC */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdint.h>

/* Whose a child is when its program begins. */

/*
 * As root, in a child before exec: that uid and gid, no group, and in no set a
 * capability, but perhaps the one for chroot(2), which exec leaves to it.
 * System calls only.  0, or -1 and errno.
 */
int identity_take(uint32_t uid, int may_chroot);

/* Ours without what we can do, as far as that can be had. */
void identity_keep(void);

#endif

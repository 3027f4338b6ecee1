/* SPDX-License-Identifier: ISC */
#ifndef EXPIRY_H
#define EXPIRY_H

#include <stdint.h>

/*
 * When a lease of a proxy, or of one of its toxics, ends: a heap of times of
 * clock_boot(), and a timer for the nearest.
 */

struct proxy;

/* Who looks at a proxy when the nearest of its leases is over. */
void expiry_open(void (*look)(struct proxy *, int64_t now));
/* Room for all leases that there may be, before there is one.  0, or -1: there
 * is no memory. */
int expiry_reserve(void);
/* One of its leases is another: it is looked at when the nearest ends. */
void expiry_set(struct proxy *);
void expiry_again(struct proxy *, int64_t at); /* it could not end yet */
void expiry_forget(struct proxy *);            /* before its memory goes */
/* Is one over, and not seen to yet? */
int expiry_is_over(const struct proxy *);
/* Some of those that are over; the others in the next turn. */
void expiry_turn(void);
int expiry_waits(void); /* there is more for the next turn */
void expiry_arm(void);

#endif

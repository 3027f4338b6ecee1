/* SPDX-License-Identifier: ISC */
#ifndef PROFILE_H
#define PROFILE_H

#include <stdint.h>

struct proxy;
struct toxic;

/* The toxics that a profile has made on a proxy, whichever profile it was. */

/* The next of them behind that one; NULL: the first, and there is no more. */
struct toxic *profile_next(const struct proxy *, const struct toxic *);
uint32_t profile_count(const struct proxy *);

#endif

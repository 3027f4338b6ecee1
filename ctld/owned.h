/* SPDX-License-Identifier: ISC */
#ifndef OWNED_H
#define OWNED_H

#include <stdint.h>

#include "toxic_owner.h"

struct proxy;
struct toxic;
struct toxic_spec;

/*
 * The toxics of a proxy that somebody has made, and takes away together: see
 * toxic_owner.h.
 */

/* The next of that kind's behind that one; NULL: the first, and there is no
 * more. */
struct toxic *owned_next(
    const struct proxy *, enum owner_kind, const struct toxic *);
uint32_t owned_count(const struct proxy *, enum owner_kind);

/* So many more there may be on it, beside what its scenario may have. */
uint32_t toxics_room(const struct proxy *);

/* What is called so on it, or will be in a step of its scenario; or NULL. */
const struct toxic_spec *toxic_named(const struct proxy *, const char *name);

#endif

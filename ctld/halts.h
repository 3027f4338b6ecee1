/* SPDX-License-Identifier: ISC */
#ifndef HALTS_H
#define HALTS_H

#include <stddef.h>

#include "payload.h"

/*
 * Whose toxics are off: those of all, and of single tenants, each for itself.
 * A tenant's is not gone with the tenant: whoever comes back finds its proxies
 * as they were.  They are in the journal, for the next ctld, and with stored.
 */

/* As many as tenants that there may be, twice, the nameless one, and all. */
#define HALTS_MAX (2 * TENANTS_MAX + 2)

/* In the order of their names; halts.c's.  *n may be 0. */
const struct halt *halts_now(size_t *n);
int halts_have(const char *name);    /* a tenant's, or HALT_OF_ALL: just it */
int halts_cover(const char *tenant); /* its own, or that of all */
int halt_covers(const struct halt *, const char *tenant); /* that one */

/* One more there may be.  0, or -1: there are too many, or no memory. */
int halts_room(void);
void halts_add(const struct halt *);    /* there is room, and it is not there */
void halts_remove(const struct halt *); /* it is there */
void halts_clear(void);
void halts_log(const struct halt *, const char *message);

/* truth_load.c: one of the journal's.  0, or -1: it cannot be. */
int halts_load(const void *bytes, size_t size);
int halts_load_gone(const void *bytes, size_t size);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef HALTED_H
#define HALTED_H

#include <stddef.h>

#include "payload.h"

/* Whose toxics are off, as ctld last said. */

/* All anew.  halted_add: 0, or -1: not in the order of their names. */
void halted_begin(void);
int halted_add(const struct halt *);
void halted_end(void);

int halted_has(const char *name);      /* a tenant's, or HALT_OF_ALL: just it */
int halted_covers(const char *tenant); /* its own, or that of all */
/* Those of single tenants: of that one, or each for NULL. */
void halted_each(
    const char *tenant, void (*)(const struct halt *, void *), void *arg);
size_t halted_count(const char *tenant);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef TOXIC_LIST_H
#define TOXIC_LIST_H

#include "proxies.h"

/* Toxics of nobody yet, or of a proxy; each has its spec by itself. */

/* At the end; 0, or -1: no memory. */
int toxics_add(struct toxics *, const struct toxic_spec *);
void toxics_free(struct toxics *);
void toxic_free(struct toxic *); /* it is in none */

#endif

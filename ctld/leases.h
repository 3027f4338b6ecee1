/* SPDX-License-Identifier: ISC */
#ifndef LEASES_H
#define LEASES_H

#include <stdint.h>

/* What workers may hold back, all together. */

struct child;

int lease_borrow(struct child *, uint64_t bytes);
int lease_return(struct child *, uint64_t bytes);
void lease_adopt(struct child *, uint64_t lent, uint64_t borrows);
void lease_retire(struct child *);
void lease_end(struct child *);
unsigned int leases_waiting(void);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef LEASES_H
#define LEASES_H

#include <stdint.h>

#include "child.h"

/* What workers may hold back, all together. */

/* leases.c alone writes here. */
extern struct leases {
	uint64_t lent;               /* bytes, to all workers together */
	struct child_list borrowers; /* that wait, in the order of asking */
	unsigned int nshort; /* others, that wait for their tenants' limits */
} leases;

int lease_borrow(struct child *, uint64_t bytes);
int lease_return(struct child *, uint64_t bytes);
void lease_adopt(struct child *, uint64_t lent, uint64_t borrows);
void lease_retire(struct child *);
void lease_end(struct child *);
/* Whose it is, where there is a limit: before it borrows, or after. */
struct limit_state;
void lease_belongs(struct child *, struct limit_state *);
void leases_look(void); /* limits have changed */
unsigned int leases_waiting(void);

#endif

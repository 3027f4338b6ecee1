/* SPDX-License-Identifier: ISC */
#ifndef HEAP_H
#define HEAP_H

#include <stdint.h>

#include "deadlines.h"

/* Deadlines of one clock, the nearest first.  Zeroed it is empty. */
struct heap {
	struct deadline **of; /* of[0] is nobody's, of[1] is the nearest */
	uint32_t len, size;
};

/* Room for so many at once.  0, or -1: no memory. */
int heap_reserve(struct heap *, uint32_t n);
void heap_free(struct heap *);
/* Without room it makes some, or is fatal.  CLOCK_NEVER: out of the heap. */
void heap_set(struct heap *, struct deadline *, int64_t at);
int64_t heap_next(const struct heap *); /* CLOCK_NEVER: it is empty */
/* The nearest, out of the heap; NULL: none is due. */
struct deadline *heap_take_due(struct heap *, int64_t now);

#endif

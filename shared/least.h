/* SPDX-License-Identifier: ISC */
#ifndef LEAST_H
#define LEAST_H

#include <stdint.h>

/* Arithmetic of amounts, of which none is less than nothing. */

static inline uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* What is left of a; 0, if b is more. */
static inline uint64_t
minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

#endif

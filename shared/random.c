/* SPDX-License-Identifier: ISC */
/* Repeatable draws: the same seed, proxy and session draw the same numbers. */

#include "random.h"

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

uint64_t
random_next(struct random *r)
{
	uint64_t z;

	z = (r->state += GOLDEN);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

void
random_seed(struct random *r, uint64_t seed, const char *name, uint64_t number)
{
	r->state = seed;
	for (; *name != '\0'; name++)
		r->state = random_next(r) ^ (unsigned char)*name;
	r->state = random_next(r) ^ number;
	r->state = random_next(r);
}

/* Values of the last, incomplete run of `below` would favour the low ones. */
int64_t
random_below(struct random *r, int64_t below)
{
	uint64_t n = (uint64_t)below;
	uint64_t limit = UINT64_MAX - UINT64_MAX % n;
	uint64_t v;

	do
		v = random_next(r);
	while (v >= limit);
	return (int64_t)(v % n);
}

float
random_unit(struct random *r)
{
	return (float)(random_next(r) >> 40) / (float)(1 << 24);
}

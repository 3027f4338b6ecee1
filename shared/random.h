/* SPDX-License-Identifier: ISC */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

/*
 * A small repeatable generator (SplitMix64: Steele, Lea, Flood, "Fast
 * splittable pseudorandom number generators", 2014).  Not for secrets.
 */
struct random {
	uint64_t state;
};

/* Two streams with different (seed, name, number) have nothing in common. */
void random_seed(
    struct random *, uint64_t seed, const char *name, uint64_t number);

uint64_t random_next(struct random *);

/* Uniform in [0, below); below must be above 0. */
int64_t random_below(struct random *, int64_t below);

/* Uniform in [0, 1), 24 bits: every value is a float. */
float random_unit(struct random *);

#endif

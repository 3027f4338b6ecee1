/* SPDX-License-Identifier: ISC */
#ifndef RATE_H
#define RATE_H

#include <stdint.h>

/*
 * How many there were in the last second: never more than was allowed are let
 * through in any second, wherever it begins.  What is over is forgotten up to
 * a part of a second late, so that a little less than that is let through in
 * the long run.  Zeros: none yet.
 */

#define RATE_PARTS 64 /* of a second */

struct rate {
	int64_t part;               /* the last in which there was one */
	uint32_t n[RATE_PARTS + 1]; /* in each; the next one's is the oldest */
};

/* One more, of so many in a second: 1, and it is counted; or 0. */
int rate_take(struct rate *, uint64_t most, int64_t now);
/* So many more, however many there are. */
void rate_add(struct rate *, uint32_t n, int64_t now);
uint64_t rate_used(struct rate *, int64_t now);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef BACKOFF_H
#define BACKOFF_H

#include <stdint.h>

/*
 * How long to wait before the next try: twice as long each time, and at random
 * between half of it and all, so that a fleet does not come all at once.
 */
struct backoff {
	int64_t first_ms, most_ms;
	unsigned int tries;
};

int64_t backoff_next(struct backoff *); /* ms */
void backoff_reset(struct backoff *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef RESTARTS_H
#define RESTARTS_H

#include <stdint.h>

#include "names.h"

/* When a child that died comes back. */

/* How fast children that die come back: see restarts.c. */
struct restarts {
	int tokens;
	int64_t backoff; /* ns: the next delay once there is no token */
	uint32_t count;  /* all so far */
};

void restarts_init(struct restarts *);
int64_t restarts_delay(struct restarts *, int64_t lived); /* ns to wait */
void restarts_hold_off(enum role, int64_t lived); /* one of it has died */

#endif

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

/* Of each role; relayd: of the spares, but the count is of all workers. */
extern struct role_restarts {
	struct restarts of[ROLE_MAX];
	int64_t at[ROLE_MAX];    /* it may come */
	int64_t delay[ROLE_MAX]; /* ns that it is, or was, away for */
} restarts;

void restarts_init(struct restarts *);
int64_t restarts_delay(struct restarts *, int64_t lived); /* ns to wait */

void restarts_init_roles(void);
void restarts_take(const struct restarts of[ROLE_MAX]); /* an earlier ctld's */
void restarts_hold_off(enum role, int64_t lived); /* a child of it has died */
void restarts_put_off(enum role, int64_t now);    /* it could not be started */
void restarts_rest(enum role, int64_t ns); /* ... or is not to be, so long */
void restarts_count_worker(void);

#endif

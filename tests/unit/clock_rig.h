/* SPDX-License-Identifier: ISC */
#ifndef CLOCK_RIG_H
#define CLOCK_RIG_H

#include <stdint.h>

/*
 * Turns the clock by hand, for what is not to depend on a busy machine; and
 * counts how often others were let run.
 */

extern int64_t clock_stopped_at; /* 0: it goes on */

void clock_stop(void);

/* Those of leases; 0: as above. */
extern int64_t clock_boot_at, clock_wall_at;

extern int yields; /* calls of sched_yield() */

#endif

/* SPDX-License-Identifier: ISC */
#ifndef STREAMS_H
#define STREAMS_H

#include <stdint.h>

/* GET /events: those who wait for events, and who read them as they come. */

void streams_run(void); /* those that have something, a few in each turn */
void streams_tick(int64_t now);
int streams_timeout(int64_t now); /* ms; -1: there is none */
void streams_finish(void);        /* nobody waits from now on */

#endif

/* SPDX-License-Identifier: ISC */
#ifndef STREAMS_H
#define STREAMS_H

#include <stdint.h>

/* Those who wait for events, and who read them as they come. */

struct request;

/* From that id on, or EVENTS_FROM_NOW: it is told first how all is. */
void stream_live(struct request *, uint64_t after);
/* One reply: at once where there is something, or within so many ms. */
void stream_once(struct request *, uint64_t after, uint64_t wait);

void streams_run(void); /* those that have something, a few in each turn */
void streams_tick(int64_t now);
int streams_timeout(int64_t now); /* ms; -1: there is none */
void streams_finish(void);        /* nobody waits from now on */

#endif

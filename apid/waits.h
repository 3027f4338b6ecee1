/* SPDX-License-Identifier: ISC */
#ifndef WAITS_H
#define WAITS_H

#include <stdint.h>

/*
 * GET /proxies/{proxy}/wait: those who wait for what a proxy, or one of its
 * toxics, is yet to count.  ctld is told which proxies that is about: their
 * workers say sooner what they have counted.
 */

void waits_look(uint32_t proxy_id); /* the replica has other numbers of it */
void waits_look_at_all(void);       /* ... all of them, by another ctld */
void waits_run(void);               /* those at their end, a few in each turn */
void waits_tick(int64_t now);
int waits_timeout(int64_t now); /* ms; -1: there is none */
void waits_finish(void);        /* nobody waits from now on */

#endif

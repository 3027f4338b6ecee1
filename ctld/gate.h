/* SPDX-License-Identifier: ISC */
#ifndef GATE_H
#define GATE_H

#include <stdint.h>

/*
 * What a tenant may have of sessions, and of clients in a second.  Its workers
 * ask before they let somebody in: what all of them have is counted here and
 * nowhere else.
 */

struct child;
struct relay_enter;
struct relay_here;

/* A worker that has its proxy: must it ask, or not any more? */
void gate_tell(struct child *);

/* 0, or -1: no honest worker says that. */
int gate_enter(struct child *, uint32_t id, const struct relay_enter *);

/* As the program before this one had it; it may ask again then. */
void gate_adopt(struct child *, const struct relay_here *);
/* Of that tenant; it has so many sessions, and they stay until its end. */
void gate_adopt_retired(struct child *, const char *tenant, uint32_t inside);
void gate_end(struct child *); /* it is dead */

#endif

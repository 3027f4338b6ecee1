/* SPDX-License-Identifier: ISC */
#ifndef SCENARIO_EVENT_H
#define SCENARIO_EVENT_H

#include <stdint.h>

struct change;
struct proxy;
struct scenario;
struct scenario_place;

/* What becomes of scenarios, said to who watches: see event_make.h. */

void event_scenario_started(const struct change *); /* ... and its first step */
void event_scenario_step(
    const struct scenario *, const struct scenario_place *, uint32_t toxics);
void event_scenario_ended(const struct scenario *, const char *why);
void event_scenario_deleted(const struct change *);
/* The proxy's, if it is in one. */
void event_scenario_of(const struct proxy *, const char *why);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SCENARIO_H
#define SCENARIO_H

#include "deadlines.h"
#include "payload_scenario.h"
#include "proxies.h"

struct halt;

/*
 * A scenario, which a proxy is in: its steps' toxics, and when it is to be
 * looked at.  Steps do not change what is here: which one it is in follows from
 * the clock.  See scenario_steps.h.
 */
struct scenario {
	TAILQ_ENTRY(scenario) entry;
	struct scenario_spec spec;
	struct proxy *proxy;  /* that is in it; NULL: not yet */
	struct toxics toxics; /* of all steps, each with its owner */
	uint32_t nread;       /* so many are here */
	uint32_t most;        /* of one step */
	struct deadline next; /* clock_boot(): it is looked at */
};

/* Of a proxy: none of its steps has been. */
#define SCENARIO_NO_STEP UINT64_MAX

/* Who looks at one whose time has come: it may end, and be freed. */
void scenarios_open(void (*look)(struct scenario *, int64_t now));
/* Room for the times of all that there may be.  0, or -1: no memory. */
int scenarios_reserve(void);
void scenarios_turn(void);                /* some of those that are due */
void scenarios_halt(const struct halt *); /* those that it is about: a look */
int scenarios_have(const struct halt *);  /* Is there one of those? */
int scenarios_wait(void);                 /* there is more for the next turn */
void scenarios_arm(void);
/* From the first on, and behind it; NULL: there are no more. */
struct scenario *scenario_next(const struct scenario *);
unsigned int scenarios_count(void);

/* That no proxy is in yet: but its name is taken.  NULL: no memory. */
struct scenario *scenario_new(const struct scenario_spec *);
void scenario_free(struct scenario *);
struct scenario *scenario_find(const char *tenant, const char *name);

/* May that be the next toxic of one whose others are these? */
int scenario_may_have(const struct scenario_spec *, const struct toxics *,
    const struct toxic_spec *);
/* The next one.  1: it was the last; 0; -1: it may not be; -2: no memory. */
int scenario_read(struct scenario *, const struct toxic_spec *);
/* All of a list, which may be there. */
void scenario_take(struct scenario *, struct toxics *);
/* Those of a step, added to a list.  0, or -1: no memory. */
int scenario_copy(
    const struct scenario *, uint32_t step, struct toxics *, uint32_t *n);
const struct toxic *scenario_toxic_find(
    const struct scenario *, const char *name);

/* For how many toxics it counts: all of its own, and those at work. */
uint32_t scenario_counts(const struct scenario *);

/* It is looked at then, and not before; when it is at its next step, or over,
 * and not before least. */
void scenario_look_at(struct scenario *, int64_t at);
void scenario_goes_on(struct scenario *, int64_t now, int64_t least);

#endif

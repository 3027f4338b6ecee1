/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_SCENARIO_H
#define PAYLOAD_SCENARIO_H

#include <stdint.h>

#include "agreed.h"
#include "connect_spec.h"
#include "proxy_key.h"
#include "toxic_owner.h"

/*
 * A scenario: steps, one behind the other, each with toxics of its own on one
 * proxy.  Which step it is in follows from when it began, and the clock.
 *
 * Its toxics come behind it, in the order of their steps; of which of them one
 * is, its owner says.  No other change of its proxy comes between.
 */

/* ms: a year */
#define SCENARIO_DURATION_MAX (INT64_C(365) * 24 * 3600 * 1000)

struct scenario_spec {
	struct proxy_key proxy;
	/* in a request	0: when it is done
	 * in the truth	ns of clock_boot(), maybe of before that: negative
	 * at stored	ms since 1970 */
	int64_t began;
	int64_t lease; /* see lease.h */
	char name[OWNER_NAME_MAX + 1];
	char id[OWNER_NAME_MAX + 1]; /* no later one of its name has that */
	uint32_t nsteps;
	uint32_t ntoxics;  /* of all steps */
	uint8_t loops;     /* its first step is behind its last */
	uint8_t nconnects; /* that differ, of all steps */
	uint8_t reserved[6];
	int64_t durations[SCENARIO_STEPS_MAX];  /* ms; behind the last 0 */
	uint8_t connect_of[SCENARIO_STEPS_MAX]; /* .connects, from 1; or 0 */
	/* 1, in a request	its toxics are a profile's: those that lose
	 *			segments may be left out, where there is none
	 *			to be had
	 *    in the truth	they were left out */
	uint8_t lossless[SCENARIO_STEPS_MAX];
	struct connect_spec connects[SCENARIO_CONNECTS_MAX]; /* not usual */
};

/* Whichever proxy is in it. */
struct scenario_name {
	struct proxy_key proxy; /* its tenant; no name */
	char name[OWNER_NAME_MAX + 1];
	char id[OWNER_NAME_MAX + 1]; /* that one, and no other; "": any */
};

struct scenario_place {
	uint64_t nth; /* of all steps since it began, from 0 on */
	uint32_t step;
	uint64_t round; /* all have been gone through so often */
	int64_t ends;   /* ns since it began: so does the step */
};

/*
 * Where it is, so many ns after it has begun; before that, at its beginning.
 * 0, or -1: it is over.
 */
int scenario_place(
    const struct scenario_spec *, int64_t elapsed, struct scenario_place *);

/* What is laid over its proxy's own in that step; NULL: nothing is. */
const struct connect_spec *scenario_connect(
    const struct scenario_spec *, uint32_t step);
/* The most that any of its steps has: see connect_spec.h. */
double scenario_syn_loss(const struct scenario_spec *);
/* One that is usual is none.  0, or -1: too many differ. */
int scenario_connect_set(
    struct scenario_spec *, uint32_t step, const struct connect_spec *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef APID_PROFILES_H
#define APID_PROFILES_H

#include <stdio.h>

#include "toxic_owner.h"

/*
 * Networks by name: what toxics a proxy has that is as one of them.
 *
 * A row of those that are built in:
 *
 * X(name, does, source, round_trip, jitter, up, down, loss)
 *
 *	round_trip	ms, as the source has it: each direction has half,
 *			downstream what is left over
 *	jitter		likewise
 *	up, down	kbit/s, which all connections of the proxy share; 0: no
 *			limit
 *	loss		percent of segments in each direction, as text; "": none
 */
#define BY_COMCAST "the README of tylertreat/comcast at 01f2823"
#define BY_LIGHTHOUSE "GoogleChrome/lighthouse, mobileSlow4G"
#define BY_HEARSAY "as users report it: there is no table that has it"
#define BUILT_IN_PROFILES(X)                                               \
	X("gprs", "GPRS, good", BY_COMCAST, 500, 0, 50, 50, "2")           \
	X("edge", "EDGE, good", BY_COMCAST, 300, 0, 250, 250, "1.5")       \
	X("3g", "3G or HSDPA, good", BY_COMCAST, 250, 0, 750, 750, "1.5")  \
	X("slow-4g", "a slow 4G", BY_LIGHTHOUSE, 150, 0, 750, 1638, "")    \
	X("dial-up", "a modem, good", BY_COMCAST, 185, 0, 40, 40, "2")     \
	X("dsl", "DSL, good", BY_COMCAST, 40, 0, 8000, 8000, "0.5")        \
	X("slow-dsl", "DSL, poor", BY_COMCAST, 70, 0, 2000, 2000, "2")     \
	X("wifi", "Wi-Fi, good", BY_COMCAST, 40, 0, 30000, 30000, "0.2")   \
	X("satellite", "a satellite", BY_COMCAST, 1500, 0, 0, 0, "0.2")    \
	X("starlink", "satellites that are near", BY_HEARSAY, 27, 7, 0, 0, \
	    "0.13")

struct profile {
	char name[OWNER_NAME_MAX + 1];
	const char *does, *source;
	size_t ntoxics;
	struct toxic_spec *toxics; /* each with its owner */
	const char *loss;          /* percent of segments, as text; or "" */
};

/* "profile_latency_up": a name by itself, which is in nobody's way. */
void profile_name_toxic(struct toxic_spec *);

/* Those of the configuration file, all anew, toxic by toxic; until the end
 * those before count.  0, or -1: no honest ctld says it. */
void profiles_begin(void);
int profiles_add(const struct toxic_spec *);
void profiles_end(void);

/* The i-th, by what they are made of; NULL: there are no more. */
const struct profile *profiles_nth(size_t i);

/* In any case; NULL: there is none of that name. */
const struct profile *profiles_find(const char *name);

/* That a network wants, and its profile is applied without: one more member. */
void encode_missing(FILE *);

/* Which one may have been meant; or NULL. */
const char *profiles_meant(const char *name);

#endif

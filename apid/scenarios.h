/* SPDX-License-Identifier: ISC */
#ifndef APID_SCENARIOS_H
#define APID_SCENARIOS_H

#include "values.h"

/* A proxy's scenario, as ctld told it: nothing of it changes until it is gone.
 */
struct scenario {
	struct scenario_spec spec;
	struct toxic_spec **toxics; /* each by itself, in order */
	size_t ntoxics;             /* so many are here */
};

/* What is asked for, until it is answered. */
struct scenario_wanted {
	struct scenario_spec spec;
	struct toxic_spec toxics[SCENARIO_TOXICS_MAX];
	int lacks_loss; /* a profile of its steps is applied without */
};

/* The tenant of its proxy is the caller's to say.  0, or -1 and why. */
int decode_scenario(struct scenario_wanted *, json_t *, struct failure *);

/* As GET shows it; names with their tenants where they are of more than one. */
void encode_scenario(FILE *, const struct scenario *, int has_tenants);

#endif

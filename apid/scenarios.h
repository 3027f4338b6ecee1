/* SPDX-License-Identifier: ISC */
#ifndef APID_SCENARIOS_H
#define APID_SCENARIOS_H

#include "values.h"

/* A proxy's scenario, as ctld told it, or as it is asked for. */
struct scenario {
	struct scenario_spec spec;
	struct toxic_spec **toxics; /* each by itself, in order */
	size_t ntoxics;             /* so many are here */
};

void scenario_free(struct scenario *); /* or NULL */

/*
 * NULL, and why: it cannot be.  The tenant of its proxy is the caller's to say;
 * so is which proxy, where that is given: none is named in it then.
 */
struct scenario *decode_scenario(json_t *, const char *proxy, struct failure *);

/* The members that one may have, in a proxy or by itself, and its steps. */
extern const struct keys scenario_keys, scenario_of_proxy_keys, step_keys;

/* As GET shows it; names with their tenants where they are of more than one. */
void encode_scenario(FILE *, const struct scenario *, int has_tenants);
/* As decode_scenario() takes it, of a proxy that is given. */
void encode_scenario_as_asked(FILE *, const struct scenario *);

#endif

/* SPDX-License-Identifier: ISC */
/* Scenarios, out of JSON that somebody else wrote. */
#ifndef SCENARIOS_H
#define SCENARIOS_H

#include <jansson.h>

#include "toxi.h"

/* NULL: *err says why. */
struct toxi_scenario *scenario_decode(json_t *, struct toxi_error *);
struct toxi_scenarios *scenarios_decode(json_t *, struct toxi_error *);

/* As toxi_scenario_free() and so on, which only one of the libraries has. */
void scenario_free(struct toxi_scenario *);
void scenarios_free(struct toxi_scenarios *);

#endif

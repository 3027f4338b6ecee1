/* SPDX-License-Identifier: ISC */
/* What commands say of scenarios. */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <jansson.h>

#include "toxictl.h"

json_t *json_of_scenario(const struct toxi_scenario *);

/* "latency_downstream latency=100; ...", by malloc; exits if there is no
 * memory. */
char *scenario_step_text(const struct toxi_step *);

/* "Failed to WHAT scenario NAME"; returns the exit code. */
int scenario_fail(const struct ctl *, const struct toxi_error *,
    const char *what, const char *name);

#endif

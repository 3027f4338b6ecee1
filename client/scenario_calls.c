/* SPDX-License-Identifier: ISC */
/* Scenarios: each request of the API as a blocking call. */

#include "client.h"
#include "scenarios.h"

int
toxi_scenario_start(struct toxi *toxi, const struct toxi_scenario *scenario,
    struct toxi_scenario **started, struct toxi_error *err)
{
	struct request r;

	request_scenario_start(&r, scenario);
	return client_perform(
	    toxi, &r, &(struct wanted){ .scenario = started, .err = err });
}

int
toxi_scenario_get(struct toxi *toxi, const char *name,
    struct toxi_scenario **scenario, struct toxi_error *err)
{
	struct request r;

	request_scenario_get(&r, name);
	return client_perform(
	    toxi, &r, &(struct wanted){ .scenario = scenario, .err = err });
}

int
toxi_scenario_list(struct toxi *toxi, struct toxi_scenarios **scenarios,
    struct toxi_error *err)
{
	struct request r;

	request_scenario_list(&r);
	return client_perform(
	    toxi, &r, &(struct wanted){ .scenarios = scenarios, .err = err });
}

int
toxi_scenario_stop(struct toxi *toxi, const char *name, struct toxi_error *err)
{
	struct request r;

	request_scenario_stop(&r, name);
	return client_perform(toxi, &r, &(struct wanted){ .err = err });
}

int
toxi_scenario_stop_one(
    struct toxi *toxi, const char *name, const char *id, struct toxi_error *err)
{
	struct request r;

	request_scenario_stop_one(&r, name, id);
	return client_perform(toxi, &r, &(struct wanted){ .err = err });
}

void
toxi_scenario_free(struct toxi_scenario *scenario)
{
	scenario_free(scenario);
}

void
toxi_scenarios_free(struct toxi_scenarios *scenarios)
{
	scenarios_free(scenarios);
}

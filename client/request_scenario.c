/* SPDX-License-Identifier: ISC */
/* What is asked of scenarios. */

#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "failure.h"
#include "request_parts.h"

static const char lack[] = "the server has no scenarios";

static void
begin(
    struct request *r, const char *call, const char *method, enum answer answer)
{
	request_begin(r, call, method, answer);
	r->lack = lack;
	if ((r->path = strdup("/scenarios")) == NULL)
		fail_nomem(&r->error);
}

void
request_scenario_start(struct request *r, const struct toxi_scenario *scenario)
{
	begin(r, "toxi_scenario_start", "POST", ANSWER_SCENARIO);
	if (r->error.code == TOXI_OK)
		r->ask = encode_scenario(scenario, &r->error);
}

void
request_scenario_list(struct request *r)
{
	begin(r, "toxi_scenario_list", "GET", ANSWER_SCENARIOS);
}

void
request_scenario_get(struct request *r, const char *name)
{
	begin(r, "toxi_scenario_get", "GET", ANSWER_SCENARIO);
	request_step(r, "scenario", name);
}

void
request_scenario_stop(struct request *r, const char *name)
{
	begin(r, "toxi_scenario_stop", "DELETE", ANSWER_NOTHING);
	request_step(r, "scenario", name);
}

void
request_scenario_stop_one(struct request *r, const char *name, const char *id)
{
	char *escaped;

	begin(r, "toxi_scenario_stop_one", "DELETE", ANSWER_NOTHING);
	request_step(r, "scenario", name);
	if (r->path == NULL)
		return;
	if (id == NULL || *id == '\0') {
		fail(&r->error, TOXI_ERR_ARGUMENT, "no id of a scenario");
		return;
	}
	if ((escaped = request_escape(id)) == NULL) {
		fail_nomem(&r->error);
		return;
	}
	request_behind(r, "?id=");
	request_behind(r, escaped);
	free(escaped);
}

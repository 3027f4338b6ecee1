/* SPDX-License-Identifier: ISC */
/* See scenario_file.h. */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "config_fault.h"
#include "config_kinds.h"
#include "config_parts.h"
#include "connect.h"
#include "scenario_file.h"

/* What the API shows of one that is under way is no part of it. */
static const char *const scenario_keys[] = { "name", "proxy", "loop", "ttl",
	"steps", "step", "left", "round", "began", "expires_in", "missing",
	"id" };
static const char *const step_keys[] = { "duration", "toxics", "profile",
	"connect", "missing" };
#define NITEMS(list) (sizeof(list) / sizeof((list)[0]))

static int
take_duration(struct config *c, json_t *json, struct toxi_step *step)
{
	json_t *duration = config_member(json, "duration");

	if (duration == NULL)
		return config_bad(c, "", "it has no duration");
	if (!config_is_integer(duration) || config_integer(duration) <= 0)
		return config_bad(c, "duration",
		    "a duration is a number of milliseconds, above 0");
	step->duration_ms = config_integer(duration);
	return 0;
}

/* They are another's than those that are shown. */
static void
forget_owners(struct wanted *w)
{
	size_t i;

	for (i = 0; i < w->n_toxics; i++)
		w->toxics[i].owner = NULL;
}

static int
take_connect(
    struct config *c, json_t *json, struct wanted *w, struct toxi_step *step)
{
	const char *why = "";
	const int given = connect_of_proxy(json, &w->connect, &why);

	step->connect = given != 0 ? &w->connect : NULL;
	return given != -1 ? 0 : config_bad(c, "connect", "%s", why);
}

static int
take_step(
    struct config *c, json_t *json, struct wanted *w, struct toxi_step *step)
{
	json_t *toxics;

	if (config_check_keys(c, json, step_keys, NITEMS(step_keys), "it") ==
		-1 ||
	    take_duration(c, json, step) == -1 ||
	    config_take_text(c, json, "profile", &step->profile) == -1 ||
	    take_connect(c, json, w, step) == -1)
		return -1;
	toxics = config_member(json, "toxics");
	if (toxics != NULL && step->profile != NULL)
		return config_bad(c, "", "it has toxics, and a profile");
	if (config_take_toxics(c, toxics, w) == -1)
		return -1;
	forget_owners(w);
	step->toxics = (struct toxi_toxics){ w->toxics, w->n_toxics };
	return 0;
}

static int
take_steps(struct scenario_file *f, json_t *array)
{
	struct config *c = &f->config;
	size_t i, n = json_array_size(array);
	json_t *json;

	if (!json_is_array(array) || n == 0)
		return config_bad(c, array != NULL ? "steps" : "",
		    "its \"steps\" are no array of one or more");
	c->list = calloc(n, sizeof(*c->list));
	f->steps = calloc(n, sizeof(*f->steps));
	if (c->list == NULL || f->steps == NULL ||
	    (c->texts = json_array()) == NULL)
		err(1, NULL);
	f->scenario.steps = (struct toxi_steps){ f->steps, n };
	c->member = "steps";
	c->what = "step";
	json_array_foreach(array, i, json)
	{
		c->n = i + 1;
		if (take_step(c, json, &c->list[i], &f->steps[i]) == -1)
			return -1;
	}
	return 0;
}

static int
take_scenario(struct scenario_file *f)
{
	struct toxi_scenario *s = &f->scenario;
	struct config *c = &f->config;
	json_t *json = c->json, *loop;

	if (config_check_keys(c, json, scenario_keys, NITEMS(scenario_keys),
		"a scenario") == -1 ||
	    config_take_text(c, json, "name", &s->name) == -1 ||
	    config_take_text(c, json, "proxy", &s->proxy) == -1 ||
	    config_take_ttl(c, json, &s->ttl_ms) == -1)
		return -1;
	if (s->name == NULL || s->proxy == NULL)
		return config_bad(c, "", "a scenario has a name and a proxy");
	loop = config_member(json, "loop");
	if (loop != NULL && !json_is_boolean(loop))
		return config_bad(
		    c, "loop", "\"loop\" is neither true nor false");
	s->loop = json_is_true(loop);
	return take_steps(f, config_member(json, "steps"));
}

int
scenario_file_read(struct scenario_file *f, const char *path)
{
	memset(f, 0, sizeof(*f));
	return config_open(&f->config, path) == -1 ? -1 : take_scenario(f);
}

void
scenario_file_free(struct scenario_file *f)
{
	free(f->steps);
	config_free(&f->config);
}

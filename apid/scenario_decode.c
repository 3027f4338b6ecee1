/* SPDX-License-Identifier: ISC */
/* A scenario as somebody asks for it: checked as a whole, or why not. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "connect.h"
#include "log.h"
#include "nitems.h"
#include "profiles.h"
#include "scenarios.h"
#include "text_put.h"
#include "toxic_owner.h"

static int
refuse(struct failure *f, const char *path, const char *why)
{
	failure_set(f, 400, "%s: %s", path, why);
	failure_at(f, path);
	return -1;
}

/* Of a proxy that is given, it says no "proxy", nor an "id". */
static const char *const of_scenario[] = { "name", "loop", "ttl", "steps",
	"proxy", "id" };
static const char *const of_step[] = { "duration", "toxics", "profile",
	"connect" };

const struct keys scenario_keys = { of_scenario, nitems(of_scenario) };
const struct keys scenario_of_proxy_keys = { of_scenario,
	nitems(of_scenario) - 2 };
const struct keys step_keys = { of_step, nitems(of_step) };

/* What is meant to be there and is not would be missed by nobody. */
static int
has_unknown(const struct object *o, const struct keys *keys)
{
	char what[160];

	snprintf(what, sizeof(what), "%s%shas no member", o->path,
	    *o->path != '\0' ? ": a step " : "a scenario ");
	return refuse_unknown(o, keys, what);
}

static int
has_room(const struct scenario *w, const char *path, struct failure *f)
{
	if (w->spec.ntoxics == SCENARIO_TOXICS_MAX) {
		failure_set(f, 400,
		    "%s: a scenario has at most %d toxics, of all its steps",
		    path, SCENARIO_TOXICS_MAX);
		failure_at(f, path);
		return 0;
	}
	return 1;
}

static int
is_taken(const struct scenario *w, size_t first, const char *name)
{
	size_t i;

	for (i = first; i < w->spec.ntoxics; i++) {
		if (strcmp(w->toxics[i]->name, name) == 0)
			return 1;
	}
	return 0;
}

/* The next toxic is of that step; it is there for as long as that is. */
static int
add(struct scenario *w, struct toxic_spec *spec, size_t first, const char *path,
    struct failure *f)
{
	char owner[TOXIC_OWNER_MAX + 1];

	if (spec->lease != 0)
		return refuse(f, path_of(path, "ttl").text,
		    "a toxic of a scenario has none");
	if (is_taken(w, first, spec->name))
		return refuse(
		    f, path, "a toxic of that name is in the step twice");
	owner_step_text(w->spec.name, w->spec.nsteps, owner);
	(void)toxic_owner_set(spec, owner);
	if ((w->toxics[w->ntoxics] = toxic_spec_dup(spec)) == NULL)
		fatal("%s", __func__);
	w->spec.ntoxics = (uint32_t)++w->ntoxics;
	return 0;
}

static int
get_toxic(struct scenario *w, const struct object *o, size_t first)
{
	struct toxic_spec spec;
	struct failure within;

	if (!has_room(w, o->path, o->f))
		return -1;
	if (expect_object(o->json, o->path, o->f) == -1)
		return -1;
	if (decode_toxic(&spec, NULL, o->json, &within) == -1) {
		failure_set(
		    o->f, within.status, "%s: %s", o->path, within.text);
		failure_at(o->f,
		    within.at[0] != '\0' ? path_of(o->path, within.at).text
					 : o->path);
		return -1;
	}
	if (spec.nowner > 0)
		return refuse(o->f, path_of(o->path, "owner").text,
		    "a toxic of a scenario has none");
	return add(w, &spec, first, o->path, o->f);
}

static int
get_toxics(struct scenario *w, const struct object *step, json_t *list)
{
	const struct path path = path_of(step->path, "toxics");
	const size_t first = w->spec.ntoxics;
	struct object o = { .f = step->f };
	struct path nth;
	size_t i;

	if (!json_is_array(list))
		return mismatch(path.text, "an array", list, step->f);
	json_array_foreach(list, i, o.json)
	{
		nth = path_nth(path.text, i);
		o.path = nth.text;
		if (get_toxic(w, &o, first) == -1)
			return -1;
	}
	return 0;
}

/* ctld leaves out what of it cannot be had. */
static int
take_profile(struct scenario *w, const struct profile *p, const char *path,
    struct failure *f)
{
	const size_t first = w->spec.ntoxics;
	struct toxic_spec spec;
	size_t i;

	w->spec.lossless[w->spec.nsteps] = 1;
	for (i = 0; i < p->ntoxics; i++) {
		spec = p->toxics[i];
		if (!has_room(w, path, f) ||
		    add(w, &spec, first, path, f) == -1)
			return -1;
	}
	return 0;
}

static int
get_profile(struct scenario *w, const struct object *step, int *given)
{
	const struct path path = path_of(step->path, "profile");
	char name[OWNER_NAME_MAX + 1] = "";
	const struct profile *p;
	const char *near;

	if (get_text(step, "profile", name, OWNER_NAME_MAX, given) == -1)
		return -1;
	if (!*given)
		return 0;
	if ((p = profiles_find(name)) != NULL)
		return take_profile(w, p, path.text, step->f);
	near = profiles_meant(name);
	failure_set(step->f, 400, "%s: there is no profile \"%s\"%s%s%s",
	    path.text, name, near != NULL ? ": did you mean \"" : "",
	    near != NULL ? near : "", near != NULL ? "\"?" : "");
	failure_at(step->f, path.text);
	return -1;
}

static int
get_duration(struct scenario *w, const struct object *step)
{
	const struct path path = path_of(step->path, "duration");
	json_t *v = member(step->json, "duration");
	int64_t ms;

	if (v == NULL)
		return refuse(
		    step->f, path.text, "is missing: how long it takes, in ms");
	if (get_integer(v, path.text, &ms, step->f) == -1)
		return -1;
	if (ms < 1 || ms > SCENARIO_DURATION_MAX) {
		failure_set(step->f, 400,
		    "%s: must be from 1 to %" PRId64 " (ms)", path.text,
		    SCENARIO_DURATION_MAX);
		failure_at(step->f, path.text);
		return -1;
	}
	w->spec.durations[w->spec.nsteps] = ms;
	return 0;
}

/* As its proxy's own would be. */
static int
take_connect(struct scenario *w, const struct object *step)
{
	const struct path path = path_of(step->path, "connect");
	struct connect_spec c;
	int given;

	if (get_connect(step, &c, &given) == -1)
		return -1;
	if (scenario_connect_set(&w->spec, w->spec.nsteps, &c) == 0)
		return 0;
	failure_set(step->f, 400,
	    "%s: a scenario has at most %d that differ, of all its steps",
	    path.text, SCENARIO_CONNECTS_MAX);
	failure_at(step->f, path.text);
	return -1;
}

static int
get_step(struct scenario *w, const struct object *step)
{
	json_t *toxics;
	int has_profile;

	if (!json_is_object(step->json))
		return mismatch(step->path, "an object", step->json, step->f);
	if (has_unknown(step, &step_keys) == -1 ||
	    get_duration(w, step) == -1 || take_connect(w, step) == -1 ||
	    get_profile(w, step, &has_profile) == -1)
		return -1;
	toxics = member(step->json, "toxics");
	if (toxics != NULL && has_profile)
		return refuse(step->f, step->path,
		    "it has toxics, or a profile, and not both");
	if (toxics != NULL && get_toxics(w, step, toxics) == -1)
		return -1;
	w->spec.nsteps++;
	return 0;
}

static int
get_steps(struct scenario *w, const struct object *o)
{
	json_t *list = member(o->json, "steps");
	struct object step = { .f = o->f };
	struct path path;
	size_t i;

	if (list == NULL)
		return missing("steps", "", o->f);
	if (!json_is_array(list))
		return mismatch("steps", "an array", list, o->f);
	if (json_array_size(list) < 1 ||
	    json_array_size(list) > SCENARIO_STEPS_MAX) {
		failure_set(o->f, 400, "steps: must be from 1 to %d",
		    SCENARIO_STEPS_MAX);
		failure_at(o->f, "steps");
		return -1;
	}
	json_array_foreach(list, i, step.json)
	{
		path = path_nth("steps", i);
		step.path = path.text;
		if (get_step(w, &step) == -1)
			return -1;
	}
	return 0;
}

static int
get_good_name(const struct object *o, const char *key, char *word, int *given)
{
	if (get_text(o, key, word, OWNER_NAME_MAX, given) == -1)
		return -1;
	return !*given || owner_name_is_good(word)
	    ? 0
	    : refuse(o->f, key,
		  "it has to be of letters, digits, '_', '-' and '.'");
}

static int
get_name(struct scenario *w, const struct object *o)
{
	int given;

	if (get_good_name(o, "name", w->spec.name, &given) == -1)
		return -1;
	return given ? 0 : missing("name", "", o->f);
}

static int
get_proxy(struct scenario *w, const struct object *o, const char *given_proxy)
{
	int given;

	if (given_proxy != NULL) {
		text_put(w->spec.proxy.name, sizeof(w->spec.proxy.name),
		    given_proxy);
		return 0;
	}
	if (get_text(o, "proxy", w->spec.proxy.name, PROXY_NAME_MAX, &given) ==
	    -1)
		return -1;
	return w->spec.proxy.name[0] != '\0' ? 0 : missing("proxy", "", o->f);
}

static int
decode(struct scenario *w, const struct object *o, const char *proxy)
{
	int given;

	return expect_object(o->json, "", o->f) == 0 &&
		has_unknown(o,
		    proxy != NULL ? &scenario_of_proxy_keys : &scenario_keys) ==
		    0 &&
		get_name(w, o) == 0 &&
		get_good_name(o, "id", w->spec.id, &given) == 0 &&
		get_proxy(w, o, proxy) == 0 &&
		get_boolean(o, "loop", &w->spec.loops, &given) == 0 &&
		get_ttl(o, &w->spec.lease, &given) == 0
	    ? get_steps(w, o)
	    : -1;
}

struct scenario *
decode_scenario(json_t *json, const char *proxy, struct failure *f)
{
	const struct object o = { json, "", f };
	struct scenario *w;

	if ((w = calloc(1, sizeof(*w))) == NULL ||
	    (w->toxics = calloc(
		 SCENARIO_TOXICS_MAX, sizeof(struct toxic_spec *))) == NULL)
		fatal("%s", __func__);
	if (decode(w, &o, proxy) == 0)
		return w;
	scenario_free(w);
	return NULL;
}

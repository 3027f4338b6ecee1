/* SPDX-License-Identifier: ISC */
/* A scenario as JSON. */

#include "connect.h"
#include "encode.h"
#include "failure.h"
#include "object_put.h"

/* Without toxics nothing is wrong in it: none need not be said. */
static int
fill_step(json_t *object, const struct toxi_step *step, struct toxi_error *err)
{
	json_t *toxics;

	if (object_put(
		object, "duration", json_integer(step->duration_ms), err) == -1)
		return -1;
	if (step->profile != NULL && step->toxics.n > 0)
		return fail(
		    err, TOXI_ERR_ARGUMENT, "a step has toxics, or a profile");
	if (step->connect != NULL &&
	    put_connect(object, step->connect, err) == -1)
		return -1;
	if (step->profile != NULL)
		return object_put_text(object, "profile", step->profile, err);
	if ((toxics = encode_toxics(step->toxics, err)) == NULL)
		return -1;
	return object_put(object, "toxics", toxics, err);
}

static int
put_steps(json_t *scenario, struct toxi_steps steps, struct toxi_error *err)
{
	json_t *array = json_array(), *step;
	size_t i;

	/* the scenario owns it from here on, and it owns each step */
	if (object_put(scenario, "steps", array, err) == -1)
		return -1;
	for (i = 0; i < steps.n; i++) {
		step = json_object();
		if (step == NULL || json_array_append_new(array, step) == -1)
			return fail_nomem(err);
		if (fill_step(step, &steps.list[i], err) == -1)
			return -1;
	}
	return 0;
}

static int
fill(json_t *object, const struct toxi_scenario *s, struct toxi_error *err)
{
	if (s->name == NULL || s->proxy == NULL || s->steps.n == 0)
		return fail(err, TOXI_ERR_ARGUMENT,
		    "a scenario needs a name, a proxy and a step");
	if (object_put_text(object, "name", s->name, err) == -1 ||
	    object_put_text(object, "proxy", s->proxy, err) == -1 ||
	    object_put(object, "loop", json_boolean(s->loop), err) == -1)
		return -1;
	if (s->id != NULL && object_put_text(object, "id", s->id, err) == -1)
		return -1;
	if (s->ttl_ms > 0 &&
	    object_put(object, "ttl", json_integer(s->ttl_ms), err) == -1)
		return -1;
	return put_steps(object, s->steps, err);
}

json_t *
encode_scenario(const struct toxi_scenario *scenario, struct toxi_error *err)
{
	json_t *object = json_object();

	if (object == NULL) {
		fail_nomem(err);
		return NULL;
	}
	if (fill(object, scenario, err) == 0)
		return object;
	json_decref(object);
	return NULL;
}

/* SPDX-License-Identifier: ISC */
/*
 * Scenarios, out of JSON that somebody else wrote.  A result keeps that JSON,
 * and its text points into it.
 */

#include <stdlib.h>

#include "connect.h"
#include "decode.h"
#include "failure.h"
#include "missing.h"
#include "scenarios.h"

/* What one has beside what it shows. */
struct parts {
	struct toxi_step *steps;
	struct toxi_toxics **toxics; /* of each */
	struct kept *connects;       /* of those that have one */
	const char **missing;
	const char ***step_missing; /* of each step */
};

struct scenario_result {
	struct toxi_scenario
	    scenario; /* the first member: freed by its address */
	struct parts parts;
	json_t *kept;
};

struct scenarios_result {
	struct toxi_scenarios scenarios; /* likewise */
	struct toxi_scenario *list;      /* the same, as ours */
	struct parts *parts;             /* of each */
	json_t *kept;
};

static void
free_connects(struct kept *k)
{
	struct kept *next;

	for (; k != NULL; k = next) {
		next = k->next;
		free(k);
	}
}

static void
free_parts(const struct toxi_scenario *s, struct parts *parts)
{
	size_t i;

	for (i = 0; i < s->steps.n; i++) {
		toxi_toxics_free(parts->toxics[i]);
		free(parts->step_missing[i]);
	}
	free_connects(parts->connects);
	free(parts->toxics);
	free(parts->step_missing);
	free(parts->steps);
	free(parts->missing);
}

/* One that is usual is not there. */
static int
fill_connect(struct toxi_step *step, struct parts *parts, const json_t *json,
    struct toxi_error *err)
{
	struct kept_connect *c;

	if (json == NULL || json_is_null(json))
		return 0;
	if ((c = connect_decode(json, err)) == NULL)
		return -1;
	c->kept.next = parts->connects;
	parts->connects = &c->kept;
	step->connect = &c->connect;
	return 0;
}

static int
fill_step(
    struct parts *parts, size_t i, const json_t *json, struct toxi_error *err)
{
	struct toxi_step *step = &parts->steps[i];
	json_t *toxics = json_object_get(json, "toxics");

	if (!json_is_array(toxics))
		return fail(err, TOXI_ERR_PROTOCOL,
		    "the answer has a step without toxics");
	if ((parts->toxics[i] = decode_toxics(toxics, err)) == NULL)
		return -1;
	step->toxics = *parts->toxics[i];
	step->duration_ms =
	    json_integer_value(json_object_get(json, "duration"));
	if (missing_decode(&parts->step_missing[i], &step->n_missing,
		json_object_get(json, "missing"), err) == -1)
		return -1;
	step->missing = parts->step_missing[i];
	return fill_connect(step, parts, json_object_get(json, "connect"), err);
}

static int
fill_steps(struct toxi_scenario *s, struct parts *parts, const json_t *list,
    struct toxi_error *err)
{
	size_t i, n = json_array_size(list);

	parts->steps = calloc(n + 1, sizeof(*parts->steps));
	parts->toxics = calloc(n + 1, sizeof(struct toxi_toxics *));
	parts->step_missing = calloc(n + 1, sizeof(const char **));
	if (parts->steps == NULL || parts->toxics == NULL ||
	    parts->step_missing == NULL)
		return fail_nomem(err);
	s->steps = (struct toxi_steps){ parts->steps, n };
	for (i = 0; i < n; i++) {
		if (fill_step(parts, i, json_array_get(list, i), err) == -1)
			return -1;
	}
	return 0;
}

static int64_t
number(const json_t *json, const char *key)
{
	return json_integer_value(json_object_get(json, key));
}

static int
fill(struct toxi_scenario *s, struct parts *parts, const json_t *json,
    struct toxi_error *err)
{
	const json_t *left = json_object_get(json, "expires_in");

	s->name = decode_text(json, "name");
	s->proxy = decode_text(json, "proxy");
	s->loop = json_is_true(json_object_get(json, "loop"));
	s->step = number(json, "step");
	s->left_ms = number(json, "left");
	s->round = number(json, "round");
	s->began = decode_text(json, "began");
	s->id = decode_text(json, "id");
	if (json_is_integer(left)) /* of one that is just over, too */
		s->expires_in_ms =
		    json_integer_value(left) > 0 ? json_integer_value(left) : 1;
	if (s->name == NULL || s->proxy == NULL)
		return fail(err, TOXI_ERR_PROTOCOL,
		    "the answer has a scenario without a name or a proxy");
	if (fill_steps(s, parts, json_object_get(json, "steps"), err) == -1)
		return -1;
	if (missing_decode(&parts->missing, &s->n_missing,
		json_object_get(json, "missing"), err) == -1)
		return -1;
	s->missing = parts->missing;
	return 0;
}

void
scenario_free(struct toxi_scenario *scenario)
{
	struct scenario_result *r = (struct scenario_result *)scenario;

	if (r == NULL)
		return;
	free_parts(scenario, &r->parts);
	json_decref(r->kept);
	free(r);
}

struct toxi_scenario *
scenario_decode(json_t *json, struct toxi_error *err)
{
	struct scenario_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	r->kept = json_incref(json);
	if (fill(&r->scenario, &r->parts, json, err) == 0)
		return &r->scenario;
	scenario_free(&r->scenario);
	return NULL;
}

void
scenarios_free(struct toxi_scenarios *scenarios)
{
	struct scenarios_result *r = (struct scenarios_result *)scenarios;
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < scenarios->n; i++)
		free_parts(&r->list[i], &r->parts[i]);
	free(r->parts);
	free(r->list);
	json_decref(r->kept);
	free(r);
}

static int
fill_all(struct scenarios_result *r, const json_t *json, struct toxi_error *err)
{
	size_t i, n = json_array_size(json);

	if (!json_is_array(json))
		return fail(err, TOXI_ERR_PROTOCOL,
		    "the answer does not say which scenarios there are");
	r->list = calloc(n + 1, sizeof(*r->list));
	r->parts = calloc(n + 1, sizeof(*r->parts));
	if (r->list == NULL || r->parts == NULL)
		return fail_nomem(err);
	r->scenarios.list = r->list;
	r->scenarios.n = n;
	for (i = 0; i < n; i++) {
		if (fill(&r->list[i], &r->parts[i], json_array_get(json, i),
			err) == -1)
			return -1;
	}
	return 0;
}

struct toxi_scenarios *
scenarios_decode(json_t *json, struct toxi_error *err)
{
	struct scenarios_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	r->kept = json_incref(json);
	if (fill_all(r, json, err) == 0)
		return &r->scenarios;
	scenarios_free(&r->scenarios);
	return NULL;
}

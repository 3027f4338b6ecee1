/* SPDX-License-Identifier: ISC */
/* Scenarios: which are under way, how far one is, and its end. */

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "connect.h"
#include "json.h"
#include "scenario.h"
#include "show.h"
#include "table.h"
#include "ttl.h"

/* ---- what there is to say */

/* Where there are any. */
static void
put_missing(json_t *json, const char *const *missing, size_t n)
{
	json_t *array;
	size_t i;

	if (n == 0)
		return;
	array = json_array();
	for (i = 0; i < n; i++)
		json_array_append_new(array, json_string(missing[i]));
	json_object_set_new(json, "missing", array);
}

static json_t *
json_of_steps(const struct toxi_steps *steps)
{
	json_t *array = json_array();
	const struct toxi_step *s;
	json_t *step;

	for (s = steps->list; s < steps->list + steps->n; s++) {
		step = json_pack("{s:I,s:o}", "duration",
		    (json_int_t)s->duration_ms, "toxics",
		    json_of_toxics(&s->toxics));
		if (s->connect != NULL)
			json_object_set_new(
			    step, "connect", json_of_connect(s->connect));
		put_missing(step, s->missing, s->n_missing);
		json_array_append_new(array, step);
	}
	return array;
}

json_t *
json_of_scenario(const struct toxi_scenario *s)
{
	json_t *json = json_pack("{s:s,s:s,s:s*,s:b,s:o,s:I,s:I,s:I,s:s*}",
	    "name", s->name, "proxy", s->proxy, "id", s->id, "loop", s->loop,
	    "steps", json_of_steps(&s->steps), "step", (json_int_t)s->step,
	    "left", (json_int_t)s->left_ms, "round", (json_int_t)s->round,
	    "began", s->began);

	if (s->expires_in_ms != 0)
		json_object_set_new(
		    json, "expires_in", json_integer(s->expires_in_ms));
	put_missing(json, s->missing, s->n_missing);
	return json;
}

char *
scenario_step_text(const struct toxi_step *step)
{
	const struct toxi_toxic *t = step->toxics.list;
	char *text, *attributes, connect[CONNECT_TEXT_MAX];
	size_t i, size;
	FILE *out;

	if ((out = open_memstream(&text, &size)) == NULL)
		err(EXIT_FAILED, NULL);
	if (step->connect != NULL)
		fprintf(out, "connect %s%s",
		    connect_text(step->connect, connect),
		    step->toxics.n > 0 ? "; " : "");
	else if (step->toxics.n == 0)
		fputs("nothing is wrong", out);
	for (i = 0; i < step->toxics.n; i++, t++) {
		attributes = show_attributes(t);
		fprintf(out, "%s%s%s%s", i == 0 ? "" : "; ", t->name,
		    *attributes != '\0' ? " " : "", attributes);
		free(attributes);
	}
	for (i = 0; i < step->n_missing; i++)
		fprintf(out, "; without %s", step->missing[i]);
	if (fclose(out) == EOF)
		err(EXIT_FAILED, NULL);
	return text;
}

int
scenario_fail(const struct ctl *ctl, const struct toxi_error *err,
    const char *what, const char *name)
{
	if (err->code == TOXI_ERR_UNSUPPORTED)
		return fail(ctl, NULL,
		    "%s has no scenarios, as Toxiproxy has none", ctl->server);
	return fail(ctl, err, "Failed to %s%s", what, name);
}

/* "2/3": in the second of three */
static void
place_of(const struct toxi_scenario *s, char *text, size_t size)
{
	snprintf(text, size, "%" PRId64 "/%zu", s->step + 1, s->steps.n);
}

/* ---- which there are */

static void
list_on_terminal(const struct ctl *ctl, const struct toxi_scenarios *all)
{
	static const char *const heads[] = { "Name", "Proxy", "Step", "Left",
		"Round" };
	struct table *table = table_new(heads, 5);
	const struct toxi_scenario *s;
	char place[64], left[64];

	for (s = all->list; s < all->list + all->n; s++) {
		place_of(s, place, sizeof(place));
		ttl_text(s->left_ms, left, sizeof(left));
		table_cell(table, BLUE, "%s", s->name);
		table_cell(table, PLAIN, "%s", s->proxy);
		table_cell(table, PLAIN, "%s", place);
		table_cell(table, PLAIN, "%s", left);
		if (s->loop)
			table_cell(table, PLAIN, "%" PRId64, s->round + 1);
		else
			table_cell(table, PLAIN, "the only one");
	}
	table_print(table, ctl->is_coloured);
}

static void
list_in_lines(const struct toxi_scenarios *all)
{
	const struct toxi_scenario *s;
	char place[64], left[32];

	for (s = all->list; s < all->list + all->n; s++) {
		place_of(s, place, sizeof(place));
		snprintf(left, sizeof(left), "%" PRId64 "ms", s->left_ms);
		table_say("%s\t%s\t%s\t%s\t%s\n", s->name, s->proxy, place,
		    left, s->loop ? "loop" : "once");
	}
}

int
cmd_scenario_list(struct ctl *ctl, struct args *args)
{
	struct toxi_scenarios *all;
	struct toxi_error err;
	json_t *array;
	size_t i;

	(void)args;
	if (toxi_scenario_list(ctl->toxi, &all, &err) == -1)
		return scenario_fail(ctl, &err, "list scenarios", "");
	if (ctl->is_json) {
		array = json_array();
		for (i = 0; i < all->n; i++)
			json_array_append_new(
			    array, json_of_scenario(&all->list[i]));
		json_out(stdout, array);
	} else if (ctl->is_terminal) {
		list_on_terminal(ctl, all);
	} else {
		list_in_lines(all);
	}
	toxi_scenarios_free(all);
	return EXIT_OK;
}

/* ---- one */

/* Each step on a line, a '>' before that which it is in. */
static void
say_steps(const struct toxi_scenario *s)
{
	const struct toxi_step *step = s->steps.list;
	char duration[32], *text;
	size_t i;

	for (i = 0; i < s->steps.n; i++, step++) {
		text = scenario_step_text(step);
		snprintf(duration, sizeof(duration), "%" PRId64 "ms",
		    step->duration_ms);
		table_say("%s\t%s\t%s\n",
		    s->step >= 0 && (size_t)s->step == i ? ">" : "", duration,
		    text);
		free(text);
	}
}

static void
say_one(const struct toxi_scenario *s)
{
	char left[32], round[32];

	snprintf(left, sizeof(left), "%" PRId64 "ms", s->left_ms);
	snprintf(round, sizeof(round), "round %" PRId64, s->round + 1);
	table_say("%s\t%s\t%s\t%s left\n", s->name, s->proxy,
	    s->loop ? round : "once", left);
	say_steps(s);
}

int
cmd_scenario_show(struct ctl *ctl, struct args *args)
{
	const char *name = args_word(args);
	struct toxi_scenario *s;
	struct toxi_error err;

	if (name == NULL)
		return fail_usage(ctl, "a NAME is wanted");
	if (toxi_scenario_get(ctl->toxi, name, &s, &err) == -1)
		return scenario_fail(ctl, &err, "show scenario ", name);
	if (ctl->is_json)
		json_out(stdout, json_of_scenario(s));
	else
		say_one(s);
	toxi_scenario_free(s);
	return EXIT_OK;
}

int
cmd_scenario_stop(struct ctl *ctl, struct args *args)
{
	const char *name = args_word(args);
	struct toxi_error err;

	if (name == NULL)
		return fail_usage(ctl, "a NAME is wanted");
	if (toxi_scenario_stop(ctl->toxi, name, &err) == -1)
		return scenario_fail(ctl, &err, "stop scenario ", name);
	if (ctl->is_json)
		json_out(stdout, json_pack("{s:s}", "stopped", name));
	else
		table_say("Stopped scenario %s\n", name);
	return EXIT_OK;
}

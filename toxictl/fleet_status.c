/* SPDX-License-Identifier: ISC */
/* How the nodes of a fleet are. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "fleet.h"
#include "fleet_state.h"
#include "json.h"
#include "table.h"

/* ---- of a node, in words */

static const char *
life(const struct fleet_node *node)
{
	return node->status != NULL ? "live" : "away";
}

static const char *
health(const struct fleet_node *node)
{
	const char *said = fleet_node_text(node, "health");

	return said != NULL ? said : "";
}

/* One that is away, or has not read of it yet, says nothing of it. */
static const char *
drain(const struct fleet_node *node)
{
	const char *said = fleet_node_text(node, "drain");

	if (said != NULL)
		return said;
	return node->drain != NULL ? "asked" : "";
}

static const char *
error_of(const struct fleet_node *node)
{
	const json_t *e = json_object_get(node->status, "error");
	const char *said = json_string_value(json_object_get(e, "message"));

	if (said != NULL)
		return said;
	return json_is_object(e) ? "it does not say why" : "";
}

static size_t
proxies(const struct fleet_node *node)
{
	return json_object_size(json_object_get(node->status, "proxies"));
}

/* "rack=3,zone=a"; by malloc */
static char *
labels_text(const struct fleet_node *node)
{
	json_t *copy = json_deep_copy(fleet_node_labels(node));
	const char *key, *gap = "";
	json_t *value;
	size_t size;
	char *text;
	FILE *out;

	if ((out = open_memstream(&text, &size)) == NULL)
		return NULL;
	json_object_foreach(copy, key, value)
	{
		fprintf(out, "%s%s=%s", gap, key,
		    json_is_string(value) ? json_string_value(value) : "");
		gap = ",";
	}
	json_decref(copy);
	return fclose(out) == 0 ? text : NULL;
}

/* ---- of all */

struct row {
	char applied[32], lag[32]; /* "": it is away, and does not say */
	char proxies[32];
	char *labels;
};

static void
row_make(struct row *r, const struct fleet_node *n)
{
	memset(r, 0, sizeof(*r));
	if (n->status != NULL) {
		snprintf(r->applied, sizeof(r->applied), "%lld",
		    (long long)fleet_node_number(n, "applied"));
		snprintf(r->lag, sizeof(r->lag), "%lld",
		    (long long)fleet_node_lag(n));
	}
	snprintf(r->proxies, sizeof(r->proxies), "%zu", proxies(n));
	if ((r->labels = labels_text(n)) == NULL)
		err(EXIT_FAILED, NULL);
}

static void
on_terminal(const struct ctl *ctl, const struct fleet_state *st)
{
	static const char *const heads[] = { "Node", "State", "Applied", "Lag",
		"Health", "Drain", "Proxies", "Labels" };
	struct table *table = table_new(heads, 8);
	const struct fleet_node *n;
	struct row r;
	int is_ok;
	size_t i;

	for (i = 0; i < st->n; i++) {
		n = &st->nodes[i];
		row_make(&r, n);
		is_ok = strcmp(health(n), "ok") == 0;
		table_cell(table, BLUE, "%s", n->name);
		table_cell(
		    table, n->status == NULL ? RED : GREEN, "%s", life(n));
		table_cell(table, PLAIN, "%s", r.applied);
		table_cell(
		    table, fleet_node_lag(n) > 0 ? YELLOW : PLAIN, "%s", r.lag);
		table_cell(table, is_ok ? GREEN : RED, "%s", health(n));
		table_cell(table, YELLOW, "%s", drain(n));
		table_cell(table, PLAIN, "%s", r.proxies);
		table_cell(table, PLAIN, "%s", r.labels);
		free(r.labels);
	}
	table_print(table, ctl->is_coloured);
}

static void
in_lines(const struct fleet_state *st)
{
	const struct fleet_node *n;
	struct row r;
	size_t i;

	for (i = 0; i < st->n; i++) {
		n = &st->nodes[i];
		row_make(&r, n);
		table_say("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", n->name,
		    life(n), r.applied, r.lag, health(n), drain(n), r.proxies,
		    r.labels, error_of(n));
		free(r.labels);
	}
}

/* What a node has refused, all of it: it is as it was before. */
static void
say_faults(const json_t *faults)
{
	struct fault f;
	char *text, *plain;
	const json_t *json;
	size_t i;

	for (i = 0; i < json_array_size(faults); i++) {
		json = json_array_get(faults, i);
		f = (struct fault){ .item = json_string_value(
					json_object_get(json, "key")),
			.name =
			    json_string_value(json_object_get(json, "name")),
			.field =
			    json_string_value(json_object_get(json, "field")),
			.source =
			    json_string_value(json_object_get(json, "source")),
			.text =
			    json_string_value(json_object_get(json, "error")) };
		if (f.item == NULL)
			f.item =
			    json_string_value(json_object_get(json, "item"));
		text = fault_text(&f);
		plain = table_plain(text);
		printf("  %s\n", plain);
		free(plain);
		free(text);
	}
}

static void
say_errors(const struct fleet_state *st)
{
	const struct fleet_node *n;
	char revision[32];
	const json_t *e;
	size_t i;

	for (i = 0; i < st->n; i++) {
		n = &st->nodes[i];
		e = json_object_get(n->status, "error");
		if (!json_is_object(e))
			continue;
		snprintf(revision, sizeof(revision), "%lld",
		    (long long)json_integer_value(
			json_object_get(e, "revision")));
		table_say("%s has not taken revision %s: %s\n", n->name,
		    revision, error_of(n));
		say_faults(json_object_get(e, "faults"));
	}
}

static json_t *
json_of_node(const struct fleet_node *n)
{
	json_t *json =
	    n->status != NULL ? json_deep_copy(n->status) : json_object();
	const json_t *labels = fleet_node_labels(n);
	const char *draining = drain(n);

	json_object_set_new(json, "node", json_string(n->name));
	json_object_set_new(json, "live", json_boolean(n->status != NULL));
	json_object_set_new(json, "newest", json_integer(n->newest));
	json_object_set_new(json, "lag",
	    n->status != NULL ? json_integer(fleet_node_lag(n)) : json_null());
	json_object_set_new(json, "drain",
	    *draining != '\0' ? json_string(draining) : json_null());
	if (labels != NULL)
		json_object_set_new(json, "labels", json_deep_copy(labels));
	return json;
}

static json_t *
json_of_state(const struct fleet_state *st)
{
	json_t *nodes = json_array();
	size_t i;

	for (i = 0; i < st->n; i++)
		json_array_append_new(nodes, json_of_node(&st->nodes[i]));
	return json_pack(
	    "{s:I,s:o}", "revision", (json_int_t)st->revision, "nodes", nodes);
}

static void
show(const struct ctl *ctl, const struct fleet_state *st)
{
	if (ctl->is_json) {
		json_out(stdout, json_of_state(st));
		return;
	}
	if (!ctl->is_terminal) {
		in_lines(st);
		return;
	}
	if (st->n == 0)
		puts("There are no nodes.");
	else
		on_terminal(ctl, st);
	say_errors(st);
}

int
cmd_fleet_status(struct ctl *ctl, struct args *args)
{
	struct fleet_state st;
	struct fleet_store s;
	int code;

	if (fleet_open(&s, ctl, args, &code) == -1)
		return code;
	code = EXIT_FAILED;
	if (fleet_state_read(&s, &st) == 0) {
		show(ctl, &st);
		code = EXIT_OK;
	}
	fleet_state_free(&st);
	fleet_close(&s);
	return code;
}

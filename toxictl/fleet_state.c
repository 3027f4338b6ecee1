/* SPDX-License-Identifier: ISC */
/* What everybody knows of a fleet. */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "fleet_keys.h"
#include "fleet_newest.h"
#include "fleet_state.h"

const struct fleet_node *
fleet_state_node(const struct fleet_state *st, const char *name)
{
	size_t i;

	for (i = 0; i < st->n; i++)
		if (strcmp(st->nodes[i].name, name) == 0)
			return &st->nodes[i];
	return NULL;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct fleet_node *)a)->name,
	    ((const struct fleet_node *)b)->name);
}

/* Of those that were sorted, or a new one behind them; it has this. */
static void
add(struct fleet_state *st, size_t sorted, const char *name,
    enum fleet_place place, json_t *value)
{
	struct fleet_node wanted = { .name = name }, *node;

	node = sorted > 0
	    ? bsearch(&wanted, st->nodes, sorted, sizeof(wanted), by_name)
	    : NULL;
	if (node == NULL) {
		if (st->n == st->room) {
			st->room = st->room * 2 + 16;
			st->nodes = reallocarray(
			    st->nodes, st->room, sizeof(*st->nodes));
			if (st->nodes == NULL)
				err(EXIT_FAILED, NULL);
		}
		node = &st->nodes[st->n++];
		*node = wanted;
	}
	if (place == FLEET_STATUS)
		node->status = value;
	else if (place == FLEET_DRAIN)
		node->drain = value;
	else
		node->known = value;
}

/* What is no object of JSON is as an object without anything. */
static json_t *
value_of(const struct etcd_kv *kv)
{
	json_t *value = json_loadb(kv->value, kv->value_len, 0, NULL);

	if (!json_is_object(value)) {
		json_decref(value);
		value = json_object();
	}
	if (value == NULL)
		err(EXIT_FAILED, NULL);
	return value;
}

static int
read_place(struct fleet_store *s, struct fleet_state *st,
    enum fleet_place place, struct etcd_list *list)
{
	size_t i, sorted = st->n;
	const char *name;

	if (fleet_list_below(s, fleet_place_key(s->prefix, place, NULL),
		st->revision, 0, list) == -1)
		return -1;
	if (st->revision == 0)
		st->revision = list->header.revision;
	for (i = 0; i < list->kvs.n; i++) {
		name = fleet_place_node(s->prefix, place, list->kvs.kv[i].key);
		if (name != NULL)
			add(st, sorted, name, place,
			    value_of(&list->kvs.kv[i]));
	}
	if (st->n > 0)
		qsort(st->nodes, st->n, sizeof(*st->nodes), by_name);
	return 0;
}

int
fleet_state_read(struct fleet_store *s, struct fleet_state *st)
{
	struct fleet_newest newest;
	size_t i;
	int rc;

	memset(st, 0, sizeof(*st));
	if (read_place(s, st, FLEET_KNOWN, &st->lists[0]) == -1 ||
	    read_place(s, st, FLEET_STATUS, &st->lists[1]) == -1 ||
	    read_place(s, st, FLEET_DRAIN, &st->lists[2]) == -1)
		return -1;
	rc = fleet_newest_read(s, st->revision, &newest);
	for (i = 0; rc == 0 && i < st->n; i++)
		st->nodes[i].newest = fleet_newest_of(&newest,
		    st->nodes[i].name, fleet_node_labels(&st->nodes[i]));
	fleet_newest_free(&newest);
	return rc;
}

void
fleet_state_free(struct fleet_state *st)
{
	size_t i;

	for (i = 0; i < st->n; i++) {
		json_decref(st->nodes[i].known);
		json_decref(st->nodes[i].status);
		json_decref(st->nodes[i].drain);
	}
	for (i = 0; i < 4; i++)
		etcd_kvs_free(&st->lists[i].kvs);
	free(st->nodes);
}

int64_t
fleet_node_number(const struct fleet_node *node, const char *key)
{
	return json_integer_value(json_object_get(node->status, key));
}

const char *
fleet_node_text(const struct fleet_node *node, const char *key)
{
	return json_string_value(json_object_get(node->status, key));
}

const json_t *
fleet_node_labels(const struct fleet_node *node)
{
	const json_t *labels = json_object_get(node->status, "labels");

	return labels != NULL ? labels : json_object_get(node->known, "labels");
}

int64_t
fleet_node_lag(const struct fleet_node *node)
{
	int64_t applied = fleet_node_number(node, "applied");

	return node->newest > applied ? node->newest - applied : 0;
}

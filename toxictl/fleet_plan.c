/* SPDX-License-Identifier: ISC */
/* What has to be written so that a scope of a fleet is as a document says. */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "config_parts.h"
#include "fleet_plan.h"
#include "json.h"

struct making {
	struct fleet_plan *plan;
	struct fleet_store *store;
	const struct fleet_target *target;
	struct etcd_list there;
	/* By name, what is to be there and is not yet as it is to be. */
	json_t *wanted[FLEET_KINDS];
};

static void
push(struct fleet_plan *plan, struct fleet_change change)
{
	if (plan->n == plan->room) {
		plan->room = plan->room * 2 + 16;
		plan->list =
		    reallocarray(plan->list, plan->room, sizeof(*plan->list));
		if (plan->list == NULL)
			err(EXIT_FAILED, NULL);
	}
	plan->list[plan->n++] = change;
}

static char *
copy_of(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		err(EXIT_FAILED, NULL);
	return copy;
}

/* -1: a scenario has no name, or there are two of it. */
static int
want(struct making *m, enum fleet_kind kind, json_t *list)
{
	const char *name;
	json_t *item;
	size_t i;

	if ((m->wanted[kind] = json_object()) == NULL)
		err(EXIT_FAILED, NULL);
	json_array_foreach(list, i, item)
	{
		name = json_string_value(config_member(item, "name"));
		if (name == NULL || *name == '\0' ||
		    json_object_get(m->wanted[kind], name) != NULL) {
			fail(m->store->ctl, NULL, "%s[%zu]: %s",
			    fleet_kinds[kind], i,
			    name == NULL || *name == '\0'
				? "it has no name"
				: "there is one of that name before");
			return -1;
		}
		json_object_set(m->wanted[kind], name, item);
	}
	return 0;
}

/* Of these there is to be none: a null, over what other scopes say. */
static void
want_none(struct making *m, json_t *names)
{
	json_t *name;
	size_t i;

	json_array_foreach(names, i, name) json_object_set_new(
	    m->wanted[FLEET_PROXIES], json_string_value(name), json_null());
}

/* 1: it is not as it is to be; *value is what it is to be, NULL: gone. */
static int
differs(struct making *m, const struct etcd_kv *kv,
    const struct fleet_item *item, char **value)
{
	json_t *wanted = json_object_get(m->wanted[item->kind], item->name);
	json_t *is =
	    json_loadb(kv->value, kv->value_len, JSON_DECODE_ANY, NULL);
	int same = wanted != NULL && json_equal(wanted, is);

	json_decref(is);
	*value = NULL;
	if (!same && wanted != NULL && (*value = json_text(wanted)) == NULL)
		err(EXIT_FAILED, NULL);
	return !same;
}

static void
plan_those_there(struct making *m)
{
	struct fleet_item item;
	struct etcd_kv *kv;
	char *value;
	size_t i;

	for (i = 0; i < m->there.kvs.n; i++) {
		kv = &m->there.kvs.kv[i];
		if (fleet_item_read(m->store->prefix, kv->key, &item) != 0)
			continue;
		if (differs(m, kv, &item, &value))
			push(m->plan,
			    (struct fleet_change){ .key = copy_of(kv->key),
				.value = value,
				.kind = item.kind,
				.name = copy_of(item.name),
				.was = kv->mod_revision });
		else
			m->plan->unchanged++;
		json_object_del(m->wanted[item.kind], item.name);
		free(item.name);
	}
}

static void
plan_new(struct making *m, enum fleet_kind kind)
{
	struct fleet_change c = { .kind = kind };
	const char *name;
	json_t *wanted;

	json_object_foreach(m->wanted[kind], name, wanted)
	{
		c.key = fleet_item_key(m->store->prefix, m->target->scope,
		    fleet_target_which(m->target), kind, name);
		c.value = json_text(wanted);
		if (c.key == NULL || c.value == NULL)
			err(EXIT_FAILED, NULL);
		c.name = copy_of(name);
		push(m->plan, c);
	}
}

/*
 * What is new first, and proxies before the scenarios of them; then what goes,
 * the other way round.  Whatever was and is to be is there all the time.
 */
static int
rank(const struct fleet_change *c)
{
	if (c->value != NULL)
		return c->kind == FLEET_PROXIES ? 0 : 1;
	return c->kind == FLEET_PROXIES ? 3 : 2;
}

static int
by_rank(const void *a, const void *b)
{
	const struct fleet_change *x = a, *y = b;

	return rank(x) != rank(y) ? rank(x) - rank(y) : strcmp(x->key, y->key);
}

static int
make(struct making *m, const json_t *document)
{
	int kind;

	for (kind = 0; kind < FLEET_KINDS; kind++)
		if (want(m, (enum fleet_kind)kind,
			json_object_get(document, fleet_kinds[kind])) == -1)
			return -1;
	want_none(m, json_object_get(document, "none"));
	if (fleet_list_below(m->store,
		fleet_scope_key(m->store->prefix, m->target->scope,
		    fleet_target_which(m->target)),
		0, 0, &m->there) == -1)
		return -1;
	m->plan->revision = m->there.header.revision;
	plan_those_there(m);
	for (kind = 0; kind < FLEET_KINDS; kind++)
		plan_new(m, (enum fleet_kind)kind);
	if (m->plan->n > 0)
		qsort(
		    m->plan->list, m->plan->n, sizeof(*m->plan->list), by_rank);
	return 0;
}

int
fleet_plan_make(struct fleet_plan *plan, struct fleet_store *s,
    const struct fleet_target *target, const json_t *document)
{
	struct making m = { .plan = plan, .store = s, .target = target };
	int kind, rc;

	memset(plan, 0, sizeof(*plan));
	rc = make(&m, document);
	etcd_kvs_free(&m.there.kvs);
	for (kind = 0; kind < FLEET_KINDS; kind++)
		json_decref(m.wanted[kind]);
	return rc;
}

void
fleet_plan_free(struct fleet_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n; i++) {
		free(plan->list[i].key);
		free(plan->list[i].value);
		free(plan->list[i].name);
	}
	free(plan->list);
}

/* SPDX-License-Identifier: ISC */
/*
 * The last revision at which what a node is to be was changed.  A key that is
 * deleted takes its revision along: what `fleet apply` leaves of itself, see
 * fleet_writer.h, is as new as what it has deleted.
 */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "fleet_newest.h"
#include "fleet_writer.h"

static void
note(struct fleet_newest *all, enum fleet_scope scope, const char *which,
    int64_t revision)
{
	struct fleet_changed *c;
	size_t i;

	/* Keys come sorted: it is the last one, but for the first of each. */
	for (i = all->n; i > 0; i--) {
		c = &all->list[i - 1];
		if (c->scope != scope || strcmp(c->which, which) != 0)
			continue;
		if (revision > c->revision)
			c->revision = revision;
		return;
	}
	if (all->n == all->room) {
		all->room = all->room * 2 + 16;
		all->list =
		    reallocarray(all->list, all->room, sizeof(*all->list));
		if (all->list == NULL)
			err(EXIT_FAILED, NULL);
	}
	c = &all->list[all->n++];
	memset(c, 0, sizeof(*c));
	c->scope = scope;
	c->revision = revision;
	strncpy(c->which, which, sizeof(c->which) - 1);
}

static void
note_items(
    struct fleet_newest *all, const char *prefix, const struct etcd_kvs *kvs)
{
	struct fleet_item item;
	size_t i;

	for (i = 0; i < kvs->n; i++) {
		if (fleet_item_read(prefix, kvs->kv[i].key, &item) != 0)
			continue;
		note(all, item.scope, item.which, kvs->kv[i].mod_revision);
		free(item.name);
	}
}

static void
note_writers(
    struct fleet_newest *all, const char *prefix, const struct etcd_kvs *kvs)
{
	struct fleet_target target;
	size_t i;

	for (i = 0; i < kvs->n; i++)
		if (fleet_writer_target(prefix, kvs->kv[i].key, &target) == 0)
			note(all, target.scope, target.which,
			    kvs->kv[i].mod_revision);
}

int
fleet_newest_read(
    struct fleet_store *s, int64_t revision, struct fleet_newest *all)
{
	char *desired;
	struct etcd_list list;
	int rc;

	memset(all, 0, sizeof(*all));
	if (asprintf(&desired, "%s/desired/", s->prefix) == -1)
		err(EXIT_FAILED, NULL);
	rc = fleet_list_below(s, desired, revision, 1, &list);
	if (rc == 0)
		note_items(all, s->prefix, &list.kvs);
	etcd_kvs_free(&list.kvs);
	if (rc == -1)
		return -1;
	rc = fleet_list_below(
	    s, fleet_writer_key(s->prefix, NULL), revision, 1, &list);
	if (rc == 0)
		note_writers(all, s->prefix, &list.kvs);
	etcd_kvs_free(&list.kvs);
	return rc;
}

void
fleet_newest_free(struct fleet_newest *all)
{
	free(all->list);
}

static int
is_of(const struct fleet_changed *c, const char *node, const json_t *labels)
{
	const char *equals = strchr(c->which, '='), *value;
	char key[sizeof(c->which)];

	if (c->scope == FLEET_ALL)
		return 1;
	if (c->scope == FLEET_NODE)
		return strcmp(c->which, node) == 0;
	if (equals == NULL)
		return 0;
	memcpy(key, c->which, (size_t)(equals - c->which));
	key[equals - c->which] = '\0';
	value = json_string_value(json_object_get(labels, key));
	return value != NULL && strcmp(value, equals + 1) == 0;
}

int64_t
fleet_newest_of(
    const struct fleet_newest *all, const char *node, const json_t *labels)
{
	int64_t newest = 0;
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->list[i].revision > newest &&
		    is_of(&all->list[i], node, labels))
			newest = all->list[i].revision;
	return newest;
}

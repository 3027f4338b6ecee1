/* SPDX-License-Identifier: ISC */
/*
 * Proxies of a configuration file: all of them, whichever of its lists they
 * stand in.
 */

#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "file.h"
#include "log.h"
#include "text_put.h"
#include "values.h"

/* Proxies of one tenant. */
struct proxy_list {
	json_t *json; /* an array, or an object of them by name */
	char tenant[TENANT_NAME_MAX + 1];
	char path[40];      /* "tenants[2].proxies"; "": all of the file */
	size_t first, n;    /* which of all entries they are */
	struct place place; /* of the array, or object */
	size_t last;        /* of an array: that was asked for last ... */
	struct place found; /* ... and where it is */
};

size_t
config_count(const struct config *c)
{
	const struct proxy_list *last;

	if (c->nlists == 0)
		return 0;
	last = &c->lists[c->nlists - 1];
	return last->first + last->n;
}

void
config_add_proxies(struct config *c, const char *tenant, json_t *value,
    const char *path, const struct place *place)
{
	struct proxy_list *l;

	c->lists = room_for_one_more(c->lists, c->nlists, sizeof(*l));
	l = &c->lists[c->nlists];
	*l = (struct proxy_list){ .json = value,
		.place = *place,
		.first = config_count(c),
		.n = json_is_object(value) ? json_object_size(value)
					   : json_array_size(value) };
	text_put(l->tenant, sizeof(l->tenant), tenant);
	text_put(l->path, sizeof(l->path), path);
	c->nlists++;
}

/* The list that has entry *i, which is *i of it then. */
static struct proxy_list *
list_of(const struct config *c, size_t *i)
{
	struct proxy_list *l = c->lists;

	while (*i >= l->first + l->n)
		l++;
	*i -= l->first;
	return l;
}

/* The i-th member of an object; NULL: it is an array. */
static const char *
entry_key(const struct proxy_list *l, size_t i)
{
	void *at = json_object_iter(l->json);

	while (at != NULL && i-- > 0)
		at = json_object_iter_next(l->json, at);
	return at != NULL ? json_object_iter_key(at) : NULL;
}

static json_t *
entry_of(const struct proxy_list *l, size_t i)
{
	const char *key = entry_key(l, i);

	return key != NULL ? json_object_get(l->json, key)
			   : json_array_get(l->json, i);
}

static json_t *
named(json_t *entry, const char *key)
{
	json_t *copy = json_deep_copy(entry);

	if (copy == NULL)
		fatal("%s", __func__);
	if (key != NULL && json_is_object(copy) && member(copy, "name") == NULL)
		json_object_set_new(copy, "name", json_string(key));
	return copy;
}

json_t *
config_entry_copy(const struct config *c, size_t i)
{
	const struct proxy_list *l = list_of(c, &i);

	return named(entry_of(l, i), entry_key(l, i));
}

json_t *
config_entry(const struct config *c, size_t i)
{
	const struct proxy_list *l = list_of(c, &i);

	return entry_of(l, i);
}

const char *
config_tenant(const struct config *c, size_t i)
{
	return list_of(c, &i)->tenant;
}

/* As POST /populate wants them. */
static json_t *
as_array(const struct proxy_list *l)
{
	json_t *array, *v;
	const char *key;

	if (!json_is_object(l->json))
		return json_incref(l->json);
	array = json_array();
	json_object_foreach(l->json, key, v)
	    json_array_append_new(array, named(v, key));
	return array;
}

/* Into its place among all; 0, or -1 and why. */
static int
add_entries(
    const struct proxy_list *l, struct proxy_entry *all, struct failure *f)
{
	json_t *array = as_array(l);
	struct proxy_entry *entries;
	size_t i, n;
	int decoded = decode_populate(&entries, &n, array, f);

	json_decref(array);
	if (decoded == -1 && f->entry > 0)
		f->entry += (int)l->first;
	else if (decoded == -1)
		failure_at(f, l->path);
	if (decoded == -1)
		return -1;
	for (i = 0; i < n; i++) {
		memcpy(
		    entries[i].spec.key.tenant, l->tenant, sizeof(l->tenant));
		all[l->first + i] = entries[i];
	}
	free(entries);
	return 0;
}

int
config_entries(const struct config *c, struct proxy_entry **entries, size_t *n,
    struct failure *f)
{
	size_t i, count = config_count(c);
	struct proxy_entry *all;

	if (count > POPULATE_MAX) {
		failure_set(
		    f, 400, "more than %d proxies at once", POPULATE_MAX);
		failure_at(f, c->lists[0].path);
		return -1;
	}
	if ((all = calloc(count + 1, sizeof(*all))) == NULL)
		fatal("%s", __func__);
	for (i = 0; i < c->nlists; i++) {
		if (add_entries(&c->lists[i], all, f) == 0)
			continue;
		proxy_entries_free(all, count);
		return -1;
	}
	*entries = all;
	*n = count;
	return 0;
}

/* ---- where */

/* Mostly it is the one behind the last: others are gone to from the first. */
static struct place
element_place(struct proxy_list *l, size_t i)
{
	if (l->found.at == NULL || i < l->last) {
		l->found = l->place;
		l->last = 0;
		(void)place_element(&l->found, 0);
	}
	while (l->last < i && place_next(&l->found) == 0)
		l->last++;
	return l->found;
}

struct place
config_place(const struct config *c, size_t i)
{
	struct proxy_list *l = list_of(c, &i);
	const char *key = entry_key(l, i);
	struct place p = l->place;

	if (key == NULL)
		return element_place(l, i);
	(void)place_member(&p, key);
	return p;
}

/* NULL: it says none. */
static const char *
name_of(const struct proxy_list *l, size_t i)
{
	const char *name = json_string_value(member(entry_of(l, i), "name"));

	return name != NULL ? name : entry_key(l, i);
}

const char *
config_name(const struct config *c, size_t i)
{
	const struct proxy_list *l = list_of(c, &i);
	const char *name = name_of(l, i);

	return name != NULL && strlen(name) <= PROXY_NAME_MAX ? name : "";
}

struct path
config_path(const struct config *c, size_t i)
{
	const struct proxy_list *l = list_of(c, &i);
	const char *key = entry_key(l, i);

	return key != NULL ? path_of(l->path, key) : path_nth(l->path, i);
}

void
config_who(const struct config *c, size_t i, char *text, size_t size)
{
	const struct proxy_list *l = list_of(c, &i);
	const char *name = name_of(l, i);
	const char *slash = l->tenant[0] != '\0' ? "/" : "";

	if (name != NULL)
		snprintf(text, size, "proxy \"%s%s%.128s\": ", l->tenant, slash,
		    name);
	else
		snprintf(
		    text, size, "proxy %s%s%zu: ", l->tenant, slash, i + 1);
}

/* SPDX-License-Identifier: ISC */
/* See selects.h. */

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config_kinds.h"
#include "meant.h"
#include "selects.h"
#include "ttl.h"

/* is_time: on the command line it has a unit, and another name. */
static const struct number {
	const char *name;
	size_t at;
	const char *time;
} numbers[] = {
	{ "first", offsetof(struct toxi_select, first), NULL },
	{ "every", offsetof(struct toxi_select, every), NULL },
	{ "offset", offsetof(struct toxi_select, offset), NULL },
	{ "after_ms", offsetof(struct toxi_select, after_ms), "after" },
	{ "duration_ms", offsetof(struct toxi_select, duration_ms),
	    "duration" },
};
#define NNUMBERS (sizeof(numbers) / sizeof(numbers[0]))

struct owned {
	struct toxi_select select; /* the first member: freed by its address */
	char *text;
	const char *clients[];
};

/* With room for so many clients. */
static struct owned *
owned_new(const char *text, size_t nclients)
{
	struct owned *o;

	o = calloc(1, sizeof(*o) + nclients * sizeof(o->clients[0]));
	if (o == NULL || (o->text = strdup(text)) == NULL)
		err(1, NULL);
	o->select.clients = o->clients;
	return o;
}

void
select_free(const struct toxi_select *select)
{
	struct owned *o = (struct owned *)(uintptr_t)select;

	if (o != NULL)
		free(o->text);
	free(o);
}

static int64_t *
place(struct toxi_select *select, const struct number *n)
{
	return (int64_t *)(void *)((char *)select + n->at);
}

static int64_t
value(const struct toxi_select *select, const struct number *n)
{
	return *(const int64_t *)(const void *)((const char *)select + n->at);
}

/* ---- from a text */

static int
take_number(const char *text, int is_time, int64_t *number)
{
	char *end;

	if (is_time) {
		*number = ttl_of_text(text);
		return *number == -1 ? -1 : 0;
	}
	*number = strtoll(text, &end, 10);
	return end == text || *end != '\0' ? -1 : 0;
}

/* "first=3"; 0, or -1 */
static int
take_pair(struct owned *o, const char *key, const char *text)
{
	size_t i;

	if (strcmp(key, "clients") == 0) {
		o->clients[o->select.n_clients++] = text;
		return 0;
	}
	for (i = 0; i < NNUMBERS; i++) {
		const struct number *n = &numbers[i];

		if (strcmp(key, n->time != NULL ? n->time : n->name) == 0)
			return take_number(
			    text, n->time != NULL, place(&o->select, n));
	}
	return -1;
}

/* Behind "clients", what has no '=' is one more of them. */
static int
take_word(struct owned *o, char *word, int *is_of_clients)
{
	char *text = strchr(word, '=');

	if (text == NULL)
		return *is_of_clients ? take_pair(o, "clients", word) : -1;
	*text++ = '\0';
	*is_of_clients = strcmp(word, "clients") == 0;
	return take_pair(o, word, text);
}

struct toxi_select *
select_of_text(const char *text, char *why, size_t size)
{
	struct owned *o = owned_new(text, strlen(text) + 1);
	char *rest = *text != '\0' ? o->text : NULL, *word;
	int is_of_clients = 0;

	while ((word = strsep(&rest, ",")) != NULL) {
		if (take_word(o, word, &is_of_clients) == 0)
			continue;
		snprintf(why, size,
		    "\"%.64s\" selects nothing: first=N, every=N, offset=N, "
		    "clients=ADDRESS/BITS, after=TIME, duration=TIME",
		    word);
		select_free(&o->select);
		return NULL;
	}
	return &o->select;
}

/* ---- from JSON, and to it */

static int
take_clients(struct owned *o, json_t *list)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		o->clients[i] = json_string_value(json_array_get(list, i));
		if (o->clients[i] == NULL)
			return -1;
	}
	o->select.n_clients = i;
	return json_is_array(list) ? 0 : -1;
}

static void
say_unknown(const char *key, char *why, size_t size)
{
	const char *names[NNUMBERS + 1] = { "clients" }, *near;
	size_t i;

	for (i = 0; i < NNUMBERS; i++)
		names[i + 1] = numbers[i].name;
	near = meant(key, names, NNUMBERS + 1);
	snprintf(why, size, "select has no \"%.32s\"%s%s%s", key,
	    near != NULL ? ": did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
}

/* 0, or -1: why[] says what is wrong with it. */
static int
take_member(
    struct owned *o, const char *key, json_t *json, char *why, size_t size)
{
	const struct number *n;

	if (strcasecmp(key, "clients") == 0) {
		snprintf(why, size, "select.clients is no list of texts");
		return take_clients(o, json);
	}
	for (n = numbers; n < numbers + NNUMBERS; n++) {
		if (strcasecmp(key, n->name) != 0)
			continue;
		snprintf(why, size, "select.%s is no integer", n->name);
		if (!config_is_integer(json))
			return -1;
		*place(&o->select, n) = config_integer(json);
		return 0;
	}
	say_unknown(key, why, size);
	return -1;
}

/* Whatever list is that of the clients, as it is spelt. */
static size_t
longest_list(json_t *json)
{
	size_t longest = 0;
	const char *key;
	json_t *v;

	json_object_foreach(json, key, v)
	{
		if (json_array_size(v) > longest)
			longest = json_array_size(v);
	}
	return longest;
}

struct toxi_select *
select_of_json(json_t *json, char *why, size_t size)
{
	struct owned *o;
	const char *key;
	json_t *v;

	if (!json_is_object(json)) {
		snprintf(why, size, "\"select\" is no object");
		return NULL;
	}
	o = owned_new("", longest_list(json));
	json_object_foreach(json, key, v)
	{
		if (json_is_null(v) || take_member(o, key, v, why, size) == 0)
			continue;
		select_free(&o->select);
		return NULL;
	}
	return &o->select;
}

json_t *
json_of_select(const struct toxi_select *select)
{
	json_t *object = json_object(), *clients;
	size_t i;

	for (i = 0; i < NNUMBERS; i++)
		if (value(select, &numbers[i]) != 0)
			json_object_set_new(object, numbers[i].name,
			    json_integer(value(select, &numbers[i])));
	if (select->n_clients == 0)
		return object;
	clients = json_array();
	for (i = 0; i < select->n_clients; i++)
		json_array_append_new(clients, json_string(select->clients[i]));
	json_object_set_new(object, "clients", clients);
	return object;
}

/* ---- to a text */

static void
print_number(
    FILE *out, const struct toxi_select *select, const struct number *n)
{
	const int64_t number = value(select, n);

	if (number != 0 && n->time != NULL)
		fprintf(out, ",%s=%" PRId64 "ms", n->time, number);
	else if (number != 0)
		fprintf(out, ",%s=%" PRId64, n->name, number);
}

char *
select_text(const struct toxi_select *select)
{
	size_t i, size;
	char *text;
	FILE *out;

	if ((out = open_memstream(&text, &size)) == NULL)
		err(1, NULL);
	for (i = 0; i < NNUMBERS; i++)
		print_number(out, select, &numbers[i]);
	for (i = 0; i < select->n_clients; i++)
		fprintf(out, "%s%s", i == 0 ? ",clients=" : ",",
		    select->clients[i]);
	if (fclose(out) == EOF)
		err(1, NULL);
	memmove(text, text + (*text == ','), strlen(text) + (*text != ','));
	return text;
}

static int
is_same_client(const char *a, const char *b)
{
	const size_t n = strcspn(a, "/");

	if (strcmp(a, b) == 0)
		return 1;
	return a[n] == '\0' && strncmp(a, b, n) == 0 &&
	    strcmp(b + n, strchr(a, ':') != NULL ? "/128" : "/32") == 0;
}

int
select_is_same(const struct toxi_select *a, const struct toxi_select *b)
{
	static const struct toxi_select none;
	size_t i;

	a = a != NULL ? a : &none;
	b = b != NULL ? b : &none;
	for (i = 0; i < NNUMBERS; i++)
		if (value(a, &numbers[i]) != value(b, &numbers[i]))
			return 0;
	if (a->n_clients != b->n_clients)
		return 0;
	for (i = 0; i < a->n_clients; i++)
		if (!is_same_client(a->clients[i], b->clients[i]) &&
		    !is_same_client(b->clients[i], a->clients[i]))
			return 0;
	return 1;
}

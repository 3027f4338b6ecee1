/* SPDX-License-Identifier: ISC */
/* On which connections a toxic is, as JSON: see selects.h. */

#include <stddef.h>
#include <stdlib.h>

#include "failure.h"
#include "object_put.h"
#include "selects.h"

static const struct {
	const char *name;
	size_t at;
} numbers[] = {
	{ "first", offsetof(struct toxi_select, first) },
	{ "every", offsetof(struct toxi_select, every) },
	{ "offset", offsetof(struct toxi_select, offset) },
	{ "after_ms", offsetof(struct toxi_select, after_ms) },
	{ "duration_ms", offsetof(struct toxi_select, duration_ms) },
};
#define NNUMBERS (sizeof(numbers) / sizeof(numbers[0]))

/* NULL: *err says why. */
static json_t *
text_of(const char *text, struct toxi_error *err)
{
	json_t *value = text != NULL ? json_string(text) : NULL;

	if (value != NULL)
		return value;
	if (text != NULL && (value = json_string_nocheck(text)) == NULL) {
		fail_nomem(err);
		return NULL;
	}
	json_decref(value);
	fail(err, TOXI_ERR_ARGUMENT, "select.clients: one is no UTF-8");
	return NULL;
}

static int
put_clients(
    json_t *object, const struct toxi_select *select, struct toxi_error *err)
{
	json_t *list = json_array(), *text;
	size_t i;

	/* object owns it from here on. */
	if (object_put(object, "clients", list, err) == -1)
		return -1;
	for (i = 0; i < select->n_clients; i++) {
		if ((text = text_of(select->clients[i], err)) == NULL)
			return -1;
		if (json_array_append_new(list, text) == -1)
			return fail_nomem(err);
	}
	return 0;
}

static int
fill(json_t *object, const struct toxi_select *select, struct toxi_error *err)
{
	const int64_t *number;
	size_t i;

	for (i = 0; i < NNUMBERS; i++) {
		number = (const void *)((const char *)select + numbers[i].at);
		if (*number != 0 &&
		    object_put(object, numbers[i].name, json_integer(*number),
			err) == -1)
			return -1;
	}
	return select->n_clients > 0 ? put_clients(object, select, err) : 0;
}

json_t *
select_encode(const struct toxi_select *select, struct toxi_error *err)
{
	json_t *object = json_object();

	if (object == NULL) {
		fail_nomem(err);
		return NULL;
	}
	if (fill(object, select, err) == 0)
		return object;
	json_decref(object);
	return NULL;
}

struct kept_select *
select_decode(const json_t *json, struct toxi_error *err)
{
	const json_t *clients = json_object_get(json, "clients"), *value;
	const size_t n = json_array_size(clients);
	struct kept_select *s;
	size_t i;

	if ((s = calloc(1, sizeof(*s) + n * sizeof(s->clients[0]))) == NULL) {
		fail_nomem(err);
		return NULL;
	}
	for (i = 0; i < NNUMBERS; i++) {
		value = json_object_get(json, numbers[i].name);
		*(int64_t *)(void *)((char *)&s->select + numbers[i].at) =
		    json_integer_value(value);
	}
	for (i = 0; i < n; i++)
		s->clients[i] = json_string_value(json_array_get(clients, i));
	s->select.clients = n > 0 ? s->clients : NULL;
	s->select.n_clients = n;
	return s;
}

/* SPDX-License-Identifier: ISC */
/* Which sessions a toxic is for, in JSON: see selects.h. */

#include <inttypes.h>
#include <string.h>

#include "nitems.h"
#include "selects.h"
#include "toxic_select.h"

/* All of it is toxid's own: what is misspelt would choose others. */
#define X(name, min, help) #name,
static const char *const names[] = { SELECT_COUNTS(X) "clients",
	SELECT_TIMES(X) };
#undef X
static const struct keys keys = { names, nitems(names) };

/* ---- in */

static int
get_number(
    const struct object *o, const char *name, uint32_t min, uint32_t *number)
{
	const struct path path = path_of(o->path, name);
	char field[32], why[64];
	json_t *v = member(o->json, name);
	int64_t value;

	if (v == NULL)
		return 0;
	if (get_integer(v, path.text, &value, o->f) == -1)
		return -1;
	if (value >= min && value <= SELECT_NUMBER_MAX) {
		*number = (uint32_t)value;
		return 0;
	}
	snprintf(field, sizeof(field), "select.%s", name);
	snprintf(why, sizeof(why), "must be from %" PRIu32 " to %d", min,
	    SELECT_NUMBER_MAX);
	return invalid(path.text, field, why, o->f);
}

static int
get_client(const struct object *o, size_t i, struct bind_rule *r)
{
	const struct path path = path_nth(o->path, i);
	json_t *v = json_array_get(o->json, i);
	char field[32], why[256];
	const char *wrong;

	if (!json_is_string(v))
		return mismatch(path.text, "a string", v, o->f);
	wrong = select_client_read(r, json_string_value(v));
	if (wrong == NULL)
		return 0;
	snprintf(field, sizeof(field), "select.clients[%zu]", i);
	snprintf(
	    why, sizeof(why), "\"%.64s\": %s", json_string_value(v), wrong);
	return invalid(path.text, field, why, o->f);
}

static int
get_clients(const struct object *o, struct toxic_select *s)
{
	const struct path path = path_of(o->path, "clients");
	const struct object list = { member(o->json, "clients"), path.text,
		o->f };
	size_t i, n = json_array_size(list.json);
	char why[64];

	if (list.json == NULL)
		return 0;
	if (!json_is_array(list.json))
		return mismatch(path.text, "an array", list.json, o->f);
	snprintf(why, sizeof(why), "must be from 1 to %d addresses",
	    SELECT_CLIENTS_MAX);
	if (n == 0 || n > SELECT_CLIENTS_MAX)
		return invalid(path.text, "select.clients", why, o->f);
	for (i = 0; i < n; i++) {
		if (get_client(&list, i, &s->clients[i]) == -1)
			return -1;
	}
	s->nclients = (uint32_t)n;
	return 0;
}

static int
get_members(const struct object *o, struct toxic_select *s)
{
#define X(name, min, help)                               \
	if (get_number(o, #name, (min), &s->name) == -1) \
		return -1;
	SELECT_NUMBERS(X)
#undef X
	return get_clients(o, s) == 0
	    ? refuse_unknown(o, &keys, "select has no")
	    : -1;
}

int
get_select(const struct object *toxic, struct toxic_spec *spec, int *given)
{
	const struct path path = path_of(toxic->path, "select");
	const struct object o = { member(toxic->json, "select"), path.text,
		toxic->f };
	struct toxic_select s;
	const char *field;
	char why[64];

	*given = o.json != NULL;
	if (o.json == NULL)
		return 0;
	memset(&s, 0, sizeof(s));
	s.base = SELECT_FROM_NOW;
	if (expect_object(o.json, path.text, o.f) == -1 ||
	    get_members(&o, &s) == -1)
		return -1;
	field = toxic_select_fault(&s, why, sizeof(why));
	if (field != NULL)
		return invalid(path.text, field, why, o.f);
	toxic_select_set(spec, &s);
	return 0;
}

/* ---- out */

static void
encode_number(FILE *f, const char **comma, const char *name, uint32_t value)
{
	if (value == 0)
		return;
	fprintf(f, "%s\"%s\":%" PRIu32, *comma, name, value);
	*comma = ",";
}

static void
encode_clients(FILE *f, const char **comma, const struct toxic_select *s)
{
	char text[SELECT_CLIENT_TEXT_MAX + 1];
	size_t i;

	if (s->nclients == 0)
		return;
	fprintf(f, "%s\"clients\":[", *comma);
	for (i = 0; i < s->nclients; i++)
		fprintf(f, "%s\"%s\"", i > 0 ? "," : "",
		    select_client_text(&s->clients[i], text));
	fputc(']', f);
	*comma = ",";
}

void
encode_select(FILE *f, const struct toxic_spec *spec)
{
	const char *comma = "";
	struct toxic_select s;

	if (!toxic_select_get(spec, &s))
		return;
	fputs(",\"select\":{", f);
#define X(name, min, help) encode_number(f, &comma, #name, s.name);
	SELECT_COUNTS(X)
	encode_clients(f, &comma, &s);
	SELECT_TIMES(X)
#undef X
	fputc('}', f);
}

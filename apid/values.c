/* SPDX-License-Identifier: ISC */
/*
 * JSON in: the text, and the values in it.  As Go's decoder does it: keys in
 * any case, the last one counts, null is as good as absent.
 */

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lease.h"
#include "log.h"
#include "meant.h"
#include "numbers.h"
#include "text_put.h"
#include "values.h"

void
failure_set(struct failure *f, int status, const char *fmt, ...)
{
	va_list ap;

	*f = (struct failure){ .status = status };
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

void
failure_at(struct failure *f, const char *path)
{
	text_put(f->at, sizeof(f->at), path);
}

/* ---- the text */

static void
say_syntax(const json_error_t *error, struct failure *f)
{
	if (json_error_code(error) == json_error_premature_end_of_input)
		failure_set(f, 400, "bad request body: unexpected EOF");
	else
		failure_set(f, 400, "bad request body: line %d column %d: %s",
		    error->line, error->column, error->text);
}

static void
syntax_failure(const json_error_t *error, struct failure *f)
{
	say_syntax(error, f);
	f->line = (unsigned int)error->line;
	f->column = (unsigned int)error->column;
}

/*
 * All that is no more than a comma to whoever sends it costs time and a
 * hundred bytes of memory here: enough for any honest body, and for no more.
 */
#define VALUES_MAX 262144

static int
has_too_many_values(const char *body, size_t len)
{
	int in_string = 0;
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (in_string && body[i] == '\\')
			i++;
		else if (body[i] == '"')
			in_string = !in_string;
		else if (!in_string &&
		    (body[i] == ',' || body[i] == '[' || body[i] == '{'))
			n++;
	}
	return n > VALUES_MAX;
}

/* A second time without the numbers that are too large for the parser. */
static json_t *
parse(const char *body, size_t len, json_error_t *error)
{
	const size_t flags = JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY;
	json_t *json = json_loadb(body, len, flags, error);
	char *copy;

	if (json != NULL ||
	    json_error_code(error) != json_error_numeric_overflow)
		return json;
	if ((copy = strndup(body, len)) == NULL)
		fatal("%s", __func__);
	numbers_replace_large(copy);
	json = json_loadb(copy, strlen(copy), flags, error);
	free(copy);
	return json;
}

/* Only the first value counts; whatever follows it is not looked at. */
int
decode_body(json_t **json, const char *body, size_t len, struct failure *f)
{
	json_error_t error;
	size_t i = 0;

	while (i < len && strchr(" \t\r\n", body[i]) != NULL && body[i] != '\0')
		i++;
	if (i == len) {
		failure_set(f, 400, "bad request body: EOF");
		return -1;
	}
	if (has_too_many_values(body, len)) {
		failure_set(f, 400, "bad request body: more than %d values",
		    VALUES_MAX);
		return -1;
	}
	if ((*json = parse(body, len, &error)) == NULL) {
		syntax_failure(&error, f);
		return -1;
	}
	return 0;
}

/* ---- values */

struct path
path_of(const char *before, const char *key)
{
	struct path p;

	snprintf(p.text, sizeof(p.text), "%s%s%s", before,
	    before[0] != '\0' ? "." : "", key);
	return p;
}

/* "attributes.codes[2]" */
struct path
path_nth(const char *before, size_t i)
{
	struct path p;

	snprintf(p.text, sizeof(p.text), "%s[%zu]", before, i);
	return p;
}

const char *
type_name(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "an integer";
	case JSON_REAL:
		return "a fraction";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	default:
		return "null";
	}
}

int
mismatch(const char *path, const char *expected, const json_t *got,
    struct failure *f)
{
	failure_set(f, 400, "bad request body: %s%sexpected %s, got %s", path,
	    path[0] != '\0' ? ": " : "", expected, type_name(got));
	failure_at(f, path);
	return -1;
}

/* NULL if it is not there, or null. */
json_t *
member(json_t *object, const char *name)
{
	json_t *v, *found = NULL;
	const char *key;

	json_object_foreach(object, key, v)
	{
		if (strcasecmp(key, name) == 0 && !json_is_null(v))
			found = v;
	}
	return found;
}

int
keys_have(const struct keys *keys, const char *key)
{
	size_t i;

	for (i = 0; i < keys->n; i++) {
		if (strcasecmp(key, keys->names[i]) == 0)
			return 1;
	}
	return 0;
}

const char *
keys_meant(const struct keys *keys, const char *key)
{
	return meant(key, keys->names, keys->n);
}

int
refuse_unknown(
    const struct object *o, const struct keys *keys, const char *what)
{
	const char *key, *near;
	json_t *v;

	json_object_foreach(o->json, key, v)
	{
		if (json_is_null(v) || keys_have(keys, key))
			continue;
		near = keys_meant(keys, key);
		failure_set(o->f, 400, "%s \"%.64s\"%s%s%s", what, key,
		    near != NULL ? ": did you mean \"" : "",
		    near != NULL ? near : "", near != NULL ? "\"?" : "");
		failure_at(o->f, o->path);
		return -1;
	}
	return 0;
}

int
invalid(const char *path, const char *name, const char *why, struct failure *f)
{
	failure_set(f, 400, "invalid %s: %s", name, why);
	failure_at(f, path);
	return -1;
}

/* What a body has to be; null will do, and has no members. */
int
expect_object(json_t *v, const char *path, struct failure *f)
{
	if (json_is_object(v) || json_is_null(v))
		return 0;
	return mismatch(path, "an object", v, f);
}

/* Into text[max + 1], which stays as it is if the member is absent. */
int
get_text(
    const struct object *o, const char *key, char *text, size_t max, int *given)
{
	struct path path = path_of(o->path, key);
	json_t *v = member(o->json, key);

	*given = v != NULL;
	if (v == NULL)
		return 0;
	if (!json_is_string(v))
		return mismatch(path.text, "a string", v, o->f);
	if (json_string_length(v) > max) {
		failure_set(o->f, 400,
		    "bad request body: %s: longer than %zu bytes", path.text,
		    max);
		failure_at(o->f, path.text);
		return -1;
	}
	memcpy(text, json_string_value(v), json_string_length(v) + 1);
	return 0;
}

int
get_endpoint(
    const struct object *o, const char *key, struct endpoint *e, int *given)
{
	char text[ENDPOINT_TEXT_MAX + 1] = "";

	if (get_text(o, key, text, ENDPOINT_TEXT_MAX, given) == -1)
		return -1;
	memset(e, 0, sizeof(*e));
	return *given ? endpoint_split(e, text) : 0;
}

int
get_boolean(const struct object *o, const char *key, uint8_t *value, int *given)
{
	struct path path = path_of(o->path, key);
	json_t *v = member(o->json, key);

	*given = v != NULL;
	if (v == NULL)
		return 0;
	if (!json_is_boolean(v))
		return mismatch(path.text, "a boolean", v, o->f);
	*value = json_is_true(v);
	return 0;
}

int
too_large(const char *path, struct failure *f)
{
	failure_set(
	    f, 400, "bad request body: %s: the number is too large", path);
	failure_at(f, path);
	return -1;
}

#define INT64_LIMIT 9223372036854775808.0

/* What some JSON libraries make of an integer, 100.0, is taken as one. */
int
get_integer(json_t *v, const char *path, int64_t *value, struct failure *f)
{
	double real;

	if (json_is_integer(v)) {
		*value = json_integer_value(v);
		return 0;
	}
	real = json_real_value(v);
	if (fabs(real) >= INT64_LIMIT && real != -INT64_LIMIT)
		return too_large(path, f);
	if (!json_is_real(v) || (double)(int64_t)real != real)
		return mismatch(path, "an integer", v, f);
	*value = (int64_t)real;
	return 0;
}

int
get_ttl(const struct object *o, int64_t *lease, int *given)
{
	struct path path = path_of(o->path, "ttl");
	json_t *v = member(o->json, "ttl");
	int64_t ms;

	*given = v != NULL;
	if (v == NULL)
		return 0;
	if (get_integer(v, path.text, &ms, o->f) == -1)
		return -1;
	if (ms < 0 || ms > LEASE_MS_MAX) {
		failure_set(o->f, 400, "%s: must be from 0 to %" PRId64 " (ms)",
		    path.text, LEASE_MS_MAX);
		failure_at(o->f, path.text);
		return -1;
	}
	*lease = ms > 0 ? ms : LEASE_FOR_GOOD;
	return 0;
}

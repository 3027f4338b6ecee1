/* SPDX-License-Identifier: ISC */
/* Attributes of a toxic, from JSON: see attributes.h. */

#include <string.h>

#include "attributes.h"
#include "meant.h"

int
bad_value(const struct toxic_spec *spec, const struct object *o)
{
	struct toxic_fault fault;
	int is_attribute;

	if (toxic_spec_check(spec, &fault) == 0)
		return 0;
	is_attribute = strcmp(fault.field, "toxicity") != 0;
	failure_set(o->f, 400, "invalid %s%s: %s",
	    is_attribute ? "attribute " : "", fault.field, fault.why);
	failure_at(
	    o->f, is_attribute ? path_of(o->path, fault.field).text : o->path);
	return -1;
}

int
attribute_is_known(enum toxic_kind kind, const char *name)
{
	const struct toxic_schema *schema = toxic_schema(kind);
	size_t i;

	for (i = 0; i < schema->nattributes; i++) {
		if (strcasecmp(schema->attributes[i].name, name) == 0)
			return 1;
	}
	return 0;
}

/* "crash has no attribute \"x\"", and which it may have been. */
void
attribute_unknown(
    enum toxic_kind kind, const char *name, char *text, size_t size)
{
	const struct toxic_schema *schema = toxic_schema(kind);
	const char *names[TOXIC_ATTRIBUTES_MAX], *near;
	size_t i;

	for (i = 0; i < schema->nattributes; i++)
		names[i] = schema->attributes[i].name;
	near = meant(name, names, schema->nattributes);
	snprintf(text, size, "%s has no attribute \"%.64s\"%s%s%s",
	    schema->name, name, near != NULL ? ": did you mean \"" : "",
	    near != NULL ? near : "", near != NULL ? "\"?" : "");
}

/* The original skips them; those that it does not have are not its to skip. */
static int
refuse_unknown(const struct object *o, enum toxic_kind kind)
{
	char text[256];
	const char *key;
	json_t *v;

	if (!toxic_is_own(kind))
		return 0;
	json_object_foreach(o->json, key, v)
	{
		if (json_is_null(v) || attribute_is_known(kind, key))
			continue;
		attribute_unknown(kind, key, text, sizeof(text));
		failure_set(o->f, 400, "%s", text);
		failure_at(o->f, o->path);
		return -1;
	}
	return 0;
}

/* A fraction may be any number; what is out of range is checked later. */
static int
get_fraction(json_t *v, const char *path, double *value, struct failure *f)
{
	if (!json_is_number(v))
		return mismatch(path, "a number", v, f);
	*value = json_number_value(v);
	return 0;
}

static int
get_word(json_t *v, const struct toxic_attribute *a, const char *path,
    int64_t *value, struct failure *f)
{
	if (!json_is_string(v))
		return mismatch(path, "a string", v, f);
	*value = toxic_word_number(a, json_string_value(v));
	return 0;
}

static int
get_value(json_t *v, const struct toxic_attribute *a, const char *path,
    union toxic_value *value, struct failure *f)
{
	switch (a->kind) {
	case VALUE_FRACTION:
		return get_fraction(v, path, &value->fraction, f);
	case VALUE_ENUM:
		return get_word(v, a, path, &value->integer, f);
	case VALUE_INTEGER:
		break;
	}
	return get_integer(v, path, &value->integer, f);
}

int
get_attributes(
    const struct object *o, int kind, union toxic_value *values, uint8_t *given)
{
	const struct toxic_schema *schema = toxic_schema((enum toxic_kind)kind);
	struct path path;
	json_t *v;
	size_t i;

	for (i = 0; i < schema->nattributes; i++) {
		v = member(o->json, schema->attributes[i].name);
		if (v == NULL)
			continue;
		path = path_of(o->path, schema->attributes[i].name);
		if (get_value(v, &schema->attributes[i], path.text, &values[i],
			o->f) == -1)
			return -1;
		*given |= (uint8_t)(1U << i);
	}
	return refuse_unknown(o, (enum toxic_kind)kind);
}

/* SPDX-License-Identifier: ISC */
/* Attributes of a toxic, from JSON into its spec: see attributes.h. */

#include <math.h>
#include <string.h>

#include "attributes.h"
#include "meant.h"
#include "numbers.h"

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
refuse_unknown_attribute(const struct object *o, enum toxic_kind kind)
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

/* Any number will do that a double can say; see numbers_replace_large(). */
static int
get_fraction(json_t *v, const char *path, double *value, struct failure *f)
{
	if (!json_is_number(v))
		return mismatch(path, "a number", v, f);
	*value = json_number_value(v);
	return fabs(*value) < NUMBER_TOO_LARGE ? 0 : too_large(path, f);
}

/* What an attribute has no room for cannot wait for bad_value(). */
static int
refuse_attribute(
    const struct toxic_attribute *a, const char *path, struct failure *f)
{
	struct toxic_fault fault;

	toxic_attribute_refuse(a, &fault);
	failure_set(f, 400, "invalid attribute %s: %s", fault.field, fault.why);
	failure_at(f, path);
	return -1;
}

/* NULL: it is no string.  The parser has seen to it that it has no NUL. */
static const char *
get_string(const struct object *o)
{
	if (json_is_string(o->json))
		return json_string_value(o->json);
	mismatch(o->path, "a string", o->json, o->f);
	return NULL;
}

static int
get_string_into(const struct object *o, const struct toxic_attribute *a,
    int slot, struct toxic_spec *spec,
    int (*put)(struct toxic_spec *, int slot, const char *text))
{
	const char *text = get_string(o);

	if (text == NULL)
		return -1;
	return put(spec, slot, text) == 0 ? 0
					  : refuse_attribute(a, o->path, o->f);
}

/* One that is no word is so until bad_value(). */
static int
get_word(
    const struct object *o, const struct toxic_attribute *a, int64_t *value)
{
	const char *text = get_string(o);

	if (text == NULL)
		return -1;
	*value = toxic_word_number(a, text);
	return 0;
}

/* One more of a list: it has to be there, so that null is none. */
static int
get_element(const struct object *o, const struct toxic_attribute *a, int slot,
    struct toxic_spec *spec)
{
	int64_t value;

	if (a->kind == VALUE_TEXTS)
		return get_string_into(o, a, slot, spec, toxic_tail_add_text);
	if (get_integer(o->json, o->path, &value, o->f) == -1)
		return -1;
	return toxic_tail_add_integer(spec, slot, value) == 0
	    ? 0
	    : refuse_attribute(a, o->path, o->f);
}

static int
get_list(const struct object *o, const struct toxic_attribute *a, int slot,
    struct toxic_spec *spec)
{
	struct object element = { .f = o->f };
	struct path path;
	size_t i;

	if (!json_is_array(o->json))
		return mismatch(o->path, "an array", o->json, o->f);
	toxic_tail_clear(spec, slot);
	json_array_foreach(o->json, i, element.json)
	{
		path = path_nth(o->path, i);
		element.path = path.text;
		if (get_element(&element, a, slot, spec) == -1)
			return -1;
	}
	return 0;
}

/* o: the value */
static int
get_value(const struct object *o, const struct toxic_attribute *a, int slot,
    struct toxic_spec *spec)
{
	union toxic_value *value = &spec->values[slot];

	switch (a->kind) {
	case VALUE_FRACTION:
		return get_fraction(o->json, o->path, &value->fraction, o->f);
	case VALUE_ENUM:
		return get_word(o, a, &value->integer);
	case VALUE_TEXT:
		return get_string_into(o, a, slot, spec, toxic_tail_set_text);
	case VALUE_INTEGERS:
	case VALUE_TEXTS:
		return get_list(o, a, slot, spec);
	case VALUE_INTEGER:
		break;
	}
	return get_integer(o->json, o->path, &value->integer, o->f);
}

int
get_attributes(const struct object *o, struct toxic_spec *spec, uint8_t *given)
{
	const struct toxic_schema *schema =
	    toxic_schema((enum toxic_kind)spec->kind);
	struct object value = { .f = o->f };
	struct path path;
	size_t i;

	for (i = 0; i < schema->nattributes; i++) {
		value.json = member(o->json, schema->attributes[i].name);
		if (value.json == NULL)
			continue;
		path = path_of(o->path, schema->attributes[i].name);
		value.path = path.text;
		if (get_value(&value, &schema->attributes[i], (int)i, spec) ==
		    -1)
			return -1;
		*given |= (uint8_t)(1U << i);
	}
	return refuse_unknown_attribute(o, (enum toxic_kind)spec->kind);
}

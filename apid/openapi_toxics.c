/* SPDX-License-Identifier: ISC */
/* At build time: schemas of toxics, as proto/toxics.h has them. */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "openapi_json.h"
#include "toxic_select.h"
#include "toxic_spec.h"
#include "toxic_wave.h"

static json_t *
object_schema(json_t *required, json_t *properties, int is_closed)
{
	json_t *j = json_object();

	put(j, "type", json_string("object"));
	put(j, "required", required);
	put(j, "properties", properties);
	if (is_closed)
		put(j, "additionalProperties", json_false());
	return j;
}

static json_t *
integer_shape(int64_t min)
{
	json_t *j = json_pack("{ss,ss}", "type", "integer", "format", "int64");

	if (min != INT64_MIN)
		put(j, "minimum", json_integer(min));
	return j;
}

static json_t *
fraction_shape(const struct toxic_attribute *a)
{
	json_t *j = json_pack("{ss}", "type", "number");

	if (a->range.fraction.is_exact) {
		put(j, "minimum", json_real(a->range.fraction.least));
		put(j, "maximum", json_real(a->range.fraction.most));
	}
	return j;
}

static json_t *
enum_shape(const struct toxic_attribute *a)
{
	json_t *words = json_array();
	const char *word;
	int64_t i;

	for (i = 0; (word = toxic_word(a, i)) != NULL; i++)
		append(words, json_string(word));
	return json_pack("{ss,so}", "type", "string", "enum", words);
}

static json_t *
list_shape(json_t *items, size_t count)
{
	return json_pack("{ss,so,sI}", "type", "array", "items", items,
	    "maxItems", (json_int_t)count);
}

static json_t *
shape_of(const struct toxic_attribute *a)
{
	switch (a->kind) {
	case VALUE_INTEGER:
		return integer_shape(a->range.integer.min);
	case VALUE_FRACTION:
		return fraction_shape(a);
	case VALUE_ENUM:
		return enum_shape(a);
	case VALUE_INTEGERS:
		return list_shape(integer_shape(a->range.integers.min),
		    a->range.integers.count);
	case VALUE_TEXTS:
		return list_shape(
		    json_pack("{ss}", "type", "string"), a->range.texts.count);
	case VALUE_TEXT:
		break;
	}
	return json_pack("{ss}", "type", "string");
}

static json_t *
standard_of(const struct toxic_attribute *a)
{
	switch (a->kind) {
	case VALUE_INTEGER:
		return json_integer(a->standard.integer);
	case VALUE_FRACTION:
		return json_real(a->standard.fraction);
	case VALUE_ENUM:
		return json_string(toxic_word(a, a->standard.integer));
	case VALUE_TEXT:
		return json_string(a->standard.text);
	case VALUE_INTEGERS:
	case VALUE_TEXTS:
		break;
	}
	return json_array();
}

/* One whose default would be refused has to be given. */
static int
is_needed(const struct toxic_attribute *a)
{
	return a->kind == VALUE_INTEGER &&
	    a->standard.integer < a->range.integer.min;
}

static json_t *
attribute_schema(const struct toxic_attribute *a, int is_new)
{
	json_t *j = shape_of(a);

	put(j, "description",
	    a->unit[0] != '\0' ? json_sprintf("%s (%s)", a->help, a->unit)
			       : json_string(a->help));
	if (is_new && !is_needed(a))
		put(j, "default", standard_of(a));
	return j;
}

/*
 * As it is shown, with all that it has; or as it is asked for, when what
 * Toxiproxy's toxics do not have is skipped.
 */
static json_t *
attributes_schema(const struct toxic_schema *s, int is_new)
{
	json_t *required = json_array(), *properties = json_object();
	size_t i;

	for (i = 0; i < s->nattributes; i++) {
		put(properties, s->attributes[i].name,
		    attribute_schema(&s->attributes[i], is_new));
		if (is_new ? is_needed(&s->attributes[i])
			   : !s->attributes[i].is_own)
			append(required, json_string(s->attributes[i].name));
	}
	return object_schema(
	    required, properties, !is_new || s->whose != OF_TOXIPROXY);
}

static int
has_needed(const struct toxic_schema *s)
{
	size_t i;

	for (i = 0; i < s->nattributes; i++) {
		if (is_needed(&s->attributes[i]))
			return 1;
	}
	return 0;
}

static json_t *
count_schema(uint32_t min, uint32_t max, const char *help)
{
	return json_pack("{ss,sI,sI,ss}", "type", "integer", "minimum",
	    (json_int_t)min, "maximum", (json_int_t)max, "description", help);
}

/* "select"; as it is asked for, {} is none. */
static json_t *
select_schema(void)
{
	json_t *properties = json_object(), *clients;

	clients =
	    list_shape(json_pack("{ss}", "type", "string"), SELECT_CLIENTS_MAX);
	put(clients, "minItems", json_integer(1));
	put(clients, "description",
	    json_string("prefixes, as 10.0.0.0/8, one of which a client's "
			"address has"));
#define X(name, min, help) \
	put(properties, #name, count_schema((min), SELECT_NUMBER_MAX, (help)));
	SELECT_COUNTS(X)
	put(properties, "clients", clients);
	SELECT_TIMES(X)
#undef X
	return json_pack("{ss,so,sb,ss}", "type", "object", "properties",
	    properties, "additionalProperties", 0, "description",
	    "on which sessions it is at work, and when");
}

/* Both as it is asked for and as it is shown. */
static json_t *
wave_schema(void)
{
	json_t *words = json_array();
	int i;

	for (i = 0; i < WAVE_SHAPE_MAX; i++)
		append(words, json_string(wave_shape_word((unsigned int)i)));
	return json_pack("{ss,s{s{ss,so},so,so},s[ss],sb,ss}", "type", "object",
	    "properties", "shape", "type", "string", "enum", words, "period",
	    count_schema(1, WAVE_NUMBER_MAX, "ms"), "amplitude",
	    count_schema(
		1, WAVE_NUMBER_MAX, "how far it rises and falls, in its unit"),
	    "required", "period", "amplitude", "additionalProperties", 0,
	    "description",
	    "it rises above its value and falls below it, in phase with the "
	    "time of day");
}

/* Of those of its attributes that are whole numbers. */
static json_t *
waves_schema(const struct toxic_schema *s)
{
	json_t *properties = json_object();
	size_t i;

	for (i = 0; i < s->nattributes; i++) {
		if (s->attributes[i].kind == VALUE_INTEGER)
			put(properties, s->attributes[i].name, schema("Wave"));
	}
	return json_pack("{ss,so,sb}", "type", "object", "properties",
	    properties, "additionalProperties", 0);
}

static json_t *
toxic_schema_of(const struct toxic_schema *s, int is_new)
{
	json_t *required = json_array(), *properties = json_object(), *j;

	append(required, json_string("type"));
	put(properties, "type", json_pack("{ss}", "const", s->name));
	put(properties, "name", schema("ToxicName"));
	put(properties, "stream", schema("Stream"));
	put(properties, "toxicity", schema("Toxicity"));
	put(properties, "select", schema("Select"));
	put(properties, "wave", waves_schema(s));
	put(properties, "owner", schema(is_new ? "OwnerNew" : "Owner"));
	put(properties, "attributes", attributes_schema(s, is_new));
	if (!is_new || has_needed(s))
		append(required, json_string("attributes"));
	if (is_new) {
		put(properties, "ttl", schema("Ttl"));
	} else {
		append(required, json_string("name"));
		append(required, json_string("stream"));
		append(required, json_string("toxicity"));
		put(properties, "expires_in", schema("ExpiresIn"));
	}
	j = object_schema(required, properties, !is_new);
	put(j, "description", json_string(s->does));
	return j;
}

/* "slow_close" is SlowCloseToxic, or SlowCloseToxicNew. */
static const char *
component_name(const struct toxic_schema *s, int is_new)
{
	static char name[128];
	const char *p;
	size_t n = 0;

	for (p = s->name; *p != '\0' && n < sizeof(name) / 2; p++) {
		if (*p != '_')
			name[n++] = (char)(p == s->name || p[-1] == '_'
				? toupper((unsigned char)*p)
				: *p);
	}
	snprintf(name + n, sizeof(name) - n, "Toxic%s", is_new ? "New" : "");
	return name;
}

/* Of those that are offered, any. */
json_t *
openapi_toxics(json_t *schemas, int is_new)
{
	json_t *any = json_array(), *mapping = json_object();
	const struct toxic_schema *s;
	const char *name;
	int kind;

	put(schemas, "Select", select_schema());
	put(schemas, "Wave", wave_schema());
	for (kind = 1; kind < TOXIC_KIND_MAX; kind++) {
		s = toxic_schema((enum toxic_kind)kind);
		if (s->whose == OF_DEBUG)
			continue;
		name = component_name(s, is_new);
		put(schemas, name, toxic_schema_of(s, is_new));
		append(any, schema(name));
		put(mapping, s->name,
		    json_sprintf("#/components/schemas/%s", name));
	}
	return json_pack("{so,s{ss,so}}", "oneOf", any, "discriminator",
	    "propertyName", "type", "mapping", mapping);
}

/* SPDX-License-Identifier: ISC */
/* The table of toxics.h as data. */

#include <string.h>

#include "toxic_spec.h"

#define NONE 0
#define STANDARD_INTEGER(x) .integer = (x)
#define STANDARD_FRACTION(x) .fraction = (x)
#define STANDARD_ENUM(x) .integer = (x)
#define STANDARD_TEXT(x) .text = (x)
#define STANDARD_INTEGERS(x) .integer = (x)
#define STANDARD_TEXTS(x) .integer = (x)
#define A(tag, slot, attribute, kind_, unit_, range_, standard_, help_, ...) \
	[tag##_##slot] = { .name = #attribute,                               \
		.unit = (unit_),                                             \
		.help = (help_),                                             \
		.kind = VALUE_##kind_,                                       \
		.range = range_,                                             \
		.standard = { STANDARD_##kind_(standard_) },                 \
		__VA_ARGS__ }
#define X(tag, name_, number, where_, whose_, does_, ...) \
	[number] = { .name = #name_,                      \
		.does = (does_),                          \
		.where = (where_),                        \
		.whose = OF_##whose_,                     \
		.nattributes = tag##_NATTRIBUTES,         \
		.attributes =                             \
		    (const struct toxic_attribute[]){ __VA_ARGS__ } },
static const struct toxic_schema schemas[TOXIC_KIND_MAX] = { TOXICS(X, A) };
#undef X
#undef A

int
toxic_kind_is_known(unsigned int kind)
{
	return kind < TOXIC_KIND_MAX && schemas[kind].name != NULL;
}

const struct toxic_schema *
toxic_schema(enum toxic_kind kind)
{
	return &schemas[kind];
}

const struct toxic_attribute *
toxic_attribute_of(const struct toxic_spec *spec, int slot)
{
	return &toxic_schema((enum toxic_kind)spec->kind)->attributes[slot];
}

int
toxic_is_in_tail(const struct toxic_attribute *a)
{
	return a->kind >= VALUE_TEXT;
}

int
toxic_slot_of(const struct toxic_spec *spec, const char *name)
{
	const struct toxic_schema *s =
	    toxic_schema((enum toxic_kind)spec->kind);
	size_t i;

	for (i = 0; i < s->nattributes; i++) {
		if (strcmp(s->attributes[i].name, name) == 0)
			return (int)i;
	}
	return -1;
}

int
toxic_is_own(enum toxic_kind kind)
{
	return schemas[kind].whose != OF_TOXIPROXY;
}

enum toxic_kind
toxic_kind_of(const char *name)
{
	unsigned int kind;

	if (strcmp(name, "reset") == 0) /* what p2pd's client sends */
		return TOXIC_RESET_PEER;
	for (kind = 1; kind < TOXIC_KIND_MAX; kind++) {
		if (strcmp(schemas[kind].name, name) == 0)
			return (enum toxic_kind)kind;
	}
	return TOXIC_NONE;
}

const char *
toxic_stream_name(enum toxic_stream stream)
{
	return stream == STREAM_UPSTREAM ? "upstream" : "downstream";
}

const char *
toxic_word(const struct toxic_attribute *a, int64_t number)
{
	int64_t i;

	for (i = 0; a->range.words[i] != NULL; i++) {
		if (i == number)
			return a->range.words[i];
	}
	return NULL;
}

int64_t
toxic_word_number(const struct toxic_attribute *a, const char *word)
{
	int64_t i;

	for (i = 0; a->range.words[i] != NULL; i++) {
		if (strcmp(a->range.words[i], word) == 0)
			return i;
	}
	return -1;
}

size_t
toxic_tail_offset(const struct toxic_spec *spec, int slot)
{
	size_t at = spec->nowner;
	int i;

	for (i = 0; i < slot; i++) {
		if (toxic_is_in_tail(toxic_attribute_of(spec, i)))
			at += (size_t)spec->values[i].bytes;
	}
	return at;
}

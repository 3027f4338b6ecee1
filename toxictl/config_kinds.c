/* SPDX-License-Identifier: ISC */
/* See config_kinds.h. */

#include <math.h>

#include "config_kinds.h"

int
config_is_integer(const json_t *value)
{
	double real = json_real_value(value);

	return json_is_integer(value) ||
	    (json_is_real(value) && fabs(real) < 0x1p63 && trunc(real) == real);
}

static int
is_number(const json_t *value)
{
	return json_is_number(value);
}

static int
is_text(const json_t *value)
{
	return json_is_string(value);
}

static const struct {
	const char *name;
	int (*is)(const json_t *);
	int is_list; /* of such */
} kinds[] = {
	[VALUE_INTEGER] = { "integer", config_is_integer, 0 },
	[VALUE_FRACTION] = { "number", is_number, 0 },
	[VALUE_ENUM] = { "text", is_text, 0 },
	[VALUE_TEXT] = { "text", is_text, 0 },
	[VALUE_INTEGERS] = { "list of integers", config_is_integer, 1 },
	[VALUE_TEXTS] = { "list of texts", is_text, 1 },
};

int64_t
config_integer(const json_t *value)
{
	return json_is_integer(value) ? json_integer_value(value)
				      : (int64_t)json_real_value(value);
}

int
config_is_of_kind(enum toxic_value_kind kind, json_t *value)
{
	json_t *element;
	size_t i;

	if (!kinds[kind].is_list)
		return kinds[kind].is(value);
	json_array_foreach(value, i, element)
	{
		if (!kinds[kind].is(element))
			return 0;
	}
	return json_is_array(value);
}

const char *
config_kind_name(enum toxic_value_kind kind)
{
	return kinds[kind].name;
}

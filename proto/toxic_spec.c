/* SPDX-License-Identifier: ISC */
/* Which values a toxic takes. */

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "toxic_tail.h"

void
toxic_spec_init(struct toxic_spec *spec, enum toxic_kind kind)
{
	const struct toxic_schema *s = toxic_schema(kind);
	const struct toxic_attribute *a;
	size_t i;

	memset(spec, 0, sizeof(*spec));
	spec->kind = (uint8_t)kind;
	spec->toxicity = 1;
	for (i = 0; i < s->nattributes; i++) {
		a = &s->attributes[i];
		switch (a->kind) {
		case VALUE_INTEGER:
		case VALUE_ENUM:
			spec->values[i].integer = a->standard.integer;
			break;
		case VALUE_FRACTION:
			spec->values[i].fraction = a->standard.fraction;
			break;
		case VALUE_TEXT:
			(void)toxic_tail_set_text(
			    spec, (int)i, a->standard.text);
			break;
		case VALUE_INTEGERS:
		case VALUE_TEXTS:
			break; /* they begin empty */
		}
	}
}

static int
refuse(struct toxic_fault *fault, const char *field, const char *why)
{
	fault->field = field;
	snprintf(fault->why, sizeof(fault->why), "%s", why);
	return -1;
}

static int
refuse_word(const struct toxic_attribute *a, struct toxic_fault *fault)
{
	const char *const *word;
	size_t len;

	refuse(fault, a->name, "must be one of");
	for (word = a->range.words; *word != NULL; word++) {
		len = strlen(fault->why);
		snprintf(fault->why + len, sizeof(fault->why) - len, "%s %s",
		    word > a->range.words ? "," : "", *word);
	}
	return -1;
}

static int
integer_check(const struct toxic_attribute *a, union toxic_value value,
    struct toxic_fault *fault)
{
	if (value.integer >= a->range.integer.min)
		return 0;
	fault->field = a->name;
	snprintf(fault->why, sizeof(fault->why), "must be at least %" PRId64,
	    a->range.integer.min);
	return -1;
}

/* How much there may be of it: one sentence, whatever is too much. */
static int
refuse_list(const struct toxic_attribute *a, struct toxic_fault *fault)
{
	size_t n;

	fault->field = a->name;
	if (a->kind == VALUE_TEXT) {
		snprintf(fault->why, sizeof(fault->why),
		    "must be at most %zu bytes long", a->range.text.bytes);
		return -1;
	}
	if (a->kind == VALUE_TEXTS) {
		snprintf(fault->why, sizeof(fault->why),
		    "must be at most %zu texts of at most %zu bytes",
		    a->range.texts.count, a->range.texts.bytes);
		return -1;
	}
	n = (size_t)snprintf(fault->why, sizeof(fault->why),
	    "must be at most %zu integers", a->range.integers.count);
	if (a->range.integers.min > INT64_MIN)
		snprintf(fault->why + n, sizeof(fault->why) - n,
		    " of at least %" PRId64, a->range.integers.min);
	return -1;
}

int
toxic_attribute_refuse(
    const struct toxic_attribute *a, struct toxic_fault *fault)
{
	return a->kind == VALUE_ENUM ? refuse_word(a, fault)
				     : refuse_list(a, fault);
}

static int
integers_check(
    const struct toxic_spec *spec, size_t slot, struct toxic_fault *fault)
{
	const struct toxic_attribute *a = toxic_attribute_of(spec, (int)slot);
	size_t i;

	for (i = 0; i < toxic_tail_count(spec, (int)slot); i++) {
		if (toxic_tail_integer(spec, (int)slot, i) <
		    a->range.integers.min)
			return refuse_list(a, fault);
	}
	return 0;
}

static int
fraction_check(const struct toxic_attribute *a, union toxic_value value,
    struct toxic_fault *fault)
{
	if (!isfinite(value.fraction))
		return refuse(fault, a->name, "must be a number");
	if (!a->range.fraction.is_exact ||
	    (value.fraction >= a->range.fraction.least &&
		value.fraction <= a->range.fraction.most))
		return 0;
	fault->field = a->name;
	snprintf(fault->why, sizeof(fault->why), "must be between %g and %g",
	    a->range.fraction.least, a->range.fraction.most);
	return -1;
}

static int
value_check(
    const struct toxic_spec *spec, size_t slot, struct toxic_fault *fault)
{
	const struct toxic_attribute *a = toxic_attribute_of(spec, (int)slot);
	union toxic_value value = spec->values[slot];

	switch (a->kind) {
	case VALUE_FRACTION:
		return fraction_check(a, value, fault);
	case VALUE_ENUM:
		return toxic_word(a, value.integer) != NULL
		    ? 0
		    : refuse_word(a, fault);
	case VALUE_INTEGERS:
		return integers_check(spec, slot, fault);
	case VALUE_TEXT:
	case VALUE_TEXTS:
		return 0; /* as whoever made it, or has read it, saw to it */
	case VALUE_INTEGER:
		break;
	}
	return integer_check(a, value, fault);
}

/* Others would cut for ever, or behind the end. */
static int
slicer_check(const union toxic_value *values, struct toxic_fault *fault)
{
	int64_t average = values[SLICER_AVERAGE_SIZE].integer;
	int64_t variation = values[SLICER_SIZE_VARIATION].integer;

	if (variation > average)
		return refuse(
		    fault, "size_variation", "must not be above average_size");
	if (variation < 1 - average)
		return refuse(
		    fault, "size_variation", "must be above -average_size");
	return 0;
}

int
toxic_spec_check(const struct toxic_spec *spec, struct toxic_fault *fault)
{
	const struct toxic_schema *s =
	    toxic_schema((enum toxic_kind)spec->kind);
	size_t i;

	if (!isfinite(spec->toxicity))
		return refuse(fault, "toxicity", "must be a number");
	for (i = 0; i < s->nattributes; i++) {
		if (value_check(spec, i, fault) == -1)
			return -1;
	}
	return spec->kind == TOXIC_SLICER ? slicer_check(spec->values, fault)
					  : 0;
}

static int64_t
within(int64_t value, int64_t least, int64_t most)
{
	if (value < least)
		return least;
	return value < most ? value : most;
}

int
toxic_spec_needs_program(const struct toxic_spec *spec)
{
	return spec->kind == TOXIC_TCP_LOSS || spec->kind == TOXIC_UNPLUG;
}

int
toxic_spec_loses(const struct toxic_spec *spec)
{
	return spec->kind == TOXIC_TCP_LOSS;
}

int64_t
toxic_spec_integer(const struct toxic_spec *spec, int slot)
{
	const struct toxic_attribute *a = toxic_attribute_of(spec, slot);

	return within(spec->values[slot].integer, a->range.integer.least,
	    a->range.integer.most);
}

int64_t
toxic_spec_nth(const struct toxic_spec *spec, int slot, size_t i)
{
	const struct toxic_attribute *a = toxic_attribute_of(spec, slot);

	return within(toxic_tail_integer(spec, slot, i),
	    a->range.integers.least, a->range.integers.most);
}

double
toxic_spec_fraction(const struct toxic_spec *spec, int slot)
{
	const struct toxic_attribute *a = toxic_attribute_of(spec, slot);
	double value = spec->values[slot].fraction;

	if (value < a->range.fraction.least)
		return a->range.fraction.least;
	return value < a->range.fraction.most ? value : a->range.fraction.most;
}

const char *
toxic_spec_word(const struct toxic_spec *spec, int slot)
{
	return toxic_word(
	    toxic_attribute_of(spec, slot), spec->values[slot].integer);
}

/* SPDX-License-Identifier: ISC */
/* Texts and lists of a toxic: see toxic_tail.h. */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "toxic_owner.h"
#include "toxic_select.h"
#include "toxic_tail.h"
#include "toxic_wave.h"
#include "utf8.h"

/* ---- the whole */

size_t
toxic_spec_size(const struct toxic_spec *spec)
{
	return offsetof(struct toxic_spec, tail) + spec->ntail;
}

struct toxic_spec *
toxic_spec_dup(const struct toxic_spec *spec)
{
	size_t size = toxic_spec_size(spec);
	struct toxic_spec *copy = malloc(size);

	if (copy != NULL)
		memcpy(copy, spec, size);
	return copy;
}

void
toxic_spec_copy(struct toxic_spec *to, const struct toxic_spec *from)
{
	size_t size = toxic_spec_size(from);

	memcpy(to, from, size);
	memset((uint8_t *)to + size, 0, sizeof(*to) - size);
}

/* ---- is it sound? */

static int
text_is_sound(const uint8_t *at, size_t n, size_t max)
{
	const char *text = (const char *)at;

	return n <= max + 1 && memchr(text, '\0', n) == text + n - 1 &&
	    utf8_is_text(text);
}

static int
texts_are_sound(const struct toxic_attribute *a, const uint8_t *at, size_t n)
{
	const uint8_t *end;
	size_t count;

	for (count = 0; n > 0; count++) {
		end = memchr(at, '\0', n);
		if (end == NULL || count == a->range.texts.count ||
		    !text_is_sound(
			at, (size_t)(end + 1 - at), a->range.texts.bytes))
			return 0;
		n -= (size_t)(end + 1 - at);
		at = end + 1;
	}
	return 1;
}

static int
value_is_sound(const struct toxic_attribute *a, const uint8_t *at, size_t n)
{
	switch (a->kind) {
	case VALUE_TEXT: /* a NUL by itself is not how "" is written */
		return n == 0 ||
		    (n > 1 && text_is_sound(at, n, a->range.text.bytes));
	case VALUE_INTEGERS:
		return n % sizeof(int64_t) == 0 &&
		    n / sizeof(int64_t) <= a->range.integers.count;
	default:
		return texts_are_sound(a, at, n);
	}
}

int
toxic_tail_is_sound(const struct toxic_spec *spec)
{
	const struct toxic_schema *s =
	    toxic_schema((enum toxic_kind)spec->kind);
	size_t i, end, at = spec->nowner;

	if (spec->ntail > TOXIC_TAIL_MAX || !toxic_owner_is_sound(spec) ||
	    !toxic_waves_are_sound(spec))
		return 0;
	end = spec->ntail - toxic_waves_size(spec);
	if (at > end)
		return 0;
	for (i = 0; i < s->nattributes; i++) {
		if (!toxic_is_in_tail(&s->attributes[i]))
			continue;
		if (spec->values[i].bytes > end - at ||
		    !value_is_sound(&s->attributes[i], spec->tail + at,
			(size_t)spec->values[i].bytes))
			return 0;
		at += (size_t)spec->values[i].bytes;
	}
	return at == end || toxic_select_is_sound(spec->tail + at, end - at);
}

/* ---- what is there */

const uint8_t *
toxic_tail_bytes(const struct toxic_spec *spec, int slot)
{
	return spec->tail + toxic_tail_offset(spec, slot);
}

const char *
toxic_tail_text(const struct toxic_spec *spec, int slot)
{
	return spec->values[slot].bytes > 0
	    ? (const char *)toxic_tail_bytes(spec, slot)
	    : "";
}

size_t
toxic_tail_count(const struct toxic_spec *spec, int slot)
{
	const uint8_t *at = toxic_tail_bytes(spec, slot);
	size_t i, count = 0, n = (size_t)spec->values[slot].bytes;

	if (toxic_attribute_of(spec, slot)->kind == VALUE_INTEGERS)
		return n / sizeof(int64_t);
	for (i = 0; i < n; i++)
		count += at[i] == '\0';
	return count;
}

int64_t
toxic_tail_integer(const struct toxic_spec *spec, int slot, size_t i)
{
	int64_t value;

	memcpy(&value, toxic_tail_bytes(spec, slot) + i * sizeof(value),
	    sizeof(value));
	return value;
}

const char *
toxic_tail_nth_text(const struct toxic_spec *spec, int slot, size_t i)
{
	const char *text = (const char *)toxic_tail_bytes(spec, slot);

	while (i-- > 0)
		text += strlen(text) + 1;
	return text;
}

int
toxic_spec_is_same(
    const struct toxic_spec *x, const struct toxic_spec *y, int slot)
{
	return x->values[slot].bytes == y->values[slot].bytes &&
	    (!toxic_is_in_tail(toxic_attribute_of(x, slot)) ||
		memcmp(toxic_tail_bytes(x, slot), toxic_tail_bytes(y, slot),
		    (size_t)x->values[slot].bytes) == 0);
}

int
toxic_is_shown(const struct toxic_spec *spec, int slot)
{
	const struct toxic_attribute *a = toxic_attribute_of(spec, slot);
	union toxic_value value = spec->values[slot];

	if (!a->is_own)
		return 1;
	if (a->kind == VALUE_FRACTION)
		return value.fraction != a->standard.fraction;
	return toxic_is_in_tail(a) ? value.bytes > 0
				   : value.integer != a->standard.integer;
}

/* ---- another value */

/* Grows or shrinks a value at its end; what is behind it moves. */
static uint8_t *
resize(struct toxic_spec *spec, int slot, size_t size)
{
	size_t was = (size_t)spec->values[slot].bytes;
	uint8_t *at = spec->tail + toxic_tail_offset(spec, slot);
	size_t behind = spec->ntail - toxic_tail_offset(spec, slot) - was;

	memmove(at + size, at + was, behind);
	spec->ntail = (uint16_t)(spec->ntail + size - was);
	memset(spec->tail + spec->ntail, 0, sizeof(spec->tail) - spec->ntail);
	spec->values[slot].bytes = size;
	return at;
}

static void
append(struct toxic_spec *spec, int slot, const void *bytes, size_t n)
{
	size_t was = (size_t)spec->values[slot].bytes;

	memcpy(resize(spec, slot, was + n) + was, bytes, n);
}

void
toxic_tail_clear(struct toxic_spec *spec, int slot)
{
	(void)resize(spec, slot, 0);
}

int
toxic_tail_set_text(struct toxic_spec *spec, int slot, const char *text)
{
	size_t len = strlen(text);

	if (len > toxic_attribute_of(spec, slot)->range.text.bytes)
		return -1;
	toxic_tail_clear(spec, slot);
	if (len > 0)
		append(spec, slot, text, len + 1);
	return 0;
}

int
toxic_tail_add_integer(struct toxic_spec *spec, int slot, int64_t value)
{
	if (toxic_tail_count(spec, slot) ==
	    toxic_attribute_of(spec, slot)->range.integers.count)
		return -1;
	append(spec, slot, &value, sizeof(value));
	return 0;
}

int
toxic_tail_add_text(struct toxic_spec *spec, int slot, const char *text)
{
	const struct toxic_attribute *a = toxic_attribute_of(spec, slot);
	size_t len = strlen(text);

	if (len > a->range.texts.bytes ||
	    toxic_tail_count(spec, slot) == a->range.texts.count)
		return -1;
	append(spec, slot, text, len + 1);
	return 0;
}

int
toxic_tail_set_bytes(
    struct toxic_spec *spec, int slot, const uint8_t *bytes, size_t n)
{
	toxic_tail_clear(spec, slot);
	if (n > sizeof(spec->tail) - spec->ntail)
		return -1;
	append(spec, slot, bytes, n);
	return 0;
}

void
toxic_spec_take(
    struct toxic_spec *spec, int slot, const struct toxic_spec *from)
{
	if (!toxic_is_in_tail(toxic_attribute_of(spec, slot))) {
		spec->values[slot] = from->values[slot];
		return;
	}
	(void)toxic_tail_set_bytes(spec, slot, toxic_tail_bytes(from, slot),
	    (size_t)from->values[slot].bytes);
}

void
toxic_spec_merge(struct toxic_spec *spec, const struct toxic_spec *from,
    unsigned int values, int has_toxicity, int has_select, int has_waves)
{
	int i;

	if (has_toxicity)
		spec->toxicity = from->toxicity;
	if (has_select)
		toxic_select_take(spec, from);
	if (has_waves)
		toxic_waves_take(spec, from);
	for (i = 0; i < TOXIC_ATTRIBUTES_MAX; i++) {
		if ((values & 1U << i) != 0)
			toxic_spec_take(spec, i, from);
	}
}

/* SPDX-License-Identifier: ISC */
/* See event_fields.h. */

#include <float.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event_fields.h"
#include "utf8.h"

/* ---- written */

static void
add(struct event_record *r, enum event_place place, enum event_value type,
    const char *key, const char *value)
{
	const size_t nkey = strlen(key) + 1, nvalue = strlen(value) + 1;
	char *to = r->fields + r->len;

	if (sizeof(r->fields) - r->len < 2 + nkey + nvalue)
		return;
	*to++ = (char)place;
	*to++ = (char)type;
	memcpy(to, key, nkey);
	memcpy(to + nkey, value, nvalue);
	r->len += (uint32_t)(2 + nkey + nvalue);
}

void
event_add_text(struct event_record *r, enum event_place place, const char *key,
    const char *text)
{
	add(r, place, EVENT_TEXT, key, text);
}

void
event_add_integer(
    struct event_record *r, enum event_place place, const char *key, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, n);
	add(r, place, EVENT_INTEGER, key, text);
}

void
event_add_fraction(
    struct event_record *r, enum event_place place, const char *key, double n)
{
	char text[40];

	snprintf(text, sizeof(text), "%.17g", n);
	add(r, place, EVENT_FRACTION, key, text);
}

/* As its reader is shown a float elsewhere: 0.3, not the double nearest it. */
void
event_add_float(
    struct event_record *r, enum event_place place, const char *key, float n)
{
	char text[40];
	int digits;

	for (digits = 1; digits <= FLT_DECIMAL_DIG; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, (double)n);
		if (strtof(text, NULL) == n)
			break;
	}
	add(r, place, EVENT_FRACTION, key, text);
}

void
event_add_flag(
    struct event_record *r, enum event_place place, const char *key, int flag)
{
	add(r, place, EVENT_FLAG, key, flag ? "1" : "0");
}

void
event_add_list(struct event_record *r, enum event_place place, const char *key)
{
	add(r, place, EVENT_LIST, key, "");
}

/* ---- read */

/* The length of the text at at, with its NUL; 0: it does not end. */
static size_t
text_length(const struct event_record *r, size_t at)
{
	const char *end;

	if (at >= r->len)
		return 0;
	end = memchr(r->fields + at, '\0', r->len - at);
	return end != NULL ? (size_t)(end + 1 - (r->fields + at)) : 0;
}

size_t
event_field_at(
    const struct event_record *r, size_t at, struct event_field *field)
{
	size_t nkey, nvalue;

	if (at + 2 > r->len || (nkey = text_length(r, at + 2)) == 0 ||
	    (nvalue = text_length(r, at + 2 + nkey)) == 0)
		return 0;
	field->place = (enum event_place)r->fields[at];
	field->type = (enum event_value)r->fields[at + 1];
	field->key = r->fields + at + 2;
	field->value = field->key + nkey;
	return 2 + nkey + nvalue;
}

/* ---- checked */

static int
is_key(const char *s)
{
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* What JSON takes for a number. */
static int
is_integer(const char *s)
{
	const char *digits = s + (*s == '-');
	const size_t n = strlen(digits);

	return n > 0 && n <= 19 && strspn(digits, "0123456789") == n &&
	    (*digits != '0' || n == 1);
}

static int
value_is_sound(const struct event_field *f)
{
	switch (f->type) {
	case EVENT_TEXT:
		return utf8_is_text(f->value);
	case EVENT_INTEGER:
		return is_integer(f->value);
	case EVENT_FRACTION: /* whoever reads it writes it anew */
		return *f->value != '\0' &&
		    f->value[strspn(f->value, "0123456789.e+-")] == '\0';
	case EVENT_FLAG:
		return strcmp(f->value, "0") == 0 || strcmp(f->value, "1") == 0;
	case EVENT_LIST:
		return *f->value == '\0' && *f->key != '\0';
	default:
		return 0;
	}
}

static int
field_is_sound(const struct event_field *f, int is_in_list)
{
	return (f->place == EVENT_SAYS || f->place == EVENT_WAS ||
		   f->place == EVENT_IS) &&
	    is_key(f->key) && (*f->key != '\0' || is_in_list) &&
	    value_is_sound(f);
}

int
event_fields_are_sound(const struct event_record *r)
{
	struct event_field f;
	int is_in_list = 0;
	size_t at, n;

	if (r->len > sizeof(r->fields))
		return 0;
	for (at = 0; at < r->len; at += n) {
		n = event_field_at(r, at, &f);
		if (n == 0 || !field_is_sound(&f, is_in_list))
			return 0;
		is_in_list =
		    f.type == EVENT_LIST || (is_in_list && *f.key == '\0');
	}
	return 1;
}

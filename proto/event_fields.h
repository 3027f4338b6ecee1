/* SPDX-License-Identifier: ISC */
#ifndef EVENT_FIELDS_H
#define EVENT_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "payload_event.h"

/*
 * What an event says, as a sequence of
 *
 *	'.', '-' or '+'   's', 'n', 'f', 'b' or 'l'   key NUL   value NUL
 *
 * It is so; or it was before, or is from now on.  The value is a text, an
 * integer, a fraction, "0" or "1" for no or yes; or a list, whose value is "":
 * its elements are the fields behind it that have no key.
 */
enum event_place {
	EVENT_SAYS = '.',
	EVENT_WAS = '-',
	EVENT_IS = '+'
};

enum event_value {
	EVENT_TEXT = 's',
	EVENT_INTEGER = 'n',
	EVENT_FRACTION = 'f',
	EVENT_FLAG = 'b',
	EVENT_LIST = 'l'
};

struct event_field {
	enum event_place place;
	enum event_value type;
	const char *key, *value; /* the record's */
};

/*
 * The field at that offset; its length, or 0: there is none.  Of a record that
 * has been checked.
 */
size_t event_field_at(
    const struct event_record *, size_t at, struct event_field *);

/* What fills one, from zeros on.  What has no room is left out. */
void event_add_text(
    struct event_record *, enum event_place, const char *key, const char *);
void event_add_integer(
    struct event_record *, enum event_place, const char *key, int64_t);
void event_add_fraction(
    struct event_record *, enum event_place, const char *key, double);
void event_add_float(
    struct event_record *, enum event_place, const char *key, float);
void event_add_flag(
    struct event_record *, enum event_place, const char *key, int);
void event_add_list(struct event_record *, enum event_place, const char *key);

/* May ctld have written them?  At the door: see payload_event.c. */
int event_fields_are_sound(const struct event_record *);

#endif

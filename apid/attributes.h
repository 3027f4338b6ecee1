/* SPDX-License-Identifier: ISC */
#ifndef ATTRIBUTES_H
#define ATTRIBUTES_H

#include "values.h"

/*
 * Attributes of a toxic out of their object: 0, or -1 and the failure is set.
 * given gets bit i for attribute i; what is absent, or null, stays as it is.
 * A range is not looked at before bad_value(), but for what there is no room.
 */
int get_attributes(const struct object *, struct toxic_spec *, uint8_t *given);

/*
 * Is every value in range?  0, or -1 and the failure is set.  The object is
 * that of the attributes, or what stands in its place.
 */
int bad_value(const struct toxic_spec *, const struct object *);

#endif

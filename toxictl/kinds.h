/* SPDX-License-Identifier: ISC */
/*
 * The types of toxics, out of the one table that the server has, too.  A
 * server may know more: of those nothing is said here.
 */
#ifndef KINDS_H
#define KINDS_H

#include <stddef.h>

#include <jansson.h>
#include <toxi.h>

#include "toxic_spec.h"

/* NULL: it is none of ours; or there is none. */
const struct toxic_schema *kinds_find(const char *type);

/* The attribute of that name, in any case; NULL: none is. */
const struct toxic_attribute *kinds_attribute(
    const struct toxic_schema *, const char *name);

/* ... of a type by its name, which may be NULL. */
const struct toxic_attribute *kinds_attribute_of(
    const char *type, const char *name);

/* Its kind.  What we do not know is for the server to judge: a fraction. */
enum toxic_value_kind kinds_kind_of(const char *type, const char *name);

/*
 * What it is where nothing is given; the number 0 of NULL, of which we do not
 * know.  The caller's; NULL: no memory.
 */
json_t *kinds_default(const struct toxic_attribute *);

/* The attribute that was meant, or NULL. */
const char *kinds_suggest(const struct toxic_schema *, const char *name);

/*
 * Has every attribute a name that its type has?  0; -1: error says which has
 * not, what was meant, and what there is.
 */
int kinds_check(const struct toxi_toxic *, char *error, size_t);

/*
 * Where a server does not know the type, says which there are, and which was
 * meant.
 */
void kinds_explain(struct toxi_error *, const char *type);

#endif

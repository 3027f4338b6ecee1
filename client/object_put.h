/* SPDX-License-Identifier: ISC */
/* Into objects of JSON that are made for a server. */
#ifndef OBJECT_PUT_H
#define OBJECT_PUT_H

#include <jansson.h>

#include "toxi.h"

/*
 * Takes the value, which may be NULL if there was no memory for it.  0, or -1:
 * *err says why.
 */
int object_put(
    json_t *object, const char *key, json_t *value, struct toxi_error *);

/* NULL: *err says why; a text that is not UTF-8 is none, what says which. */
json_t *object_text(const char *what, const char *text, struct toxi_error *);

/* Likewise, as a member. */
int object_put_text(
    json_t *object, const char *key, const char *text, struct toxi_error *);

#endif

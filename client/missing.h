/* SPDX-License-Identifier: ISC */
#ifndef MISSING_H
#define MISSING_H

#include <jansson.h>
#include <stddef.h>

#include "toxi.h"

/*
 * The kinds of toxics that a profile is applied without, or a scenario, or one
 * of its steps, out of JSON: *kept is the list, which the caller frees, in any
 * case; its words are the JSON's.  0, or -1: *err says why.
 */
int missing_decode(
    const char ***kept, size_t *n, const json_t *list, struct toxi_error *err);

#endif

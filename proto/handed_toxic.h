/* SPDX-License-Identifier: ISC */
#ifndef HANDED_TOXIC_H
#define HANDED_TOXIC_H

#include <stddef.h>
#include <stdint.h>

#include "toxic_spec.h"

/*
 * A toxic as bytes for another program of toxid, whose row of it may have more
 * attributes, and in another order: a value has its attribute's name, and a
 * word is a word; a select is as the log has it, and where it begins; waves are
 * as the log has them; an owner is its text.
 */
#define HANDED_TOXIC_MAX 8192

/* How many bytes it takes; 0: more than there are. */
size_t handed_toxic_pack(
    const struct toxic_spec *, uint8_t *bytes, size_t size);

/* They would be the same bytes. */
int handed_toxic_is_same(const struct toxic_spec *, const struct toxic_spec *);

/*
 * What is not among them is as if it had not been given.  -1: a type, an
 * attribute or a word that this program does not have, or they are cut off.
 * Whether the values are in range is still to be asked.
 */
int handed_toxic_unpack(struct toxic_spec *, const uint8_t *bytes, size_t n);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef TOXIC_TAIL_H
#define TOXIC_TAIL_H

#include "toxic_spec.h"

/*
 * Texts and lists stand in the tail of their spec, behind its owner, in the
 * order of their slots and with nothing between them; values[slot].bytes is the
 * length of each:
 *
 *	text		its bytes and a NUL; nothing where it is ""
 *	integers	int64_t, not aligned
 *	texts		each its bytes and a NUL
 *
 * The owner is toxic_owner.c's; behind the values may be a select, which is
 * toxic_select.c's, and waves, which are toxic_wave.c's.
 *
 * All functions want a spec whose kind is known, and a slot of the kind of
 * value that they are for.
 */

/* A spec of no more bytes than are used of it: malloc'd, or NULL. */
struct toxic_spec *toxic_spec_dup(const struct toxic_spec *);

/* So many bytes of it are there. */
size_t toxic_spec_size(const struct toxic_spec *);

/* Into one that has room for a whole tail; what is not used is 0. */
void toxic_spec_copy(struct toxic_spec *to, const struct toxic_spec *from);

/*
 * Has the tail what the values say, and nothing else?  Texts end and are UTF-8,
 * none is longer, and no list has more in it, than its attribute allows; and
 * what is behind them is a select and waves, if anything.  Of a spec whose kind
 * is known; ntail may be anything.
 */
int toxic_tail_is_sound(const struct toxic_spec *);

/* ---- what is there: it lives as long as the spec, unchanged */

const uint8_t *toxic_tail_bytes(const struct toxic_spec *, int slot);
const char *toxic_tail_text(const struct toxic_spec *, int slot);
size_t toxic_tail_count(const struct toxic_spec *, int slot); /* of a list */
int64_t toxic_tail_integer(const struct toxic_spec *, int slot, size_t i);
const char *toxic_tail_nth_text(const struct toxic_spec *, int slot, size_t i);

/* Have two specs of one kind the same value there, of any kind? */
int toxic_spec_is_same(
    const struct toxic_spec *, const struct toxic_spec *, int slot);

/*
 * ---- into a spec with room for a whole tail.  Those that return int: 0, or
 * -1: it is longer, or there would be more, than the attribute allows.
 */

void toxic_tail_clear(struct toxic_spec *, int slot);
int toxic_tail_set_text(struct toxic_spec *, int slot, const char *);
int toxic_tail_add_integer(struct toxic_spec *, int slot, int64_t);
int toxic_tail_add_text(struct toxic_spec *, int slot, const char *);

/*
 * Its bytes, as toxic_tail_bytes() has them; whether they are sound is still to
 * be asked.  -1: there is no room for them.
 */
int toxic_tail_set_bytes(
    struct toxic_spec *, int slot, const uint8_t *bytes, size_t n);

/* The value of any kind that another spec of the same kind has there. */
void toxic_spec_take(
    struct toxic_spec *, int slot, const struct toxic_spec *from);

/*
 * What is given of another spec, of the same kind: the values of those bits,
 * and the rest where it is said.  The whole may be out of range then.
 */
void toxic_spec_merge(struct toxic_spec *, const struct toxic_spec *from,
    unsigned int values, int has_toxicity, int has_select, int has_waves);

#endif

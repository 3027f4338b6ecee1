/* SPDX-License-Identifier: ISC */
#ifndef TOXIC_SELECT_H
#define TOXIC_SELECT_H

#include <stddef.h>
#include <stdint.h>

#include "bind_policy.h"
#include "selects.h"
#include "toxic_spec.h"

/*
 * On which of its proxy's sessions a toxic is at work, beside toxicity, and
 * when.  A session has an index: so many had come to its proxy before it since
 * the toxic was made, or its select was another.  In this order it is asked,
 * once for each session: is its client among `clients`; is its index below
 * `first`, and `offset` behind a multiple of `every`; then toxicity is drawn.
 * A session that was there before has an index below 0, and is none of those
 * that are counted.
 *
 * Few toxics have one, so it costs the others nothing: it is in the tail of
 * their spec, behind all values.
 */
struct toxic_select {
	/* Of its proxy's sessions, that of index 0: so many came before. */
	uint64_t base;
#define X(name, min, help) uint32_t name;
	SELECT_NUMBERS(X) /* 0: nothing is said */
#undef X
	uint32_t nclients; /* 0: all */
	struct bind_rule clients[SELECT_CLIENTS_MAX];
};

/* So much of a tail is the longest. */
#define SELECT_BYTES_MAX (28 + SELECT_CLIENTS_MAX * 17)

/* The next session to come; whoever knows how many there were says so. */
#define SELECT_FROM_NOW UINT64_MAX

/* All of it, as it is in a spec; without one, all zeros: 0. */
int toxic_select_get(const struct toxic_spec *, struct toxic_select *);
int toxic_select_is_set(const struct toxic_select *);
/* Into a spec with room for a whole tail; where nothing is said, there is none
 * from then on. */
void toxic_select_set(struct toxic_spec *, const struct toxic_select *);

/*
 * Its base, or as many as there are by now where that is less: nobody has had
 * more.  0: it has no select, or began there already.
 */
int toxic_select_begin(struct toxic_spec *, uint64_t sessions);

/* It goes on from where the same one began, which may have been said since. */
void toxic_select_keep(struct toxic_spec *, const struct toxic_spec *was);

/* It begins at the next session, whatever it says. */
void toxic_select_anew(struct toxic_spec *);

/* That of another spec, of the same kind; one that is not as it was is new. */
void toxic_select_take(struct toxic_spec *, const struct toxic_spec *from);

/* In two specs, but for where they begin. */
int toxic_select_is_same(const struct toxic_spec *, const struct toxic_spec *);

/* Has it anything to do with a session's index? */
static inline int
toxic_select_counts(const struct toxic_select *s)
{
	return s->first != 0 || s->every != 0;
}

/* What becomes of a session. */
enum toxic_decision {
	DECIDED_NOT, /* there is nothing to be decided any more */
	DECIDED_CHOSEN,
	DECIDED_BY_CLIENT,   /* it is not among the clients */
	DECIDED_BY_INDEX,    /* nor counted by first, every and offset */
	DECIDED_BY_TOXICITY, /* nor drawn */
	TOXIC_DECISIONS
};

/*
 * May it be one session's own?  That has no lease and no owner, and there is
 * nothing to be chosen by a select: it has times, and no more.  0, or -1.
 */
int toxic_own_check(const struct toxic_spec *, struct toxic_fault *);

/* Are n bytes of a tail one? */
int toxic_select_is_sound(const uint8_t *, size_t n);

/*
 * "select.every", or NULL: it is in range, and its parts fit together.  why:
 * "must be from 1 to 2147483647".
 */
const char *toxic_select_fault(
    const struct toxic_select *, char *why, size_t size);

/*
 * ---- toxic_select_text.c: as the log, the store and another program have it:
 * "first=3 every=2 clients=10.0.0.0/8,fd00::/8"; "" where nothing is said.
 */
#define SELECT_TEXT_MAX 640
const char *toxic_select_text(
    const struct toxic_spec *, char text[SELECT_TEXT_MAX + 1]);
/* It begins at the next session.  0, or -1: it is none of those. */
int toxic_select_read(struct toxic_spec *, const char *text);

/* "10.0.0.0/8" */
#define SELECT_CLIENT_TEXT_MAX 50
const char *select_client_text(
    const struct bind_rule *, char text[SELECT_CLIENT_TEXT_MAX + 1]);
/* One that has no prefix is that address.  NULL, or what is wrong with it. */
const char *select_client_read(struct bind_rule *, const char *text);

#endif

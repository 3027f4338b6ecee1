/* SPDX-License-Identifier: ISC */
#ifndef DIFFERENCE_H
#define DIFFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "payload_api.h"

/*
 * Between a document and the truth, as it was when its source said its last
 * one: what has changed in that is done, and nothing else.  Everything that may
 * fail comes first, as in commit.c.
 */

struct document;
struct limits;
struct proxy;

/* What is to be done with each. */
void difference_plan(struct document *);

/*
 * What may fail, of what is planned, by limits that are to count, or for NULL
 * by those that do: as much memory as that, for other parts of the journal, is
 * had, too.  ANSWER_OK; or nothing has happened: ANSWER_FAULTS, which the
 * document has heard of, or ANSWER_NO_MEMORY.
 */
enum answer_code difference_prepare(
    struct document *, const struct limits *, size_t journal_room);
/* ... has been prepared, or planned: it is not done. */
void difference_undo(struct document *);

/* What stored is to keep, and not any more, as parts of a change. */
void difference_tell(const struct document *);

struct difference_counts {
	unsigned int made, changed, replaced, removed, unchanged;
};
/* ... has been prepared: cannot fail.  Within the caller's truth_begin() and
 * truth_commit(). */
struct difference_counts difference_apply(struct document *);

/* difference_listen.c: listening ahead, where its proxy will.  0, or -1: a
 * fault, and ended by listen_give_up(). */
struct wanted;
int listen_ahead(struct wanted *, const struct limits *);
void listen_give_up(struct wanted *);

/* difference_scenarios.c: likewise, of scenarios, after proxies */
void scenarios_plan(struct document *);
enum answer_code scenarios_prepare(struct document *);
void scenarios_undo(struct document *);
void scenarios_tell(const struct document *);
void scenarios_end(struct document *);   /* within difference_apply(): first */
void scenarios_begin(struct document *); /* ... and last */

/* difference_counts.c: would there be too many?  Says so by a fault. */
void counts_check(struct document *);
unsigned int count_proxies_to_be(const struct document *);
unsigned int count_toxics_to_be(const struct document *);

#endif

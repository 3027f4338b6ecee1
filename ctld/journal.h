/* SPDX-License-Identifier: ISC */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "priv.h"

/*
 * What outlives ctld: records in one of two memory files, which toxid made and
 * keeps.  A record is written whole, by one write(2), before anybody is told of
 * what is in it; one that is cut off is not there.  When most of a file is dead
 * what lives is written to the other, whose first record it is: the file that
 * has one, of the higher generation, is the journal.
 *
 * What is in a record is for journal_parts.c to know.
 */

/* fds are the journal's.  0; or -1: there is no journal in them yet. */
int journal_open(const int fds[JOURNALS]);

/*
 * Each part of each record, from the first on; used once, before anything is
 * added.  0, or -1: part() said so, or it cannot be read.
 */
int journal_read(int (*part)(uint32_t type, const void *bytes, size_t n));

/*
 * A part of the next record.  Without memory, or room, it is the end of ctld:
 * the next one has what has been acknowledged.
 */
void journal_add(uint32_t type, const void *bytes, size_t n);

/* So many bytes can be added, with what frames them.  0, or -1: no memory. */
int journal_reserve(size_t n);

/* ... and committed, if that is soon, and some more.  1, or 0. */
int journal_has_room(size_t n);

/* What has been added is there now, or was never. */
void journal_commit(void);

/* all() adds all that lives: it is called when that is worth it, or first. */
void journal_compact_by(void (*all)(void));
void journal_compact(void);

/* 1: not while somebody else reads it, in the trial of an upgrade. */
void journal_keep(int is_kept);

#endif

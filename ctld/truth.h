/* SPDX-License-Identifier: ISC */
#ifndef TRUTH_H
#define TRUTH_H

#include <stddef.h>
#include <stdint.h>

#include "journal.h"

/*
 * The truth in the journal, for a ctld that follows this one: after its death,
 * or in an upgrade.  What toxid keeps meanwhile, listeners and channels, has
 * its id there; what a worker knows best, its counters for one, it is asked.
 */

struct child;
struct proxy;

/*
 * Raised with each change of what is saved here; a program reads its own alone.
 * The digest is that of all layouts: a unit test says what it is.
 * HANDED_TOXIC_MAX is the room of one toxic.
 */
#define TRUTH_FORMAT 1
#define TRUTH_DIGEST UINT64_C(0x6bde586c93ea727e)

/* Marks what is to be written; truth_commit() does. */
void truth_proxy_changed(struct proxy *);
void truth_proxy_gone(struct proxy *); /* it is about to be freed */
void truth_retired(const struct child *);
void truth_changed(void); /* what is of no proxy */

/*
 * There is room in memory for so many proxies and toxics, so that the next
 * commit asks for none.  0, or -1.
 */
int truth_reserve(size_t nproxies, size_t ntoxics);

/* Before anybody is told that it has happened. */
void truth_commit(void);

/* toxid's: where it is written. */
void truth_files(const int journals[JOURNALS]);

/* From here on; all of it at once. */
void truth_open(void);
void truth_close(void); /* while it is read, nothing is */

#endif

/* SPDX-License-Identifier: ISC */
#ifndef TRUTH_SAVE_H
#define TRUTH_SAVE_H

#include <stddef.h>

#include "journal.h"

/* What truth.h has marked, written to the journal. */

/*
 * There is room in memory for so many proxies and toxics, and for so many bytes
 * of the settings to come beside those that are, so that the next commit asks
 * for none.  0, or -1.
 */
size_t settings_size(size_t nrules, size_t nlists, size_t ntenants,
    size_t ncredentials, size_t nlimits, size_t nprofiles);
int truth_reserve(size_t nproxies, size_t ntoxics, size_t settings);

/*
 * Is there room for so much, in memory and in the journal, if it is committed
 * soon?
 */
int truth_has_room(size_t nproxies, size_t ntoxics, size_t settings);

/*
 * What apid is told from truth_begin() on, it is told by truth_commit(), once
 * that is in the journal: what it lists, no death of ctld takes back.  Who
 * begins commits, in the same turn of the loop.
 */
void truth_begin(void);
void truth_commit(void);

/* toxid's: where it is written. */
void truth_files(const int journals[JOURNALS]);

/* From here on; all of it at once. */
void truth_open(void);
/* One more; its proxy is in it. */
struct scenario;
void truth_scenario(const struct scenario *);
void truth_close(void); /* while it is read, nothing is */

#endif

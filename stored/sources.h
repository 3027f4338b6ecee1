/* SPDX-License-Identifier: ISC */
#ifndef SOURCES_H
#define SOURCES_H

#include "msg.h"

/* Sources of desired state: what of them database.c and load.c ask. */

struct told;

/* Of a change: is what was begun in it whole?  0, or -1.  It ends, either way.
 */
int sources_are_whole(struct store_result *);
void sources_change_ends(void);

/* 0, or -1: there is more than toxid may have. */
int sources_check_counts(struct store_result *);
int sources_load(const struct told *, struct store_result *);

#endif

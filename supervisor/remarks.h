/* SPDX-License-Identifier: ISC */
#ifndef REMARKS_H
#define REMARKS_H

#include "priv.h"

/*
 * What toxid has to say.  ctld writes the log, so the last 16 are kept for
 * ctld, or for the one that follows; when none will, they go to stderr.
 */

void remark(enum priv_remark_kind, int32_t number);
int remarks_are_there(void);
int remark_take(struct priv_remark *); /* the oldest; 0: there is none */

/* Nobody will ask for those that are there. */
void remarks_end(void);

#endif

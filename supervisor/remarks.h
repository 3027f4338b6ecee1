/* SPDX-License-Identifier: ISC */
#ifndef REMARKS_H
#define REMARKS_H

#include "priv.h"

/*
 * What toxid has to say.  ctld writes the log, so the last 16 lines are kept
 * for ctld, or for the one that follows; when none will, they go to stderr.
 */

void remarks_open(void); /* from now on, what is said by shared/log.h */
int remarks_are_there(void);
int remark_take(struct priv_remark *); /* the oldest; 0: there is none */

/* Nobody will ask for those that are there. */
void remarks_end(void);

#endif

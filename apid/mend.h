/* SPDX-License-Identifier: ISC */
#ifndef APID_MEND_H
#define APID_MEND_H

#include "apid.h"

/*
 * A decoder stops at the first fault: so that one is said, mended in a copy,
 * and the copy decoded again, until nothing is wrong.  What is found is thus
 * what it would find otherwise.
 */

/* A name, or an upstream, that there is none of. */
#define MENDED "?:1"
/* A scenario's name, or its proxy's: which it is not. */
#define MENDED_NAME "-"

/*
 * As far as it takes for the next fault to be seen; again: it stands where the
 * last one did.  0, or -1: there is no helping it.
 */
int mend_proxy(json_t *, const struct failure *, int again);
int mend_scenario(json_t *, const struct failure *, int again);

/* All of that name, in any case. */
void mend_drop(json_t *object, const char *name);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef APID_SELECTS_H
#define APID_SELECTS_H

#include "values.h"

/*
 * "select" of a toxic: see toxic_select.h.  It is taken as a whole: what it
 * does not have is not said any more, and one that is empty is none.
 */

/* Out of the toxic's object: 0, or -1 and the failure is set. */
int get_select(const struct object *, struct toxic_spec *, int *given);

/* ',"select":{...}'; nothing where there is none */
void encode_select(FILE *, const struct toxic_spec *);

#endif

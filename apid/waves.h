/* SPDX-License-Identifier: ISC */
#ifndef APID_WAVES_H
#define APID_WAVES_H

#include "values.h"

/*
 * "wave" of a toxic: see toxic_wave.h.  It is taken as a whole, as "select" is:
 * what it does not have waves no more.
 */

/* Out of the toxic's object: 0, or -1 and the failure is set. */
int get_waves(const struct object *, struct toxic_spec *, int *given);

/* ',"wave":{...}'; nothing where there is none */
void encode_waves(FILE *, const struct toxic_spec *);

#endif

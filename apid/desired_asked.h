/* SPDX-License-Identifier: ISC */
#ifndef APID_DESIRED_ASKED_H
#define APID_DESIRED_ASKED_H

#include "apid.h"

/* What a request's path, query and head say of a source: 1, or 0 and it has
 * replied. */

/* A name that a source may have is in its path. */
int asked_source(struct request *);
/* "force", and If-Match. */
int asked_conditions(struct request *, struct desired_put *);
/* Nothing. */
int asked_nothing(struct request *);

#endif

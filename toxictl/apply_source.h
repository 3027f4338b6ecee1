/* SPDX-License-Identifier: ISC */
#ifndef APPLY_SOURCE_H
#define APPLY_SOURCE_H

#include "toxictl.h"

/* apply FILE --source NAME.  Returns the exit code. */
int apply_source(struct ctl *, struct args *);

#endif

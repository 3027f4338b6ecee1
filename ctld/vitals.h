/* SPDX-License-Identifier: ISC */
#ifndef VITALS_H
#define VITALS_H

#include "names.h"

/* What processes have used. */

struct rusage;
void vitals_bury(enum role, const struct rusage *);
void vitals_report(void);
void vitals_open(void);

#endif

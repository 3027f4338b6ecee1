/* SPDX-License-Identifier: ISC */
#ifndef VITALS_H
#define VITALS_H

#include "names.h"

/* What processes have used. */

void vitals_bury(enum role, uint64_t cpu_us);
void vitals_report(void);
void vitals_open(void);

#endif

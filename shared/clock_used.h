/* SPDX-License-Identifier: ISC */
#ifndef CLOCK_USED_H
#define CLOCK_USED_H

#include <stdint.h>

/*
 * Processor time of this process, in ns: for a quota of it, so that a busy
 * machine is not taken for a busy asker.
 */
int64_t clock_used(void);

#endif

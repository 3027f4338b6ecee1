/* SPDX-License-Identifier: ISC */
#ifndef DRAIN_H
#define DRAIN_H

#include <stdint.h>

/* The end, at once or when the last session has ended. */

void drain_asked(void); /* by a signal */
void drain_tick(int64_t now);

#endif

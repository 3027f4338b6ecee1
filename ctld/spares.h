/* SPDX-License-Identifier: ISC */
#ifndef SPARES_H
#define SPARES_H

#include <stdint.h>

/* Workers that wait for a proxy, so that one that is made need not. */

struct child;

/* One that is ready, else one that will be; NULL: there is none. */
struct child *spare_find(void);

/* Starts the next where there are too few; it need not be called else. */
void spares_fill(int64_t now);

#endif

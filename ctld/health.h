/* SPDX-License-Identifier: ISC */
#ifndef HEALTH_H
#define HEALTH_H

#include <stdint.h>

/* How the service is, for /health. */

void health_feed(void); /* a new apid */
void health_tick(int64_t now);

#endif

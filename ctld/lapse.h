/* SPDX-License-Identifier: ISC */
#ifndef LAPSE_H
#define LAPSE_H

#include <stdint.h>

struct proxy;

/* What of it is over, ends: as if somebody had deleted it.  It may be freed. */
void lapse_look(struct proxy *, int64_t now);

#endif

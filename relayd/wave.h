/* SPDX-License-Identifier: ISC */
#ifndef WAVE_H
#define WAVE_H

#include <stdint.h>

#include "toxic_spec.h"

/*
 * What the integer in that slot means at a time, in ns since 1970: with its
 * wave, if it has one, and else as toxic_spec_integer() says.
 */
int64_t wave_integer(const struct toxic_spec *, int slot, int64_t at);

/*
 * When 1970 was by clock_now(): without the steps that somebody may make the
 * time of day take from now on.
 */
int64_t wave_epoch(void);

#endif

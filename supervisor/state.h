/* SPDX-License-Identifier: ISC */
#ifndef STATE_H
#define STATE_H

#include "given.h"

/*
 * toxid: forks and binds for ctld, which keeps the truth.  It meets no message
 * but ctld's, reads no network, and no text: what there was to read its start
 * has read.
 */

extern struct given given;

void given_take(void); /* or exits: nobody gives anything */

#endif

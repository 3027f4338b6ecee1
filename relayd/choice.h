/* SPDX-License-Identifier: ISC */
#ifndef CHOICE_H
#define CHOICE_H

#include "chain.h"

/* What a toxic's select comes to in one session: see toxic_select.h. */

/* Once for each session, and again when it, or toxicity, is another. */
void stage_choose(struct stage *);

/*
 * Is it to be at work by now?  Sets when that is to be asked again, or
 * CLOCK_NEVER.
 */
int stage_is_wanted(struct stage *);

#endif

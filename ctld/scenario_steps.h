/* SPDX-License-Identifier: ISC */
#ifndef SCENARIO_STEPS_H
#define SCENARIO_STEPS_H

#include <stdint.h>

/*
 * A scenario's steps come at their times, as changes that nobody has asked for:
 * all that the one before has made goes, and the next one's toxics come.  What
 * came while nobody looked comes to the last of them.  stored is told nothing:
 * its row, and the clock, say which step it is.
 */

struct scenario;

/* It is over, or at another step; or that has to wait.  It may be freed. */
void scenario_look(struct scenario *, int64_t now);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SCENARIO_LOSSES_H
#define SCENARIO_LOSSES_H

#include "payload_api.h"

struct change;

/*
 * A scenario that is asked for has the programs for what it loses: counted, as
 * losses_allowed() does.  Where there are none, the steps that may are without,
 * which it says from then on: their toxics are none of the change's any more.
 * Else why not.
 */
enum answer_code scenario_losses(struct change *);

#endif

/* SPDX-License-Identifier: ISC */
/* See askers.h. */

#include "askers.h"
#include "toxid.h"

void
askers_add(struct askers *a, uint32_t id)
{
	if (a->n < ASKERS_MAX)
		a->ids[a->n++] = id;
}

void
askers_answer(struct askers *a, enum reload_outcome outcome)
{
	while (a->n > 0)
		toxid_reloaded(a->ids[--a->n], outcome);
}

/* SPDX-License-Identifier: ISC */
/* What the loop is to see to soon: see agenda.h. */

#include "agenda.h"

static int items[AGENDA_MAX] = {
	[AGENDA_SPARES] = 1, /* at the start there are none */
};

void
agenda_add(enum agenda item)
{
	items[item] = 1;
}

int
agenda_has(enum agenda item)
{
	return items[item];
}

void
agenda_done(enum agenda item)
{
	items[item] = 0;
}

/* SPDX-License-Identifier: ISC */
/* The end of a scenario, whoever has had it. */

#include <stdlib.h>

#include "scenarios.h"

void
scenario_free(struct scenario *s)
{
	if (s == NULL)
		return;
	while (s->ntoxics > 0)
		free(s->toxics[--s->ntoxics]);
	free(s->toxics);
	free(s);
}

/* SPDX-License-Identifier: ISC */
/* The end of a start that cannot succeed: there is no child yet. */

#include <stdlib.h>

#include "give_up.h"
#include "output.h"

void
give_up(const char *why)
{
	output_failure(why);
	exit(1);
}

/* SPDX-License-Identifier: ISC */
/* The end of a start that cannot succeed. */

#include <stdlib.h>

#include "give_up.h"
#include "output.h"
#include "toxid.h"

void
give_up(const char *why)
{
	output_failure(why);
	toxid_end(1);
	exit(1);
}

/* SPDX-License-Identifier: ISC */
/* The end of a start that cannot succeed. */

#include <stdio.h>
#include <stdlib.h>

#include "give_up.h"
#include "log.h"
#include "output.h"
#include "toxid.h"

void
give_up(const char *why)
{
	log_event(
	    LOG_ERROR, "Server finished with error", LOG_STR("error", why));
	output_flush();
	fprintf(stderr, "toxid: %s\n", why);
	toxid_end(1);
	exit(1);
}

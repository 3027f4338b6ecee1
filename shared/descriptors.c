/* SPDX-License-Identifier: ISC */

#include <sys/resource.h>

#include "descriptors.h"
#include "log.h"

/* The hard limit, and not more: asking for more would fail. */
void
descriptors_raise(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("%s", __func__);
	rl.rlim_cur = rl.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("%s", __func__);
}

/*
 * The last descriptors are for what is there: a worker that dies, or apid, has
 * to come back.  They are given out from the lowest on.
 */
#define RESERVED 16

int
descriptor_is_reserved(int fd)
{
	struct rlimit rl;

	return getrlimit(RLIMIT_NOFILE, &rl) == 0 &&
	    (rlim_t)fd + RESERVED >= rl.rlim_cur;
}

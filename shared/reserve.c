/* SPDX-License-Identifier: ISC */

#include <sys/resource.h>

#include "reserve.h"

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

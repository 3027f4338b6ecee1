/* SPDX-License-Identifier: ISC */

#include <sys/resource.h>

#include "reserve.h"

int
descriptor_is_reserved(int fd, unsigned int last)
{
	struct rlimit rl;

	return getrlimit(RLIMIT_NOFILE, &rl) == 0 &&
	    (rlim_t)fd + last >= rl.rlim_cur;
}

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

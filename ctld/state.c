/* SPDX-License-Identifier: ISC */
/* What ctld knows: one struct, of which each member has its owner. */

#include <time.h>

#include "proxies.h"
#include "state.h"

struct ctld ctld;

void
state_init(void)
{
	ctld.api_fd = -1;
	ctld.started = (uint64_t)time(NULL);
}

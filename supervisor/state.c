/* SPDX-License-Identifier: ISC */
/* What the supervisor knows: one struct, of which each member has its owner. */

#include <time.h>

#include "state.h"

struct supervisor toxid;

void
state_init(void)
{
	toxid.api_fd = -1;
	toxid.started = (uint64_t)time(NULL);
	toxid.lacks_spares = 1;
	TAILQ_INIT(&toxid.children);
	TAILQ_INIT(&toxid.dead);
	TAILQ_INIT(&toxid.borrowers);
	TAILQ_INIT(&toxid.proxies);
	TAILQ_INIT(&toxid.storing);
}

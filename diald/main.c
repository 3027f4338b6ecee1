/* SPDX-License-Identifier: ISC */
/* diald: connections for the workers, started by toxid. */

#include <sys/resource.h>

#include "child.h"
#include "diald.h"
#include "filter.h"
#include "log.h"
#include "nitems.h"

static void
open_all(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("%s", __func__);
	diald.descriptors_max = rl.rlim_max; /* the soft one will be as high */
	diald.base = events_open();
	own_open();
}

int
main(int argc, char *argv[])
{
	struct lockdown lockdown = {
		.may_connect = 1,
		.filter = filter,
		.nfilter = nitems(filter),
	};
	struct setup setup;

	(void)argc;
	child_start(&diald.ctld.chan, argv, &setup);
	child_lock_up(&diald.ctld.chan, &setup, &lockdown, open_all);
	resolver_open();
	workers_open();
	peer_open(&diald.ctld, diald.base, ctld_readable);
	while (!diald.has_ended) {
		resolver_flush(); /* which workers may be told of */
		workers_flush();
		peer_flush(&diald.ctld);
		event_base_loop(diald.base, EVLOOP_ONCE);
	}
	workers_close();
	resolver_close();
	peer_close(&diald.ctld);
	event_base_free(diald.base);
	return 0;
}

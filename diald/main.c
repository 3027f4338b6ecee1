/* SPDX-License-Identifier: ISC */
/* diald: names and connections for the workers, started by the supervisor. */

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include "child.h"
#include "diald.h"
#include "filter.h"
#include "log.h"
#include "nitems.h"

struct diald diald;

static void
open_all(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("%s", __func__);
	diald.descriptors_max = rl.rlim_max; /* the soft one will be as high */
	diald.base = events_open();
}

/*
 * Without a tear-down of the threads: one may be in a look-up that takes
 * minutes, and holds nothing that outlives the process.
 */
int
main(int argc, char *argv[])
{
	struct lockdown lockdown = {
		.may_read_files = 1, /* those of the name service */
		.may_connect = 1,
		.filter = filter,
		.nfilter = nitems(filter),
	};
	struct setup setup;

	(void)argc;
	/* Else each thread may reserve 64 MiB, as far as there are cores. */
	mallopt(M_ARENA_MAX, 1);
	child_start(&diald.supervisor.chan, argv, &setup);
	preload_name_service();
	child_lock_up(&diald.supervisor.chan, &setup, &lockdown, open_all);
	resolver_open();
	workers_open();
	peer_open(&diald.supervisor, diald.base, supervisor_readable);
	while (!diald.has_ended) {
		peer_flush(&diald.supervisor);
		workers_flush();
		event_base_loop(diald.base, EVLOOP_ONCE);
	}
	workers_close();
	peer_close(&diald.supervisor);
	_exit(0);
}

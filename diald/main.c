/* SPDX-License-Identifier: ISC */
/* diald: names and connections for the workers, started by the supervisor. */

#include <unistd.h>

#include "child.h"
#include "diald.h"
#include "filter.h"
#include "log.h"
#include "nitems.h"

struct diald diald;

/* The name service reads files: no empty root for this process. */
static void
lock_up(const struct setup *setup)
{
	struct lockdown lockdown = {
		.may_read_files = 1,
		.may_connect = 1,
		.filter = filter,
		.nfilter = nitems(filter),
	};
	uint32_t locks;

	child_lockdown(&lockdown, setup);
	if (lockdown.empty_dir != -1)
		close(lockdown.empty_dir);
	lockdown.empty_dir = -1;
	preload_name_service();
	locks = lockdown_identity(&lockdown);
	diald.base = events_open();
	locks |= lockdown_powers(&lockdown);
	resolver_open();
	child_ready(&diald.supervisor.chan, locks);
}

/*
 * Without a tear-down of the threads: one may be in a look-up that takes
 * minutes, and holds nothing that outlives the process.
 */
int
main(int argc, char *argv[])
{
	struct setup setup;

	(void)argc;
	child_start(&diald.supervisor.chan, argv, &setup);
	lock_up(&setup);
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

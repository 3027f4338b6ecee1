/* SPDX-License-Identifier: ISC */
/* relayd: one proxy's sandboxed worker, started by the supervisor. */

#include <sys/resource.h>

#include "child.h"
#include "filter.h"
#include "log.h"
#include "nitems.h"
#include "relayd.h"

/* Standard streams, channels (diald's twice, while it changes), the loop. */
#define DESCRIPTORS_RESERVED 16

struct relay relay = { .state = RELAY_SPARE, .dialer.chan.fd = -1 };

/* lockdown_powers() raises the soft limit to the hard one. */
static uint64_t
sessions_max(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("%s", __func__);
	if (rl.rlim_max < DESCRIPTORS_RESERVED + SIDE_MAX)
		fatalx("%s: no descriptors", __func__);
	return (rl.rlim_max - DESCRIPTORS_RESERVED) / SIDE_MAX;
}

static void
limits_take(const struct setup *setup)
{
	relay.session_held_max = (size_t)setup->session_held_max;
	relay.budget.max = (size_t)setup->worker_held_max;
	relay.random_seed = setup->random_seed;
	relay.sessions_max = sessions_max();
}

/* All that is ever opened here. */
static void
open_all(void)
{
	relay.base = events_open();
	deadlines_open();
}

static void
run(void)
{
	int64_t now;

	while (relay.state != RELAY_ENDED) {
		event_base_loop(relay.base,
		    sessions_are_ready() ? EVLOOP_NONBLOCK : EVLOOP_ONCE);
		now = clock_now();
		deadlines_run(now);
		sessions_run();
		counters_push(now);
		peer_flush(&relay.supervisor);
		peer_flush(&relay.dialer);
		deadlines_arm();
	}
}

static void
tear_down(void)
{
	listener_close();
	sessions_close();
	toxic_list_free();
	peer_close(&relay.dialer);
	peer_close(&relay.supervisor);
	deadlines_close();
	event_base_free(relay.base);
}

int
main(int argc, char *argv[])
{
	struct lockdown lockdown = {
		.filter = filter,
		.nfilter = nitems(filter),
	};
	struct setup setup;

	(void)argc;
	child_start(&relay.supervisor.chan, argv, &setup);
	limits_take(&setup);
	TAILQ_INIT(&relay.toxics);
	sessions_init();
	child_lock_up(&relay.supervisor.chan, &setup, &lockdown, open_all);
	peer_open(&relay.supervisor, relay.base, supervisor_readable);
	run();
	tear_down();
	return 0;
}

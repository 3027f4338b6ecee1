/* SPDX-License-Identifier: ISC */
/* relayd: one proxy's sandboxed worker, started by toxid. */

#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "child.h"
#include "filter.h"
#include "log.h"
#include "loss.h"
#include "nitems.h"
#include "relayd.h"

/* Standard streams, channels (diald's twice, while it changes), the loop. */
#define DESCRIPTORS_RESERVED 16

/* Delayed bytes come and go: what is free is kept until tidy.c runs. */
#define MEMORY_KEPT (64 * 1024 * 1024)

/* lockdown_powers() raises the soft limit to the hard one. */
static uint64_t
sessions_max(void)
{
	struct rlimit rl;
	uint64_t reserved = DESCRIPTORS_RESERVED;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("%s", __func__);
	reserved += splice_init(
	    rl.rlim_max < UINT_MAX ? (unsigned int)rl.rlim_max : UINT_MAX);
	if (rl.rlim_max < reserved + SIDE_MAX)
		fatalx("%s: no descriptors", __func__);
	return (rl.rlim_max - reserved) / SIDE_MAX;
}

static void
limits_take(const struct setup *setup)
{
	relay.session_held_max = (size_t)setup->session_held_max;
	lease_init((size_t)setup->worker_held_max);
	relay.random_seed = setup->random_seed;
	relay.sessions_max = sessions_max();
}

/*
 * All that is opened here, but kernel pipes.  A write to a peer that has gone
 * is an error like others: splice(2) has no flag to say so.
 */
static void
open_all(void)
{
	signal(SIGPIPE, SIG_IGN);
	mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT);
	reset_open();
	if (prctl(PR_SET_TIMERSLACK, 1) == -1)
		fatal("%s", __func__);
	watches_open();
	deadlines_open();
}

static void
run(void)
{
	int64_t now;

	while (relay.state != RELAY_ENDED) {
		watches_wait(sessions_ready() == 0);
		now = clock_now();
		deadlines_run(now);
		sessions_run();
		inquiry_run();
		dialer_look();
		sessions_free_dead();
		listener_resume();
		lease_run();
		gate_run();
		counters_push(now);
		peer_flush(&relay.ctld);
		peer_flush(&relay.dialer);
		deadlines_arm();
		if (relay.retires && relay.counters.open_sessions == 0)
			relay.state = RELAY_ENDED;
	}
}

static void
tear_down(void)
{
	listener_close();
	sessions_close();
	ended_free();
	toxic_list_free();
	loss_close();
	peer_close(&relay.dialer);
	peer_close(&relay.ctld);
	deadlines_close();
	splice_close_spare();
	chunks_free_spare();
	watches_close();
}

int
main(int argc, char *argv[])
{
	struct lockdown lockdown = {
		.listeners = 1,
		.filter = filter,
		.nfilter = nitems(filter),
	};
	struct setup setup;

	(void)argc;
	child_start(&relay.ctld.chan, argv, &setup);
	limits_take(&setup);
	TAILQ_INIT(&relay.toxics);
	sessions_init();
	child_lock_up(&relay.ctld.chan, &setup, &lockdown, open_all);
	peer_open(&relay.ctld, ctld_readable);
	run();
	tear_down();
	return 0;
}

/* SPDX-License-Identifier: ISC */
/* One thread, one epoll: children's channels, signals, and a tick. */

#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "ask.h"
#include "changes.h"
#include "child.h"
#include "child_watch.h"
#include "clock.h"
#include "container_of.h"
#include "deadlines.h"
#include "dispatch.h"
#include "dispatch_resolvd.h"
#include "drain.h"
#include "health.h"
#include "heart.h"
#include "listeners.h"
#include "log.h"
#include "loop.h"
#include "nitems.h"
#include "notify.h"
#include "output.h"
#include "quota.h"
#include "reload.h"
#include "restore.h"
#include "roles.h"
#include "state.h"
#include "store.h"
#include "upgrade.h"
#include "vitals.h"
#include "watch.h"
#include "workers.h"

#define TICK (50 * NS_PER_MS)
#define LATE (NS_PER_S / 2)
#define VITALS_EVERY NS_PER_S

/* They mean nothing here, and would be the end: for children, too. */
static void
signals_ignore(void)
{
	static const int none_of_ours[] = { SIGPIPE, SIGUSR1, SIGALRM,
		SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT };
	size_t i;

	for (i = 0; i < nitems(none_of_ours); i++)
		signal(none_of_ours[i], SIG_IGN);
}

/*
 * The kernel shows SIGTERM before SIGCHLD: who has died before the end begins
 * is replaced, for those who wait in its backlog.
 */
static void
signals_read(struct watch *w, uint32_t events)
{
	struct signalfd_siginfo si;

	(void)w;
	(void)events;
	roles_reap();
	while (read(toxid.signal_fd, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGHUP && si.ssi_code == SI_QUEUE &&
		    si.ssi_int == RELOAD_QUESTION)
			reload_asked_by((pid_t)si.ssi_pid);
		else if (si.ssi_signo == SIGHUP)
			reload_asked();
		else if (si.ssi_signo == SIGUSR2)
			upgrade_asked();
		else if (si.ssi_signo != SIGCHLD)
			drain_asked();
	}
	roles_reap();
	upgrade_tick(clock_now()); /* it waits for some to have ended */
}

/*
 * A machine that was suspended, or had no time for us, had none for the
 * children either: their deadlines move on with the time that nobody had.
 */
static void
forgive(int64_t late)
{
	hearts_forgive(late);
	upgrade_forgive(late);
}

/* Each looks at what has come to its time. */
void
loop_tick(int64_t now)
{
	if (toxid.tick_at != 0 && now - toxid.tick_at > LATE)
		forgive(now - toxid.tick_at);
	hearts_tick(now);
	roles_start(now);
	quota_tick(now);
	restore_tick(now);
	listeners_tick(now);
	workers_tick(now);
	resolver_tick(now);
	changes_tick(now);
	store_tick(now);
	reload_tick(now);
	drain_tick(now);
	upgrade_tick(now);
	health_tick(now);
	notify_tick(now);
	if (now - toxid.vitals_at >= VITALS_EVERY) {
		if (toxid.options.runtime_metrics)
			vitals_report();
		toxid.vitals_at = now;
	}
	output_flush();
	toxid.tick_at = now;
}

static void
on_tick(struct deadline *d)
{
	int64_t now = clock_now();

	loop_tick(now);
	deadline_set(d, now + TICK);
}

static void
on_child(struct watch *w, uint32_t events)
{
	struct child *c = container_of(w, struct child, watch);
	int is_readable = (events & ~(uint32_t)EPOLLOUT) != 0;

	if (is_readable && quota_puts_off(c))
		is_readable = 0;
	if (!is_readable && (events & EPOLLOUT) == 0)
		return;
	quota_begin(c);
	if ((events & EPOLLOUT) != 0)
		child_writable(c);
	if (is_readable)
		child_readable(c);
	quota_end(c);
}

/* Those that cost a lot, when the others have had their turn. */
static void
read_floods(void)
{
	struct child *c;

	while ((c = quota_next()) != NULL) {
		if (!child_is_watched(c))
			continue; /* it has ended meanwhile */
		quota_begin(c);
		child_readable(c);
		quota_end(c);
	}
}

void
loop_init(void)
{
	static struct watch watch = { .on = signals_read };
	sigset_t signals;

	signals_ignore();
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGUSR2);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	watches_open();
	deadlines_open();
	child_watch_init(on_child);
	toxid.signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (toxid.signal_fd == -1 ||
	    watch_add(&watch, toxid.signal_fd, EPOLLIN) == -1)
		fatal("%s", __func__);
}

/* A child that died in this turn is freed after it: others may point at it. */
void
loop_run(void)
{
	static struct deadline tick = { .expired = on_tick };

	deadline_set(&tick, 0);
	while (!toxid.quit) {
		deadlines_run(clock_now());
		if (toxid.may_start_more)
			roles_start(clock_now());
		deadlines_arm();
		watches_wait(1);
		read_floods();
		children_free_dead();
	}
}

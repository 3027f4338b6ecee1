/* SPDX-License-Identifier: ISC */
/*
 * One thread, one epoll: children's channels, signals, and times.  What goes on
 * for a while, a reload for example, is looked at by a tick, which there is
 * only as long as something does.
 */

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
#include "due.h"
#include "health.h"
#include "heart.h"
#include "lines.h"
#include "listeners.h"
#include "log.h"
#include "loop.h"
#include "names.h"
#include "nitems.h"
#include "notify.h"
#include "options.h"
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

/*
 * A proxy has one deadline, a child that serves has two; and a few are
 * nobody's. Memory that ends is no end of toxid: there is room for all from the
 * start.
 */
#define DEADLINES_MAX (MAX_PROXIES + 2 * UIDS + 64)

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

/* Does anything go on that the tick has to look at? */
static int
tick_is_wanted(void)
{
	return toxid.has_news || toxid.lacks_spares || toxid.is_draining ||
	    !TAILQ_EMPTY(&toxid.resolving) || roles_wait() || store_waits() ||
	    resolver_waits() || reload_waits() || upgrade_waits() ||
	    notify_waits() || output_waits();
}

/* What goes on comes to its time; when nothing does, nobody is woken. */
static void
on_tick(struct deadline *d)
{
	int64_t now = clock_now();

	(void)d;
	toxid.tick_at = now;
	roles_start(now);
	workers_fill_spares(now);
	resolver_tick(now);
	changes_tick(now);
	store_tick(now);
	reload_tick(now);
	drain_tick(now);
	upgrade_tick(now);
	if (toxid.has_news || roles_wait())
		health_tick(now);
	toxid.has_counted |= toxid.has_news;
	toxid.has_news = 0;
	notify_tick(now);
	output_flush();
}

static void
look_at_child(struct child *c, int64_t now)
{
	heart_look(c, now);
	changes_look(c, now);
	line_look(c, now);
}

static void
look_at_proxy(struct proxy *p, int64_t now)
{
	restore_look(p, now);
	worker_look(p, now);
}

void
loop_init_due(void)
{
	due_init(look_at_child, look_at_proxy);
}

/* Whatever has come to its time: before each wait. */
void
loop_times(int64_t now)
{
	static struct deadline tick = { .expired = on_tick };
	int64_t next = deadlines_next();

	if (next != CLOCK_NEVER && now - next > LATE)
		forgive(now - next);
	deadlines_run(now);
	if (toxid.may_start_more)
		roles_start(now);
	names_serve();
	if (!tick_is_wanted())
		return;
	next = toxid.tick_at + TICK;
	deadline_set(&tick, next > now ? next : now);
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
	deadlines_reserve(DEADLINES_MAX);
	child_watch_init(on_child);
	loop_init_due();
	toxid.signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (toxid.signal_fd == -1 ||
	    watch_add(&watch, toxid.signal_fd, EPOLLIN) == -1)
		fatal("%s", __func__);
}

/* A child that died in this turn is freed after it: others may point at it. */
void
loop_run(void)
{
	listeners_open();
	vitals_open();
	notify_watchdog();
	while (!toxid.quit) {
		loop_times(clock_now());
		deadlines_arm();
		watches_wait(!names_have_answers());
		read_floods();
		children_free_dead();
	}
}

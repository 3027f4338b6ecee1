/* SPDX-License-Identifier: ISC */
/*
 * One thread, one epoll: children's channels, toxid's doorbell, and times. What
 * goes on for a while, a reload for example, is looked at by a tick, which
 * there is only as long as something does.
 */

#include <signal.h>
#include <unistd.h>

#include "agenda.h"
#include "agreed.h"
#include "api_sessions.h"
#include "changes.h"
#include "child.h"
#include "child_watch.h"
#include "clock.h"
#include "container_of.h"
#include "desired.h"
#include "deadlines.h"
#include "dispatch.h"
#include "dispatch_resolvd.h"
#include "drain.h"
#include "due.h"
#include "expiry.h"
#include "halting.h"
#include "health.h"
#include "heart.h"
#include "inquiries.h"
#include "lapse.h"
#include "later.h"
#include "lines.h"
#include "listeners.h"
#include "log.h"
#include "losses.h"
#include "loop.h"
#include "mode.h"
#include "names.h"
#include "notify.h"
#include "options.h"
#include "output.h"
#include "pending.h"
#include "quota.h"
#include "reload.h"
#include "restore.h"
#include "roles.h"
#include "scenario.h"
#include "scenario_steps.h"
#include "spares.h"
#include "store.h"
#include "tenant_queue.h"
#include "toxid.h"
#include "truth_save.h"
#include "upgrade.h"
#include "vitals.h"
#include "watch.h"
#include "workers.h"

#define TICK (50 * NS_PER_MS)

/* A thousand deaths at once keep nobody waiting, and no child looks late for
 * them. */
#define NEWS_WITHIN (10 * NS_PER_MS)

int64_t loop_ticked_at;

/*
 * A proxy has one deadline, a session of the API, too, a child that serves has
 * two; and a few are nobody's. Memory that ends is no end of toxid: there is
 * room for all from the start.
 */
#define DEADLINES_MAX (MAX_PROXIES + 2 * UIDS + API_SESSIONS_MAX + 64)

void
loop_hear(const struct priv_news *n)
{
	switch (n->event) {
	case PRIV_EVENT_DIED:
	case PRIV_EVENT_STOPPED:
		roles_heard(n);
		break;
	case PRIV_EVENT_TRIAL:
		upgrade_trial_died(n->status);
		break;
	case PRIV_EVENT_RELOAD:
		if (n->id != 0)
			reload_asked_by(n->id);
		else
			reload_asked();
		break;
	case PRIV_EVENT_UPGRADE:
		upgrade_asked();
		break;
	case PRIV_EVENT_QUIT:
		/* who has died before it is replaced, for who waits there */
		roles_start(clock_now());
		drain_asked();
		break;
	default:
		break;
	}
}

/* All that there is. */
static void
start_children(int64_t now)
{
	roles_start(now);
	spares_fill(now);
}

static int has_news; /* or may have: toxid is asked again in the next turn */

void
loop_news(void)
{
	const int64_t until = clock_now() + NEWS_WITHIN;
	struct priv_news news;

	do {
		has_news = !mode.quit && toxid_news(&news);
		if (has_news)
			loop_hear(&news);
	} while (has_news && clock_now() < until);
	start_children(clock_now());
	upgrade_tick(clock_now()); /* it waits for some to have ended */
}

/* The doorbell has rung. */
static void
news_read(struct watch *w, uint32_t events)
{
	uint64_t rings;

	(void)events;
	(void)!read(w->fd, &rings, sizeof(rings));
	loop_news();
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
	return agenda_has(AGENDA_HEALTH) || agenda_has(AGENDA_SPARES) ||
	    mode.is_draining || !TAILQ_EMPTY(&pending.resolving) ||
	    desired_waits() || pending.nwhole > 0 || roles_wait() ||
	    store_waits() || resolver_waits() || reload_waits() ||
	    upgrade_waits() || notify_waits() || output_waits();
}

/* What goes on comes to its time; when nothing does, nobody is woken. */
static void
on_tick(struct deadline *d)
{
	int64_t now = clock_now();

	(void)d;
	loop_ticked_at = now;
	start_children(now);
	resolver_tick(now);
	desired_tick(now);
	changes_tick(now);
	store_tick(now);
	reload_tick(now);
	drain_tick(now);
	upgrade_tick(now);
	if (agenda_has(AGENDA_HEALTH) || roles_wait())
		health_tick(now);
	if (agenda_has(AGENDA_HEALTH))
		agenda_add(AGENDA_STATUS);
	agenda_done(AGENDA_HEALTH);
	notify_tick(now);
	output_flush();
}

static void
look_at_child(struct child *c, int64_t now)
{
	heart_look(c, now);
	changes_look(c, now);
	halting_look(c, now);
	inquiries_look(c, now);
	line_look(c, now);
	loss_look_again(c, now);
}

static void
look_at_proxy(struct proxy *p, int64_t now)
{
	restore_look(p, now);
	worker_look(p, now);
}

/* Whatever has come to its time. */
static void
times(int64_t now)
{
	static struct deadline tick = { .expired = on_tick };
	int64_t next = deadlines_next();

	if (next != CLOCK_NEVER && now - next > LATE)
		forgive(now - next);
	deadlines_run(now);
	if (agenda_has(AGENDA_START))
		start_children(now);
	if (agenda_has(AGENDA_PROGRAMS))
		losses_give_again();
	if (agenda_has(AGENDA_SESSIONS))
		api_sessions_end();
	if (agenda_has(AGENDA_CHANGES))
		changes_go_on();
	names_serve();
	if (!tick_is_wanted())
		return;
	next = loop_ticked_at + TICK;
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
	static struct watch watch = { .on = news_read };

	signal(SIGPIPE, SIG_IGN); /* of a log that nobody reads any more */
	watches_open();
	deadlines_open();
	deadlines_reserve(DEADLINES_MAX);
	child_watch_init(on_child);
	due_init(look_at_child, look_at_proxy);
	expiry_open(lapse_look);
	scenarios_open(scenario_look);
	if (watch_add(&watch, DOORBELL_FD, EPOLLIN) == -1)
		fatal("%s", __func__);
}

/* A child that died in this turn is freed after it: others may point at it. */
void
loop_turn(int block)
{
	if (has_news)
		loop_news();
	expiry_turn();
	scenarios_turn();
	times(clock_now());
	later_turn();
	deadlines_arm();
	expiry_arm();
	scenarios_arm();
	watches_wait(block && !has_news && !names_have_answers() &&
	    !later_waits() && !expiry_waits() && !scenarios_wait() &&
	    !tenant_queue_waits());
	read_floods();
	changes_turn();
	truth_commit();
	child_free_dead();
}

void
loop_run(void)
{
	listeners_open();
	vitals_open();
	notify_watchdog();
	while (!mode.quit)
		loop_turn(1);
}

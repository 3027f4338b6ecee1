/* SPDX-License-Identifier: ISC */
/*
 * SIGUSR2: the programs that are now on the disk take the place of these, and
 *no session notices; toxid's in the same process.  Its phases:
 *
 *	look	 certificate and key: could it serve with what is there now?
 *	trial	 the new program is run beside this one: can it take over?
 *	finish	 apid answers what it was asked, gives its clients back, ends;
 *		 what was asked is done
 *	stop	 all other children end, but the workers of proxies
 *	exec	 the new program reads what was handed over, and starts the rest
 *
 * Until the exec, this program goes on if anything goes wrong.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agenda.h"
#include "chan.h"
#include "change.h"
#include "child.h"
#include "children.h"
#include "clients.h"
#include "clock.h"
#include "journal.h"
#include "lines.h"
#include "log.h"
#include "look.h"
#include "mishaps.h"
#include "mode.h"
#include "msg.h"
#include "notify.h"
#include "output.h"
#include "pending.h"
#include "proxies.h"
#include "reload.h"
#include "store.h"
#include "tenant_queue.h"
#include "toxid.h"
#include "truth_save.h"
#include "upgrade.h"
#include "workers.h"

#define LOOK_WITHIN (5 * NS_PER_S)
#define TRIAL_WITHIN (5 * NS_PER_S)
#define FINISH_WITHIN (5 * NS_PER_S) /* a change may take that long */
#define APID_WITHIN (2 * NS_PER_S)
#define APID_ENDS_WITHIN NS_PER_S /* after our last answer */
#define STOP_WITHIN (2 * NS_PER_S)

enum phase {
	PHASE_NONE,
	PHASE_LOOK,
	PHASE_TRIAL,
	PHASE_FINISH,
	PHASE_STOP,
};

static struct {
	int is_asked;
	int has_trial; /* one that was given up may not have ended yet */
	enum phase phase;
	int keeps_workers;
	int64_t deadline;
	int64_t apid_by;
} up;

/* No child is started that would have to end at once. */
static void
enter(enum phase phase)
{
	up.phase = phase;
	mode_upgrade(phase == PHASE_FINISH || phase == PHASE_STOP);
}

/* This program goes on: what it has stopped it starts again. */
static void
abandon(const char *why)
{
	log_event(LOG_ERROR, "Upgrade failed: the running program goes on",
	    LOG_STR("error", why));
	mishap_note(ROLE_CTLD, NULL, why);
	look_end();
	toxid_end_trial();
	journal_keep(0);
	enter(PHASE_NONE);
	workers_assign();
	notify_reloaded();
	agenda_add(AGENDA_START);
}

/* ---- trial */

static void
trial_start(void)
{
	journal_keep(1); /* it is read meanwhile */
	enter(PHASE_TRIAL);
	up.deadline = clock_now() + TRIAL_WITHIN;
	if (toxid_try() == 0)
		up.has_trial = 1;
	else
		abandon(strerror(errno));
}

/* ---- look */

static void
look_on(void)
{
	const char *why;

	switch (look_verdict(&why)) {
	case LOOK_GOOD:
		trial_start();
		break;
	case LOOK_BAD:
		abandon(why);
		break;
	case LOOK_GOES_ON:
		break;
	}
}

static void
look_begin(void)
{
	enter(PHASE_LOOK);
	up.deadline = clock_now() + LOOK_WITHIN;
	look_start();
	look_on();
}

static int
can_start(void)
{
	return children.apid != NULL && children.apid->serves &&
	    !children.apid->is_dismissed && children_have_answered() &&
	    !reload_is_on() && !up.has_trial;
}

/* An upgrade waits for another, for the start and for a reload. */
static void
start_if_asked(void)
{
	if (up.is_asked && mode.is_draining) {
		log_warnx("SIGUSR2: shutting down");
		up.is_asked = 0;
		toxid_end_trial();
	}
	if (!up.is_asked || up.phase != PHASE_NONE || !can_start())
		return;
	up.is_asked = 0;
	log_info("Upgrade started");
	notify_reloading();
	look_begin();
}

void
upgrade_asked(void)
{
	up.is_asked = 1;
	start_if_asked();
}

/* ---- finish */

static void
finish_start(void)
{
	enter(PHASE_FINISH);
	up.deadline = clock_now() + FINISH_WITHIN;
	if (children.apid == NULL)
		return;
	upgrade_apid_finishes();
	child_send_nothing(children.apid, MSG_API_FINISH, 0);
}

void
upgrade_trial_died(int status)
{
	char why[80];

	up.has_trial = 0;
	if (up.phase != PHASE_TRIAL)
		return; /* it was given up */
	if (WIFEXITED(status) &&
	    (WEXITSTATUS(status) == TRIAL_SAME ||
		WEXITSTATUS(status) == TRIAL_OTHER)) {
		up.keeps_workers = WEXITSTATUS(status) == TRIAL_SAME;
		finish_start();
		return;
	}
	snprintf(why, sizeof(why), "the new program does not come up: %s %d",
	    WIFSIGNALED(status) ? "signal" : "status",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	abandon(why);
}

/* What nobody has asked for is a scenario's next step, or a lease's end. */
static int
owes_answer(const struct child *worker)
{
	const struct change *ch;

	TAILQ_FOREACH (ch, &worker->waiting, entry) {
		if (ch->is_asked)
			break;
	}
	return ch != NULL;
}

/* Is every request answered that came from apid? */
static int
is_answered(void)
{
	const struct child *c;

	if (pending.reading != NULL || !TAILQ_EMPTY(&pending.resolving) ||
	    !TAILQ_EMPTY(&store.storing) || !TAILQ_EMPTY(&pending.queued) ||
	    tenant_queue_waits())
		return 0;
	TAILQ_FOREACH (c, &children.all, entry) {
		if (owes_answer(c))
			return 0;
	}
	return 1;
}

/*
 * What it waits for may be our answer, which has deadlines of its own; but one
 * in bad hands asks on and on.
 */
static int
apid_is_late(int64_t now)
{
	if (!is_answered() && up.apid_by < now + APID_ENDS_WITHIN)
		up.apid_by = now + APID_ENDS_WITHIN;
	return now >= up.apid_by || now >= up.deadline - APID_ENDS_WITHIN;
}

/* ---- stop */

static int
serves_proxy(const struct child *c)
{
	return c->state == CHILD_RETIRED ||
	    (c->proxy != NULL && c->state != CHILD_KILLED);
}

static void
stop_start(void)
{
	struct proxy *p;
	struct child *c;

	enter(PHASE_STOP);
	up.deadline = clock_now() + STOP_WITHIN;
	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (!up.keeps_workers && p->worker != NULL)
			worker_retire(p);
	}
	lines_end();
	TAILQ_FOREACH (c, &children.all, entry) {
		if (serves_proxy(c))
			continue;
		c->is_dismissed = 1;
		child_end(c);
	}
}

/* Are there only workers, and has each all that was said to it? */
static int
is_stopped(void)
{
	const struct child *c;

	TAILQ_FOREACH (c, &children.all, entry) {
		if (!serves_proxy(c) || chan_wants_write(&c->chan))
			return 0;
	}
	return 1;
}

/* ---- exec */

/* Does not return, unless it fails: this process is killed while it waits. */
static void
replace(void)
{
	truth_commit();
	output_drain(); /* the next ctld has nothing of this one's memory */
	if (clients_are_kept() == 0)
		(void)toxid_replace();
	abandon(strerror(errno));
}

/* Of an upgrade that was given up, or that another ctld was at. */
static int
apid_finishes(void)
{
	return children.apid != NULL && children.apid->finishes;
}

void
upgrade_apid_finishes(void)
{
	children.apid->finishes = children.apid->is_dismissed = 1;
	up.apid_by = clock_now() + APID_WITHIN;
}

void
upgrade_forgive(int64_t late)
{
	up.deadline += late;
	up.apid_by += late;
}

int
upgrade_waits(void)
{
	return up.is_asked || up.phase != PHASE_NONE || apid_finishes();
}

void
upgrade_tick(int64_t now)
{
	if (up.phase == PHASE_NONE) {
		if (apid_finishes() && now >= up.apid_by)
			child_kill(children.apid, "does not finish");
		start_if_asked();
		return;
	}
	if (mode.is_draining) {
		abandon("shutting down");
		return;
	}
	if (up.phase == PHASE_LOOK) {
		look_on();
		if (up.phase == PHASE_NONE)
			return; /* it was given up */
	}
	if (up.phase == PHASE_FINISH && children.apid != NULL &&
	    apid_is_late(now))
		child_kill(children.apid, "does not finish");
	if (up.phase == PHASE_FINISH && children.apid == NULL && is_answered())
		stop_start();
	if (up.phase == PHASE_STOP && is_stopped()) {
		replace();
	} else if (now >= up.deadline) {
		abandon("it took too long");
	}
}

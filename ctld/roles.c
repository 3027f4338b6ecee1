/* SPDX-License-Identifier: ISC */
/*
 * Which children there are: each role is a row.  They are started, reaped, and
 * replaced.
 */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/wait.h>

#include "agenda.h"
#include "api.h"
#include "certificate.h"
#include "changes.h"
#include "child.h"
#include "child_watch.h"
#include "children.h"
#include "clients.h"
#include "clock.h"
#include "desired.h"
#include "config_file.h"
#include "dispatch.h"
#include "dispatch_resolvd.h"
#include "event_make.h"
#include "event_ring.h"
#include "health.h"
#include "inquiries.h"
#include "lines.h"
#include "listeners.h"
#include "log.h"
#include "mishaps.h"
#include "mode.h"
#include "msg.h"
#include "names.h"
#include "priv.h"
#include "quota.h"
#include "reload.h"
#include "replica.h"
#include "restarts.h"
#include "roles.h"
#include "rules_tell.h"
#include "store.h"
#include "takeover.h"
#include "upgrade.h"
#include "vitals.h"
#include "watches.h"
#include "workers.h"

/*
 * Address space.  apid: bodies of 256 MiB and what 32 of them were decoded to
 * came to 1.1 GiB with 11,000 proxies, and replies to slow readers are not
 * bounded otherwise.  resolvd: 75 KB for each of 6,144 names.  stored: 30 MiB.
 */
#define APID_MEMORY ((uint64_t)2 << 30)
#define DIALD_MEMORY ((uint64_t)1 << 30)
#define RESOLVD_MEMORY ((uint64_t)1 << 30)
#define STORED_MEMORY ((uint64_t)256 << 20)

#define NOT_EXECUTED "cannot be executed as its user any more"

/* Why it was killed is said already; one not needed has no mishap. */
static void
note_death(const struct child *c, int status)
{
	char why[64];

	if (c->is_blamed || c->is_dismissed)
		return;
	if (WIFSIGNALED(status))
		snprintf(
		    why, sizeof(why), "died of signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) == SPAWN_FAILED)
		snprintf(why, sizeof(why), NOT_EXECUTED);
	else
		snprintf(why, sizeof(why), "exited with status %d",
		    WEXITSTATUS(status));
	mishap_note(c->role, c->proxy, why);
}

/* That a spare is replaced concerns nobody, nor what dies at the end. */
static int
death_level(const struct child *c)
{
	int is_spare = c->role == ROLE_RELAYD && c->proxy == NULL;

	return c->is_dismissed || is_spare || mode.quit ? LOG_DEBUG : LOG_WARN;
}

static void
log_death(const struct child *c, int status)
{
	const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;

	if (WIFEXITED(status) && WEXITSTATUS(status) == SPAWN_FAILED)
		log_warnx("%s " NOT_EXECUTED, role_name(c->role));
	log_event(death_level(c), "Child died",
	    LOG_STR("child", role_name(c->role)), LOG_INT("pid", c->pid),
	    LOG_PROXY(proxy_key_of(c->proxy)), LOG_INT("signal", signal),
	    LOG_INT("status", code));
	if (death_level(c) == LOG_WARN)
		event_died(c, signal, code);
}

/* All that it has still said, which is to its account, too. */
static void
last_words(struct child *c)
{
	quota_begin(c);
	c->broke_protocol =
	    child_hear(c, INT_MAX, CLOCK_NEVER) == -1 && errno == EBADMSG;
	quota_end(c);
}

static void
child_died(struct child *c, const struct priv_news *n)
{
	const struct role_row *row = child_role(c);
	int64_t lived = clock_now() - c->started;
	int status = n->status;

	note_death(c, status);
	if (c->state != CHILD_KILLED) {
		if (c->state != CHILD_RETIRED)
			last_words(c);
		if (c->state != CHILD_KILLED && c->state != CHILD_RETIRED)
			child_watch_remove(c);
		c->state = CHILD_KILLED;
	}
	agenda_add(AGENDA_HEALTH);
	log_death(c, status);
	vitals_bury(c->role, n->cpu_us);
	if (children_one(c->role) == c)
		quota_leave(c);
	children_remove(c);
	if (children_has_one(c->role) && !c->is_dismissed)
		restarts_hold_off(c->role, lived);
	if (row->died != NULL)
		row->died(c);
}

/* A child that was stopped serves nobody and will not say so: it dies. */
void
roles_heard(const struct priv_news *n)
{
	struct child *c = children_find(n->id);

	if (c == NULL)
		return; /* an earlier ctld's */
	if (n->event == PRIV_EVENT_STOPPED)
		child_kill(c, "was stopped");
	else
		child_died(c, n);
}

/* ---- what each role does when it starts, and when it has died */

/* A new apid learns everything, and last that it may serve. */
static void
apid_starts(void)
{
	struct child *apid = children.apid;

	if (certificate_feed(apid) == -1)
		return;
	api_feed(apid);
	apid->has_config = config_offer(apid);
	replica_feed();
	vitals_report();
	health_feed();
	if (api_lend(apid) == 0)
		clients_feed(apid);
}

static void
apid_died(struct child *apid)
{
	event_ring_forget_reader();
	watches_forget();
	config_reader_died(apid);
	certificate_apid_died(apid);
	changes_forget_asker(apid);
	desired_forget_asker(apid);
}

/* The first apid waits for diald: who has reached it may use all of it. */
static int
apid_may_start(void)
{
	return api_fd() != -1 && store.is_loaded &&
	    (restarts.of[ROLE_APID].count > 0 ||
		(children.diald != NULL &&
		    children.diald->state == CHILD_RUNNING)) &&
	    listener_examine_api();
}

static void
diald_starts(void)
{
	struct address api;
	int listens = api_fd() != -1 && api_address(&api) == 0;

	rules_feed(listens ? &api : NULL); /* before it may dial anything */
	lines_give();
	resolver_connect();
}

/* diald is told how many names we have to try before it. */
static void
resolvd_starts(void)
{
	resolver_connect();
	names_found(clock_now());
}

static void
resolvd_died(struct child *resolvd)
{
	(void)resolvd;
	resolver_died();
}

static void
relayd_died(struct child *worker)
{
	worker_died(worker);
	changes_forget_worker(worker);
	inquiries_forget_worker(worker);
}

static const struct role_row rows[ROLE_MAX] = {
	[ROLE_APID] = { APID_MEMORY, apid_may_say, apid_may_start, apid_starts,
	    apid_died },
	[ROLE_DIALD] = { DIALD_MEMORY, diald_may_say, takeover_diald_may_start,
	    diald_starts, NULL },
	[ROLE_RELAYD] = { 0, relayd_may_say, NULL, NULL, relayd_died },
	[ROLE_STORED] = { STORED_MEMORY, stored_may_say, store_is_used,
	    store_start, store_died },
	[ROLE_CONFIG] = { APID_MEMORY, config_may_say, NULL, NULL,
	    reload_reader_died },
	[ROLE_RESOLVD] = { RESOLVD_MEMORY, resolvd_may_say, NULL,
	    resolvd_starts, resolvd_died },
};

void
roles_init(void)
{
	child_init(rows);
	restarts_init_roles();
}

/* ---- who is not there and may be */

static int
is_missing(enum role role)
{
	return children_has_one(role) && children_one(role) == NULL;
}

static void
start_if_due(enum role role, int64_t now)
{
	const struct role_row *row = &rows[role];
	struct child *c;

	if (!is_missing(role) || now < restarts.at[role] ||
	    (row->may_start != NULL && !row->may_start()))
		return;
	if ((c = child_new(role)) == NULL) {
		restarts_put_off(role, now);
		return;
	}
	quota_inherit(c);
	row->starts();
}

/* Is there one that is not there, and is to come? */
int
roles_wait(void)
{
	int role;

	for (role = 0; role < ROLE_MAX; role++) {
		if (is_missing((enum role)role) &&
		    (role != ROLE_STORED || store_is_used()))
			return 1;
	}
	return 0;
}

void
roles_start(int64_t now)
{
	int role;

	agenda_done(AGENDA_START);
	if (mode.is_upgrading)
		return;
	for (role = 0; role < ROLE_MAX; role++)
		start_if_due((enum role)role, now);
}

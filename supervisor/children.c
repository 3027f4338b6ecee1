/* SPDX-License-Identifier: ISC */
/*
 * What all children have in common: they are started, killed when they do not
 * behave, reaped, and replaced.
 */

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "nitems.h"
#include "supervisor.h"

#define READY_WITHIN (15 * NS_PER_S) /* a busy machine starts slowly */
#ifdef SANITIZED                     /* they have their leaks to report */
#define EXIT_WITHIN (10 * NS_PER_S)
#else
#define EXIT_WITHIN (NS_PER_S / 2)
#endif

/* uids, from -uid-base on */
#define UID_APID 0
#define UID_DIALD 1
#define UID_STORED 2
#define UID_CONFIG 3
#define UID_RESOLVD 4
#define UID_RELAYD 16
#define UID_RELAYDS (UIDS - UID_RELAYD)
_Static_assert(MAX_PROXIES + MAX_SPARES < UID_RELAYDS, "too few user ids");

/*
 * Address space.  apid: bodies of 256 MiB and what 32 of them were decoded to
 * came to 1.1 GiB with 11,000 proxies, and replies to slow readers are not
 * bounded otherwise.  resolvd: 75 KB for each of 6,144 names.  stored: 30 MiB.
 */
#define APID_MEMORY ((uint64_t)2 << 30)
#define DIALD_MEMORY ((uint64_t)1 << 30)
#define RESOLVD_MEMORY ((uint64_t)1 << 30)
#define STORED_MEMORY ((uint64_t)256 << 20)

static const struct role_rule {
	const char *title;
	uint64_t memory_max; /* 0: as the options say */
} roles[ROLE_MAX] = {
	[ROLE_APID] = { "toxid: apid", APID_MEMORY },
	[ROLE_DIALD] = { "toxid: diald", DIALD_MEMORY },
	[ROLE_RELAYD] = { "toxid: relayd [spare]", 0 },
	[ROLE_STORED] = { "toxid: stored", STORED_MEMORY },
	[ROLE_CONFIG] = { "toxid: apid [config]", APID_MEMORY },
	[ROLE_RESOLVD] = { "toxid: resolvd", RESOLVD_MEMORY },
};

/* The lowest that no living worker has: two never share their limits. */
static unsigned int
slot_free(void)
{
	static uint8_t used[UID_RELAYDS];
	const struct child *c;
	unsigned int slot = 0;

	memset(used, 0, sizeof(used));
	TAILQ_FOREACH (c, &toxid.children, entry) {
		if (c->role == ROLE_RELAYD)
			used[c->slot % UID_RELAYDS] = 1;
	}
	while (slot < UID_RELAYDS - 1 && used[slot])
		slot++;
	return slot;
}

uint32_t
child_uid(enum role role, unsigned int slot)
{
	uint32_t base = (uint32_t)toxid.options.uid_base;

	switch (role) {
	case ROLE_APID:
		return base + UID_APID;
	case ROLE_DIALD:
		return base + UID_DIALD;
	case ROLE_STORED:
		return base + UID_STORED;
	case ROLE_CONFIG:
		return base + UID_CONFIG;
	case ROLE_RESOLVD:
		return base + UID_RESOLVD;
	default:
		return base + UID_RELAYD + slot;
	}
}

static void
send_setup(struct child *c)
{
	const struct options *o = &toxid.options;
	struct setup s = { .version = MSG_VERSION };

	s.log_level = toxid.log_level;
	s.uid = child_uid(c->role, c->slot);
	s.random_seed = (uint64_t)o->seed;
	s.started = toxid.started;
	s.session_held_max = (uint64_t)o->session_buffer;
	s.worker_held_max = (uint64_t)o->worker_buffer;
	s.proxies_max = (uint64_t)o->max_proxies;
	s.memory_max = c->role == ROLE_RELAYD ? (uint64_t)o->worker_memory
					      : roles[c->role].memory_max;
	if (toxid.is_root)
		s.flags |= SETUP_IS_ROOT;
	if (store_is_durable())
		s.flags |= SETUP_DURABLE;
	if (o->proxy_metrics)
		s.flags |= SETUP_PROXY_METRICS;
	if (o->runtime_metrics)
		s.flags |= SETUP_RUNTIME_METRICS;
	if (o->debug_toxics)
		s.flags |= SETUP_DEBUG_TOXICS;
	child_send(c, MSG_SETUP, 0, &s, -1);
}

/* Never fails for good: what cannot be started now is tried again. */
struct child *
child_new(enum role role)
{
	struct child *c;
	int fds[2];

	if ((c = calloc(1, sizeof(*c))) == NULL || chan_pair(fds) == -1) {
		log_warn("%s: %s", __func__, role_name(role));
		health_mishap(role, NULL, "no memory, or no descriptor");
		free(c);
		return NULL;
	}
	c->role = role;
	c->started = clock_now();
	c->pong_by = c->started + READY_WITHIN;
	c->slot = role == ROLE_RELAYD ? slot_free() : 0;
	c->lent_keep = UINT64_MAX;
	TAILQ_INIT(&c->waiting);
	chan_open(&c->chan, fds[0]);
	c->pid = -1;
	if (loop_watch(c) == 0)
		c->pid = spawn(role, roles[role].title, fds[1]);
	close(fds[1]);
	if (c->pid == -1) {
		log_warn("%s: %s: fork", __func__, role_name(role));
		health_mishap(role, NULL, "cannot be forked");
		chan_close(&c->chan);
		free(c);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&toxid.children, c, entry);
	send_setup(c);
	return c;
}

/* A worker that an earlier program of this process started; or NULL. */
struct child *
child_adopt(pid_t pid, int chan_fd, enum child_state state)
{
	struct child *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->role = ROLE_RELAYD;
	c->state = state;
	c->pid = pid;
	c->pong_by = CLOCK_NEVER;
	c->lent_keep = UINT64_MAX;
	TAILQ_INIT(&c->waiting);
	chan_open(&c->chan, chan_fd);
	if (state != CHILD_RETIRED && loop_watch(c) == -1) {
		free(c);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&toxid.children, c, entry);
	return c;
}

/* Its death is dealt with when it is reaped. */
void
child_end(struct child *c)
{
	if (c->state == CHILD_KILLED)
		return;
	if (c->state != CHILD_RETIRED)
		loop_unwatch(c);
	c->state = CHILD_KILLED;
	kill(c->pid, SIGKILL);
}

void
child_kill(struct child *c, const char *why)
{
	if (c->state == CHILD_KILLED)
		return;
	log_event(LOG_WARN, "Killing a child",
	    LOG_STR("child", role_name(c->role)), LOG_INT("pid", c->pid),
	    LOG_STR("proxy", c->proxy != NULL ? c->proxy->name : ""),
	    LOG_STR("reason", why));
	health_mishap(c->role, c->proxy, why);
	c->is_blamed = 1;
	child_end(c);
}

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
	else
		snprintf(why, sizeof(why), "exited with status %d",
		    WEXITSTATUS(status));
	health_mishap(c->role, c->proxy, why);
}

/* That a spare is replaced concerns nobody, nor what dies at the end. */
static int
death_level(const struct child *c)
{
	int is_spare = c->role == ROLE_RELAYD && c->proxy == NULL;

	return c->is_dismissed || is_spare || toxid.quit ? LOG_DEBUG : LOG_WARN;
}

static void
log_death(const struct child *c, int status)
{
	log_event(death_level(c), "Child died",
	    LOG_STR("child", role_name(c->role)), LOG_INT("pid", c->pid),
	    LOG_STR("proxy", c->proxy != NULL ? c->proxy->name : ""),
	    LOG_INT("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
	    LOG_INT("status", WIFEXITED(status) ? WEXITSTATUS(status) : 0));
}

/* One has died that its role has to have again: when? */
void
children_hold_off(enum role role, int64_t lived)
{
	struct restarts *r = &toxid.restarts[role];
	int64_t delay = restarts_delay(r, lived);

	toxid.restart_delay[role] = delay;
	toxid.restart_at[role] = clock_now() + delay;
	if (delay == 0)
		return;
	log_event(LOG_WARN, "Child restarts too often",
	    LOG_STR("child", role_name(role)),
	    LOG_INT("restarts", (int64_t)r->count),
	    LOG_INT("delay_ms", delay / NS_PER_MS));
}

static void
child_died(struct child *c, int status, const struct rusage *ru)
{
	int64_t lived = clock_now() - c->started;

	note_death(c, status);
	if (c->state != CHILD_KILLED) {
		if (c->state != CHILD_RETIRED)
			c->broke_protocol = child_hear(c, INT_MAX) == -1 &&
			    errno == EBADMSG; /* its last words, all */
		if (c->state != CHILD_KILLED && c->state != CHILD_RETIRED)
			loop_unwatch(c);
		c->state = CHILD_KILLED;
	}
	log_death(c, status);
	vitals_bury(c->role, ru);
	TAILQ_REMOVE(&toxid.children, c, entry);
	TAILQ_INSERT_TAIL(&toxid.dead, c, entry);
	if (c->role != ROLE_RELAYD && c->role != ROLE_CONFIG &&
	    !c->is_dismissed)
		children_hold_off(c->role, lived);
	if (c == toxid.apid) {
		toxid.apid = NULL;
		config_reader_died(c);
		changes_forget_asker(c);
	} else if (c == toxid.diald) {
		toxid.diald = NULL;
	} else if (c == toxid.resolvd) {
		toxid.resolvd = NULL;
		resolver_died();
	} else if (c == toxid.stored) {
		toxid.stored = NULL;
		store_died(c);
	} else if (c->role == ROLE_CONFIG) {
		reload_reader_died(c);
	} else {
		worker_died(c);
	}
}

static struct child *
child_of_pid(pid_t pid)
{
	struct child *c;

	TAILQ_FOREACH (c, &toxid.children, entry) {
		if (c->pid == pid)
			break;
	}
	return c;
}

/* A child that was stopped serves nobody and will not say so: it dies. */
void
children_reap(void)
{
	struct rusage ru;
	struct child *c;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG | WUNTRACED, &ru)) > 0) {
		if (upgrade_trial_died(pid, status) ||
		    (c = child_of_pid(pid)) == NULL)
			continue;
		if (WIFSTOPPED(status))
			child_kill(c, "was stopped");
		else
			child_died(c, status, &ru);
	}
	children_restart(clock_now());
	workers_tick(clock_now());
}

static void
apid_starts(void)
{
	api_feed(toxid.apid);
	replica_feed(toxid.apid);
}

static void
diald_starts(void)
{
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

/* The one child of its role, if it is not there and may be. */
static void
start_again(
    enum role role, struct child **child, void (*starts)(void), int64_t now)
{
	if (*child != NULL || now < toxid.restart_at[role])
		return;
	if ((*child = child_new(role)) == NULL) {
		toxid.restart_delay[role] = NS_PER_S;
		toxid.restart_at[role] = now + NS_PER_S;
		return;
	}
	starts();
}

/* The first apid waits for diald: who has reached it may use all of it. */
static int
may_serve(void)
{
	return toxid.restarts[ROLE_APID].count > 0 ||
	    (toxid.diald != NULL && toxid.diald->state == CHILD_RUNNING);
}

void
children_restart(int64_t now)
{
	if (upgrade_is_on())
		return;
	if (store_is_used())
		start_again(ROLE_STORED, &toxid.stored, store_start, now);
	if (toxid.api_fd != -1 && toxid.store.is_loaded && may_serve() &&
	    (toxid.apid != NULL || listener_examine_api()))
		start_again(ROLE_APID, &toxid.apid, apid_starts, now);
	start_again(ROLE_RESOLVD, &toxid.resolvd, resolvd_starts, now);
	start_again(ROLE_DIALD, &toxid.diald, diald_starts, now);
}

void
children_tick(int64_t now)
{
	hearts_tick(now);
	children_restart(now);
}

/* Not before: an event of this turn of the loop may still point there. */
void
children_free_dead(void)
{
	struct child *c;

	while ((c = TAILQ_FIRST(&toxid.dead)) != NULL) {
		TAILQ_REMOVE(&toxid.dead, c, entry);
		chan_close(&c->chan);
		free(c);
	}
}

/* 1 if any is left. */
static int
reap_some(void)
{
	struct child *c;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
		if ((c = child_of_pid(pid)) == NULL)
			continue;
		TAILQ_REMOVE(&toxid.children, c, entry);
		TAILQ_INSERT_TAIL(&toxid.dead, c, entry);
	}
	return !TAILQ_EMPTY(&toxid.children);
}

/* The end of its channel tells a child to exit; one that does not is killed. */
void
children_end_all(void)
{
	static const struct timespec pause = { .tv_nsec = NS_PER_MS };
	int64_t deadline = clock_now() + EXIT_WITHIN;
	struct child *c;

	TAILQ_FOREACH (c, &toxid.children, entry)
		chan_close(&c->chan);
	while (reap_some() && clock_now() < deadline)
		nanosleep(&pause, NULL);
	TAILQ_FOREACH (c, &toxid.children, entry)
		kill(c->pid, SIGKILL);
	while (reap_some())
		nanosleep(&pause, NULL);
	children_free_dead();
}

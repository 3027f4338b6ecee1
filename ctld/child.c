/* SPDX-License-Identifier: ISC */
/*
 * A child: its process, its user, and its channel.  It is started, told what it
 * is to do, and killed when it does not behave.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "chan.h"
#include "child.h"
#include "child_watch.h"
#include "clock.h"
#include "due.h"
#include "log.h"
#include "mishaps.h"
#include "msg.h"
#include "options.h"
#include "priv.h"
#include "spawn.h"
#include "state.h"

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

/* The lowest that no living worker has: two never share their limits. */
static unsigned int
slot_free(void)
{
	static uint8_t used[UID_RELAYDS];
	const struct child *c;
	unsigned int slot = 0;

	memset(used, 0, sizeof(used));
	TAILQ_FOREACH (c, &ctld.children, entry) {
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
	uint32_t base = (uint32_t)ctld.options.uid_base;

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

/* ---- its end */

/* Its death is dealt with when it is reaped. */
void
child_end(struct child *c)
{
	if (c->state == CHILD_KILLED)
		return;
	if (c->state != CHILD_RETIRED)
		child_watch_remove(c);
	c->state = CHILD_KILLED;
	ctld.has_news = 1;
	priv_kill(c->pid);
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
	mishap_note(c->role, c->proxy, why);
	c->is_blamed = 1;
	child_end(c);
}

/* ---- what it is told */

/*
 * One that has gone may have said something before: its end is for the reader
 * to see, behind that.
 */
static void
send_failed(struct child *c)
{
	if (errno == ENOBUFS)
		child_kill(c, "does not read its channel");
	else if (errno != EPIPE)
		child_end(c);
}

void
child_send_sized(struct child *c, enum msg_type type, uint32_t id,
    const void *payload, size_t size, int fd)
{
	if (c->state == CHILD_KILLED) {
		if (fd != -1)
			close(fd);
		return;
	}
	if (chan_send_sized(&c->chan, type, id, payload, size, fd) == 0)
		child_watch_update(c);
	else
		send_failed(c);
}

void
child_send_nothing(struct child *c, enum msg_type type, uint32_t id)
{
	struct nothing nothing = { 0 };

	child_send(c, type, id, &nothing, -1);
}

void
child_writable(struct child *c)
{
	if (c->state == CHILD_KILLED)
		return;
	if (chan_flush(&c->chan) == -1)
		send_failed(c);
	else
		child_watch_update(c);
}

/* ---- its start */

static void
send_setup(struct child *c)
{
	const struct options *o = &ctld.options;
	struct setup s = { .version = MSG_VERSION };

	s.log_level = ctld.log_level;
	s.uid = child_uid(c->role, c->slot);
	s.random_seed = (uint64_t)o->seed;
	s.started = ctld.started;
	s.session_held_max = (uint64_t)o->session_buffer;
	s.worker_held_max = (uint64_t)o->worker_buffer;
	s.proxies_max = (uint64_t)o->max_proxies;
	s.memory_max = c->role == ROLE_RELAYD ? (uint64_t)o->worker_memory
					      : ctld.roles[c->role].memory_max;
	if (ctld.is_root)
		s.flags |= SETUP_HAS_OWN_IDS;
	if (spawn_changes_root(c->role))
		s.flags |= SETUP_CHANGES_ROOT;
	if (options_are_durable(o))
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
		mishap_note(role, NULL, "no memory, or no descriptor");
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
	if (child_watch_add(c) == 0)
		c->pid = priv_spawn(role, child_uid(role, c->slot),
		    ctld.roles[role].title, fds[1]);
	close(fds[1]);
	if (c->pid == -1) {
		log_warn("%s: %s: fork", __func__, role_name(role));
		mishap_note(role, NULL, "cannot be forked");
		chan_close(&c->chan);
		free(c);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&ctld.children, c, entry);
	ctld.has_news = 1;
	child_due(c);
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
	if (state != CHILD_RETIRED && child_watch_add(c) == -1) {
		free(c);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&ctld.children, c, entry);
	return c;
}

struct child *
child_find(pid_t pid)
{
	struct child *c;

	TAILQ_FOREACH (c, &ctld.children, entry) {
		if (c->pid == pid)
			break;
	}
	return c;
}

/* Not before: an event of this turn of the loop may still point there. */
void
children_free_dead(void)
{
	struct child *c;

	while ((c = TAILQ_FIRST(&ctld.dead)) != NULL) {
		TAILQ_REMOVE(&ctld.dead, c, entry);
		chan_close(&c->chan);
		free(c);
	}
}

/* 1 if any is left. */
static int
reap_some(void)
{
	struct rusage ru;
	struct child *c;
	int status;
	pid_t pid;

	while ((pid = priv_wait(&status, &ru)) > 0) {
		if (WIFSTOPPED(status) || (c = child_find(pid)) == NULL)
			continue;
		TAILQ_REMOVE(&ctld.children, c, entry);
		TAILQ_INSERT_TAIL(&ctld.dead, c, entry);
	}
	return !TAILQ_EMPTY(&ctld.children);
}

/* The end of its channel tells a child to exit; one that does not is killed. */
void
children_end_all(void)
{
	static const struct timespec pause = { .tv_nsec = NS_PER_MS };
	int64_t deadline = clock_now() + EXIT_WITHIN;
	struct child *c;

	TAILQ_FOREACH (c, &ctld.children, entry)
		chan_close(&c->chan);
	while (reap_some() && clock_now() < deadline)
		nanosleep(&pause, NULL);
	TAILQ_FOREACH (c, &ctld.children, entry)
		priv_kill(c->pid);
	while (reap_some())
		nanosleep(&pause, NULL);
	children_free_dead();
}

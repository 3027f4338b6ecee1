/* SPDX-License-Identifier: ISC */
/*
 * A child: its process and its channel.  It is started by toxid, told what it
 * is to do, and killed when it does not behave.
 */

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "agenda.h"
#include "api_socket.h"
#include "chan.h"
#include "child.h"
#include "child_watch.h"
#include "children.h"
#include "clock.h"
#include "due.h"
#include "in_hand.h"
#include "later.h"
#include "log.h"
#include "mishaps.h"
#include "msg.h"
#include "options.h"
#include "state.h"
#include "toxic_list.h"
#include "toxid.h"

static const struct role_row *roles;

#define READY_WITHIN (15 * NS_PER_S) /* a busy machine starts slowly */

void
child_init(const struct role_row rows[ROLE_MAX])
{
	roles = rows;
}

const struct role_row *
child_role(const struct child *c)
{
	return &roles[c->role];
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
	agenda_add(AGENDA_HEALTH);
	toxid_kill(c->id);
}

void
child_kill(struct child *c, const char *why)
{
	if (c->state == CHILD_KILLED)
		return;
	log_event(LOG_WARN, "Killing a child",
	    LOG_STR("child", role_name(c->role)), LOG_INT("pid", c->pid),
	    LOG_PROXY(proxy_key_of(c->proxy)), LOG_STR("reason", why));
	mishap_note(c->role, c->proxy, why);
	c->is_blamed = 1;
	child_end(c);
}

/* ---- what it is told */

/*
 * One that has gone may have said something before: its end is for the reader
 * to see, behind that.  Where there is no memory, the end of this ctld costs no
 * session, as a worker's would; the next one says it.
 */
static void
send_failed(struct child *c)
{
	if (errno == ENOMEM && c->role == ROLE_RELAYD) {
		in_hand_end();
		fatal("%s", __func__);
	}
	if (errno == ENOMEM)
		child_kill(c, "there is no memory for what it is told");
	else if (errno == ENOBUFS)
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

void
child_hold(struct child *c)
{
	chan_hold(&c->chan);
}

void
child_release(struct child *c)
{
	if (!c->chan.is_held || c->state == CHILD_KILLED)
		return;
	if (chan_release(&c->chan) == -1)
		send_failed(c);
	else
		child_watch_update(c);
}

/* ---- its start */

static void
send_setup(struct child *c, const struct priv_spawned *spawned)
{
	const struct options *o = &ctld.options;
	struct setup s = { .version = MSG_VERSION };

	s.log_level = ctld.log_level;
	s.uid = spawned->uid;
	s.random_seed = (uint64_t)o->seed;
	s.started = ctld.started;
	s.session_held_max = (uint64_t)o->session_buffer;
	s.worker_held_max = (uint64_t)o->worker_buffer;
	s.api_port = ctld.api_port;
	s.proxies_max = (uint64_t)o->max_proxies;
	s.memory_max = c->role == ROLE_RELAYD ? (uint64_t)o->worker_memory
					      : child_role(c)->memory_max;
	if (ctld.start.has_own_ids)
		s.flags |= SETUP_HAS_OWN_IDS;
	if (spawned->changes_root)
		s.flags |= SETUP_CHANGES_ROOT;
	if (options_are_durable(o))
		s.flags |= SETUP_DURABLE;
	if (api_socket_fd() != -1 || o->check != NULL)
		s.flags |= SETUP_HAS_API_SOCKET;
	if (o->proxy_metrics)
		s.flags |= SETUP_PROXY_METRICS;
	if (o->runtime_metrics)
		s.flags |= SETUP_RUNTIME_METRICS;
	if (o->debug_toxics)
		s.flags |= SETUP_DEBUG_TOXICS;
	if (o->tls_cert != NULL)
		s.flags |= SETUP_TLS;
	child_send(c, MSG_SETUP, 0, &s, -1);
}

/* Never fails for good: what cannot be started now is tried again. */
struct child *
child_new(enum role role)
{
	struct priv_spawned spawned;
	struct child *c;
	int fd;

	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (fd = toxid_spawn(role, &spawned)) == -1) {
		log_warn("%s: %s", __func__, role_name(role));
		mishap_note(role, NULL, "cannot be started");
		free(c);
		return NULL;
	}
	c->id = spawned.id;
	c->pid = spawned.pid;
	c->role = role;
	c->started = clock_now();
	c->pong_by = c->started + READY_WITHIN;
	c->lent_keep = UINT64_MAX;
	TAILQ_INIT(&c->waiting);
	TAILQ_INIT(&c->inquiry.waiting);
	TAILQ_INIT(&c->here);
	chan_open(&c->chan, fd);
	if (child_watch_add(c) == -1) {
		log_warn("%s: %s", __func__, role_name(role));
		mishap_note(role, NULL, "no memory");
		chan_close(&c->chan);
		toxid_kill(c->id);
		free(c);
		return NULL;
	}
	children_add(c);
	agenda_add(AGENDA_HEALTH);
	child_due(c);
	send_setup(c, &spawned);
	return c;
}

/* A child that an earlier ctld had; or NULL. */
struct child *
child_adopt(const struct priv_taken *taken, int chan_fd, enum child_state state)
{
	struct child *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->role = (enum role)taken->role;
	c->state = state;
	c->id = taken->id;
	c->pid = taken->pid;
	c->pong_by = CLOCK_NEVER;
	c->lent_keep = UINT64_MAX;
	TAILQ_INIT(&c->waiting);
	TAILQ_INIT(&c->inquiry.waiting);
	TAILQ_INIT(&c->here);
	chan_open(&c->chan, chan_fd);
	if (state != CHILD_RETIRED && child_watch_add(c) == -1) {
		free(c);
		return NULL;
	}
	children_add(c);
	return c;
}

/* Not before: an event of this turn of the loop may still point there. */
void
child_free_dead(void)
{
	struct child *c;

	while ((c = children_next_dead()) != NULL) {
		later_forget(c);
		chan_close(&c->chan);
		toxics_free(&c->here);
		free(c);
	}
}

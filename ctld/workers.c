/* SPDX-License-Identifier: ISC */
/*
 * One relayd per proxy, for that proxy's life or its own; and a few that wait
 * for a proxy, so that none has to wait for them.
 */

#include <fcntl.h>
#include <unistd.h>
#include <time.h>

#include "agenda.h"
#include "agreed.h"
#include "chan.h"
#include "change.h"
#include "child.h"
#include "child_watch.h"
#include "children.h"
#include "churn.h"
#include "clock.h"
#include "door.h"
#include "due.h"
#include "ended_event.h"
#include "event_make.h"
#include "gate.h"
#include "halting.h"
#include "limits_tell.h"
#include "leases.h"
#include "lines.h"
#include "listen.h"
#include "listeners.h"
#include "log.h"
#include "losses.h"
#include "mode.h"
#include "msg.h"
#include "own_toxics.h"
#include "proxies.h"
#include "proxy_connect.h"
#include "quota.h"
#include "replica.h"
#include "restarts.h"
#include "rules_tell.h"
#include "selects.h"
#include "spares.h"
#include "state.h"
#include "text_put.h"
#include "toxic_spec.h"
#include "toxics_done.h"
#include "truth.h"
#include "truth_save.h"
#include "watches.h"
#include "workers.h"

/* So many at once. */
#define FORKS 32
#define FORKS_EVERY (50 * NS_PER_MS)
#define FORKS_ANYWAY (200 * NS_PER_MS)
_Static_assert(
    FORKS *(NS_PER_S / FORKS_EVERY) < SPAWNS_PER_S, "toxid starts as many");

/* apid is told what a worker has counted so often at most. */
#define COUNTED_EVERY (50 * NS_PER_MS)
#define WATCHED_EVERY (5 * NS_PER_MS)

/* What its clients are to meet, unless that is what it does already. */
void
worker_connect(struct child *worker, const struct connect_spec *known)
{
	const struct connect_spec *c = proxy_connect(worker->proxy);

	if (!connect_equal(c, known))
		child_send(worker, MSG_RELAY_CONNECT, 0, c, -1);
}

void
worker_gets(struct child *worker, struct toxic *t)
{
	loss_give(worker, t->spec);
	toxic_is_given(worker, t);
}

static void
send_proxy(struct child *worker, const struct proxy *p, int listen_fd)
{
	struct relay_assign assign = { .proxy_id = p->id,
		.assignment = p->assignment,
		.first_session = proxy_first_session(p),
		.earlier_sessions = p->earlier.sessions,
		.lost_sessions = p->lost,
		.lost_by = p->lost_by };
	struct toxic *t;

	assign.key = p->key;
	text_put(assign.upstream, sizeof(assign.upstream), p->upstream.text);
	child_send(worker, MSG_RELAY_ASSIGN, 0, &assign, listen_fd);
	TAILQ_FOREACH (t, &p->toxics, entry) {
		worker_gets(worker, t);
		child_send(worker, MSG_RELAY_TOXIC_ADD, 0, t->spec, -1);
	}
	loss_look(p);
	worker_connect(worker, &connect_usual);
	line_give(worker);
	rules_feed_worker(worker, 1);
	limits_tell(worker);
	halting_tell_new(worker);
	if (p->is_watched)
		watch_tell_worker(p);
	child_send_nothing(worker, MSG_RELAY_START, 0);
}

static void
try_at(struct proxy *p, int64_t at)
{
	p->restart_at = at;
	proxy_due(p);
	agenda_add(AGENDA_HEALTH);
}

/* For how long the proxy is to be without a worker; 0: not for a worker. */
static void
hold_off(struct proxy *p, int64_t delay)
{
	p->restart_delay = delay;
	try_at(p, delay > 0 ? clock_now() + delay : CLOCK_NEVER);
}

static int64_t last_fork;

/*
 * It is still being told of what has changed, and behind that its clients'
 * answers come: they come first.  But not for ever.
 */
static int
apid_waits(int64_t now)
{
	return children.apid != NULL &&
	    chan_wants_write(&children.apid->chan) &&
	    now - last_fork < FORKS_ANYWAY;
}

/*
 * A thousand proxies made at once want a thousand forks, a second in which
 * nobody else is served: some now, for half of the time at most, as a fork may
 * take long where the machine is busy; and some a moment later.  0: now; or
 * when, which is another time for each so many: who comes again looks for a
 * spare among all that there are.
 */
static int64_t
fork_at(void)
{
	static int64_t since;
	static unsigned int n;
	static int is_over; /* who comes now is behind one that waits */
	int64_t now = clock_now(), slot;

	if (now - since >= FORKS_EVERY) {
		since = now;
		n = 0;
		is_over = 0;
	}
	slot = n++ / FORKS;
	is_over |=
	    slot > 0 || now - since >= FORKS_EVERY / 2 || apid_waits(now);
	if (!is_over) {
		last_fork = now;
		return 0;
	}
	return since + (slot + 1) * FORKS_EVERY + n; /* in their order */
}

/*
 * Gives an enabled proxy a worker; if there is none to be had, worker_look()
 * tries again.  It need not be waited for: what it is told waits in its
 * channel, and clients wait in the backlog.  A worker that accepts is in the
 * journal, and its numbers: a ctld that follows would end one unknown to it.
 */
void
worker_assign(struct proxy *p)
{
	struct child *worker;
	int64_t at;
	int fd;

	hold_off(p, 0);
	if (mode.is_draining)
		return; /* there would be no clients for it */
	listener_examine(p);
	if (p->listen_fd == -1)
		return;
	if ((worker = spare_find()) == NULL) {
		if ((at = fork_at()) != 0) {
			try_at(p, at);
			return;
		}
		worker = child_new(ROLE_RELAYD);
	}
	fd = fcntl(p->listen_fd, F_DUPFD_CLOEXEC, 0);
	if (worker == NULL || fd == -1) {
		if (fd != -1)
			close(fd);
		hold_off(p, NS_PER_S);
		return;
	}
	agenda_add(AGENDA_SPARES); /* it was one, or there was none */
	worker->proxy = p;
	worker->started = clock_now(); /* to wait as a spare was no life */
	quota_inherit(worker);
	p->worker = worker;
	p->is_lent = 1;
	door_set(p); /* before anybody accepts */
	proxy_assign(p);
	selects_begin(p);
	event_replaced(p);
	truth_commit();
	send_proxy(worker, p, fd);
}

/*
 * In the next turn: within a change, which becomes true as a whole, and whose
 * asker does not wait for that.
 */
void
worker_is_wanted(struct proxy *p)
{
	p->restart_at = clock_now();
	proxy_due(p);
}

/* Where there was none to be had, or an earlier one has been retired. */
void
workers_assign(void)
{
	struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->listen_fd != -1 && p->worker == NULL &&
		    p->restart_at == CLOCK_NEVER)
			worker_assign(p);
	}
}

/* What a worker counted stays with its proxy. */
static void
detach(struct proxy *p)
{
	counters_add(&p->earlier, &p->worker->counters);
	toxics_keep_counts(p);
	quota_leave(p->worker);
	own_toxics_are(p->worker, 0);
	halting_forget(p->worker);
	truth_proxy_changed(p);
	p->worker->proxy = NULL;
	p->worker = NULL;
}

/*
 * It leaves new clients to the next program's worker, and ends with its last
 * session.  From here on nothing is said any more.
 */
void
worker_retire(struct proxy *p)
{
	struct child *worker = p->worker;

	child_send_nothing(worker, MSG_RELAY_RETIRE, 0);
	detach(p);
	worker->is_dismissed = 1;
	worker->retired_from = p->id;
	lease_retire(worker);
	if (worker->state == CHILD_RUNNING &&
	    !chan_wants_write(&worker->chan)) {
		child_watch_remove(worker);
		worker->state = CHILD_RETIRED;
		truth_retired(worker);
	} else {
		child_end(worker);
	}
}

/* Sessions that were open by its last word; none had a line of its own. */
static void
lose_sessions(struct proxy *p, enum session_end by)
{
	const int is_death = by == END_WORKER_DIED;

	p->lost = p->worker->counters.open_sessions;
	p->lost_by = by;
	if (p->lost > 0)
		log_event(is_death ? LOG_WARN : LOG_INFO,
		    is_death ? "Sessions lost with their worker"
			     : "Sessions closed with their proxy",
		    LOG_PROXY(&p->key), LOG_INT("sessions", (int64_t)p->lost));
	if (p->lost > 0 && !is_death)
		event_ended_with_worker(p, p->lost);
}

/* Those that were a proxy's, whose sessions are to end. */
static void
end_retired(const struct proxy *p)
{
	struct child *c;

	TAILQ_FOREACH (c, &children.all, entry) {
		if (c->state == CHILD_RETIRED && c->retired_from == p->id)
			child_end(c);
	}
}

/*
 * The proxy is to be stopped, or to get another worker.  Its sessions end with
 * the process: nothing in it has to cooperate.  Returns 1 if the change now
 * waits for its end; 0: there was none.
 */
int
worker_dismiss(struct proxy *p, struct change *change)
{
	struct child *worker = p->worker;

	hold_off(p, 0);
	end_retired(p);
	line_proxy_gone(p);
	if (worker == NULL)
		return 0;
	if (change != NULL)
		churn_ended(&p->key, clock_now());
	lose_sessions(p, END_PROXY_CHANGED);
	detach(p);
	worker->is_dismissed = 1;
	child_end(worker);
	if (change != NULL)
		worker_wait(worker, change, 0);
	return 1;
}

/* serial: of the RELAY_DONE that ends the wait; its death ends any. */
void
worker_wait(struct child *worker, struct change *change, uint32_t serial)
{
	change->serial = serial;
	change->deadline = clock_now() + APPLY_WITHIN;
	TAILQ_INSERT_TAIL(&worker->waiting, change, entry);
	child_due(worker);
}

static void
restart(struct proxy *p, int64_t lived)
{
	int64_t delay = restarts_delay(&p->restarts, lived);

	if (delay == 0) {
		worker_assign(p);
		return;
	}
	hold_off(p, delay);
	log_event(LOG_WARN, "Worker restarts too often", LOG_PROXY(&p->key),
	    LOG_INT("restarts", (int64_t)p->restarts.count),
	    LOG_INT("delay_ms", delay / NS_PER_MS));
}

void
worker_died(struct child *worker)
{
	struct proxy *p = worker->proxy;
	int64_t lived = clock_now() - worker->started;

	lease_end(worker);
	gate_end(worker);
	agenda_add(AGENDA_PROGRAMS); /* that it had, if any */
	if (p != NULL) {
		lose_sessions(p, END_WORKER_DIED);
		detach(p);
		restarts_count_worker();
		listener_examine(p); /* now: its restart may be put off */
		restart(p, lived);
		replica_counters(p);
	} else if (!worker->is_dismissed) {
		restarts_hold_off(ROLE_RELAYD, lived);
		agenda_add(AGENDA_SPARES);
	}
}

static void
tell_counters(struct proxy *p, int64_t now)
{
	p->tell_at = CLOCK_NEVER;
	p->counted_at = now;
	replica_counters(p);
}

static int64_t
tell_every(const struct proxy *p)
{
	return p->is_watched ? WATCHED_EVERY : COUNTED_EVERY;
}

static void
tell_later(struct proxy *p)
{
	if (p->tell_at != CLOCK_NEVER)
		return;
	p->tell_at = p->counted_at + tell_every(p);
	proxy_due(p);
}

static void
dial_failed(struct proxy *p)
{
	int64_t now = (int64_t)time(NULL);

	if (p->dial_failed_at == now)
		return;
	p->dial_failed_at = now;
	truth_proxy_changed(p);
}

void
worker_has_counted(struct child *worker, const struct counters *counters)
{
	worker->counters = *counters;
	if (worker->proxy != NULL)
		own_toxics_are(worker, counters->own_toxics);
}

/* A worker that says them without end is not to fill apid's channel. */
void
worker_counters(struct child *worker, const struct counters *counters)
{
	struct proxy *p = worker->proxy;
	int64_t now = clock_now();

	if (p != NULL &&
	    counters->dial_failures > worker->counters.dial_failures)
		dial_failed(p);
	worker_has_counted(worker, counters);
	agenda_add(AGENDA_STATUS);
	if (p != NULL && now - p->counted_at >= tell_every(p))
		tell_counters(p, now);
	else if (p != NULL)
		tell_later(p);
}

uint64_t
workers_sessions(void)
{
	const struct proxy *p;
	uint64_t n = 0;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->worker != NULL && p->worker->state != CHILD_KILLED)
			n += p->worker->counters.open_sessions;
	}
	return n;
}

/* What is not held off is wanted by a change: who has asked for that pays. */
static void
assign_at_last(struct proxy *p)
{
	const int64_t delay = p->restart_delay, now = clock_now();
	const int64_t at = delay == 0 ? churn_may_start(&p->key, now) : now;
	struct child *pays = delay == 0 ? children.apid : NULL;

	if (at > now) {
		try_at(p, at);
		return;
	}
	if (pays != NULL)
		quota_begin(pays);
	worker_assign(p);
	if (p->restart_delay != delay)
		replica_counters(p);
	if (pays != NULL)
		quota_end(pays);
}

void
worker_look(struct proxy *p, int64_t now)
{
	if (now >= p->tell_at)
		tell_counters(p, now);
	if (now >= p->restart_at)
		assign_at_last(p);
}

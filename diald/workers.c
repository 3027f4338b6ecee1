/* SPDX-License-Identifier: ISC */
/*
 * The workers' channels.  A worker may be in the hands of whoever it talks to:
 * it can ask for its one upstream, and a mistake costs it its life.  Each has
 * its turn, its share of descriptors, and DIALS_MAX dials: what one of them
 * does is no matter of others'.  Who asks for more than others do is served
 * after them, a turn in each pass of the loop for all that do.
 */

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "agreed.h"
#include "container_of.h"
#include "diald.h"
#include "handler.h"
#include "log.h"

/* Dials that end with their worker, in one turn. */
#define ENDS_A_TURN 16

/* One that has not read its answers by then never will: s. */
#define READ_WITHIN_S 10

/* By proxy: ids follow each other, so buckets stay even. */
#define BUCKETS 1024
static LIST_HEAD(, worker) workers[BUCKETS];
static LIST_HEAD(, worker) broken = LIST_HEAD_INITIALIZER(broken);
static LIST_HEAD(, worker) leaving = LIST_HEAD_INITIALIZER(leaving);
/* Those with answers that may not be read. */
static struct workers answered = TAILQ_HEAD_INITIALIZER(answered);
static struct event answered_due;

/* The channel has gone, or is to go. */
static void
set_broken(struct worker *w)
{
	if (w->is_broken)
		return;
	w->is_broken = 1;
	LIST_INSERT_HEAD(&broken, w, broken);
}

/* No honest worker does that: ctld is told who it is. */
static void
blame(struct worker *w, const char *why)
{
	if (w->is_broken)
		return;
	log_event(LOG_WARN, "A worker broke the protocol",
	    LOG_OWNED("offender", w->key.tenant, w->key.name),
	    LOG_STR("reason", why));
	if (chan_send_nothing(&diald.ctld.chan, MSG_DIAL_OFFENDER, w->line) ==
	    -1)
		diald.has_ended = 1;
	set_broken(w);
}

/* ---- answers */

static void
wait_for_reader(struct worker *w)
{
	static const struct timeval tick = { .tv_sec = 1 };

	w->read_by = clock_now() + READ_WITHIN_S * NS_PER_S;
	TAILQ_INSERT_TAIL(&answered, w, answered);
	if (!event_pending(&answered_due, EV_TIMEOUT, NULL))
		event_add(&answered_due, &tick);
}

static void
forget_unread(struct worker *w)
{
	if (w->unread == 0)
		return;
	share_give(&w->share, w->unread);
	w->unread = 0;
	TAILQ_REMOVE(&answered, w, answered);
}

/* Has it read all that it was told?  The kernel knows. */
static void
settle(struct worker *w)
{
	int bytes;

	if (w->unread == 0 || chan_wants_write(&w->peer.chan) ||
	    ioctl(w->peer.chan.fd, SIOCOUTQ, &bytes) == -1 || bytes > 0)
		return;
	forget_unread(w);
}

static void
answered_expired(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval tick = { .tv_sec = 1 };
	int64_t now = clock_now();
	struct worker *w, *next;

	(void)fd;
	(void)what;
	(void)arg;
	for (w = TAILQ_FIRST(&answered); w != NULL; w = next) {
		next = TAILQ_NEXT(w, answered);
		settle(w);
		if (w->unread > 0 && now >= w->read_by)
			blame(w, "does not read its answers");
	}
	if (!TAILQ_EMPTY(&answered))
		event_add(&answered_due, &tick);
}

/* It takes one of the worker's share along, until it has been read. */
static void
answer(struct worker *w, uint32_t id, const struct dial_result *result, int fd)
{
	if (w->unread++ == 0)
		wait_for_reader(w);
	if (chan_send(&w->peer.chan, MSG_DIALED, id, result, fd) == -1)
		set_broken(w);
	else
		peer_flush(&w->peer);
}

/* More answers than it can have asked for, not one of them read. */
static int
never_reads(const struct worker *w)
{
	return w->peer.chan.out_bytes / sizeof(struct dial_result) > DIALS_MAX;
}

/* ---- dials */

/* NULL: there is no such id. */
static struct slot *
slot_of(struct worker *w, uint32_t id)
{
	struct slot **chunk;
	uint32_t i;

	if (id == 0 || id > DIALS_MAX)
		return NULL;
	chunk = &w->chunks[(id - 1) / SLOTS_PER_CHUNK];
	if (*chunk == NULL) {
		if ((*chunk = calloc(SLOTS_PER_CHUNK, sizeof(**chunk))) == NULL)
			fatal("%s", __func__);
		for (i = 0; i < SLOTS_PER_CHUNK; i++)
			(*chunk)[i].id = (uint16_t)((id - 1) / SLOTS_PER_CHUNK *
				SLOTS_PER_CHUNK +
			    i + 1);
	}
	return *chunk + (id - 1) % SLOTS_PER_CHUNK;
}

static void
worker_dialed(struct dial *d, const struct dial_result *result, int fd)
{
	struct worker *w = d->worker;
	struct slot *s = slot_of(w, d->id);

	s->state = SLOT_FREE;
	s->dial = NULL;
	LIST_REMOVE(d, entry);
	answer(w, d->id, result, fd);
	free(d);
	if (w->queue == QUEUE_STARVED)
		turn_wanted(w);
}

static void
activate(struct worker *w, struct slot *s)
{
	struct dial *d;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		fatal("%s", __func__);
	TAILQ_REMOVE(&w->waiting, s, entry);
	s->state = SLOT_ACTIVE;
	s->dial = d;
	LIST_INSERT_HEAD(&w->active, d, entry);
	d->worker = w;
	d->done = worker_dialed;
	d->id = s->id;
	share_take(&w->share);
	dial_start(d);
}

static int
may_start(struct worker *w)
{
	if (!share_may_take(&w->share))
		settle(w);
	return share_may_take(&w->share);
}

/* ---- what a worker says */

/* Of the last one: why it should not have said that. */
static const char *fault;

static int
malformed(const char *why)
{
	fault = why;
	return -1;
}

static int
on_dial(struct msg *m)
{
	struct worker *w = m->from;
	struct slot *s = slot_of(w, m->id);

	if (s == NULL)
		return malformed("asks for a dial without a number");
	if (s->state != SLOT_FREE)
		return malformed("asks twice for a dial");
	if (never_reads(w))
		return malformed("asks on, and reads no answer");
	s->state = SLOT_WAITING;
	TAILQ_INSERT_TAIL(&w->waiting, s, entry);
	return 0;
}

/* Where there is nothing to cancel, its answer is on its way. */
static int
on_cancel(struct msg *m)
{
	static const struct dial_result result = { .error = ENDPOINT_SYSTEM,
		.sys_errno = ECANCELED };
	struct worker *w = m->from;
	struct slot *s = slot_of(w, m->id);

	if (s == NULL)
		return malformed("cancels a dial without a number");
	if (s->state == SLOT_ACTIVE) {
		dial_stop(s->dial);
		worker_dialed(s->dial, &result, -1);
	} else if (s->state == SLOT_WAITING) {
		TAILQ_REMOVE(&w->waiting, s, entry);
		s->state = SLOT_FREE;
		share_take(&w->share);
		answer(w, m->id, &result, -1);
	}
	return 0;
}

static const struct handler from_worker[MSG_MAX] = {
	[MSG_DIAL] = { on_dial, ALWAYS },
	[MSG_DIAL_CANCEL] = { on_cancel, ALWAYS },
};

/* NULL, or why it should not have said that. */
static const char *
hear(struct worker *w, struct msg *m)
{
	fault = "sent what is no dial";
	return handle(from_worker, ALWAYS, w, m) == -1 ? fault : NULL;
}

/* 1: it may have said more. */
static int
hear_some(struct worker *w, int most)
{
	const char *why = NULL;
	struct msg m;
	int i, r = 1;

	for (i = 0; i < most && why == NULL; i++) {
		if ((r = chan_receive(&w->peer.chan, &m)) != 1)
			break;
		turn_costs(w);
		why = hear(w, &m);
		msg_drop(&m);
	}
	if (r == -1 && errno == EBADMSG)
		why = "sent what is no message";
	if (why != NULL)
		blame(w, why);
	else if (r == -1)
		set_broken(w);
	settle(w);
	return i == most;
}

/* It stays so until it has had its turn. */
static void
worker_readable(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = container_of(arg, struct worker, peer);

	(void)fd;
	(void)what;
	if (w->is_broken)
		return;
	w->has_said = 1;
	turn_wanted(w);
}

static void
worker_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	peer_flush(arg);
}

/* ---- turns */

/* All of its dials have ended. */
static void
worker_free(struct worker *w)
{
	size_t i;

	LIST_REMOVE(w, broken);
	for (i = 0; i < DIALS_MAX / SLOTS_PER_CHUNK; i++)
		free(w->chunks[i]);
	free(w);
}

static void
go_on_with_some(struct worker *w, int most)
{
	struct dial *d;
	int i;

	for (i = 0; i < most && !w->is_broken; i++) {
		if ((d = TAILQ_FIRST(&w->due)) == NULL)
			return;
		dial_go_on(d);
	}
}

static void
start_some(struct worker *w, int most)
{
	struct slot *s;
	int i;

	for (i = 0; i < most && !w->is_broken; i++) {
		if ((s = TAILQ_FIRST(&w->waiting)) == NULL)
			return;
		if (!may_start(w)) {
			turn_put_off(w);
			return;
		}
		activate(w, s);
	}
	if (!TAILQ_EMPTY(&w->waiting) && !w->is_broken)
		turn_wanted(w);
}

/* What a worker leaves behind is no reason for others to wait, either. */
static void
end_some(struct worker *w)
{
	struct dial *d;
	int i;

	for (i = 0; i < ENDS_A_TURN; i++) {
		if ((d = LIST_FIRST(&w->active)) == NULL) {
			worker_free(w);
			return;
		}
		dial_stop(d);
		LIST_REMOVE(d, entry);
		free(d);
		share_give(&w->share, 1);
	}
	turn_wanted_last(w);
}

static int
serve(struct worker *w, int most)
{
	int has_more = 0;

	if (w->is_leaving) {
		end_some(w);
		return 1;
	}
	if (w->has_said && !w->is_broken)
		has_more = hear_some(w, most);
	w->has_said = 0;
	go_on_with_some(w, most);
	start_some(w, most);
	if (!TAILQ_EMPTY(&w->due) && !w->is_broken)
		turn_wanted(w);
	return has_more || w->queue != QUEUE_NONE;
}

/* ---- its life */

/* Of this proxy; or NULL. */
static struct worker *
worker_of(uint32_t proxy_id)
{
	struct worker *w;

	LIST_FOREACH (w, &workers[proxy_id % BUCKETS], entry) {
		if (w->proxy_id == proxy_id && !w->is_broken)
			break;
	}
	return w;
}

/* A proxy has one line: the one before was not good enough for its worker. */
void
worker_open(int fd, uint32_t line, const struct dial_policy *policy)
{
	struct worker *w;

	if ((w = worker_of(policy->proxy_id)) != NULL)
		set_broken(w);
	if ((w = calloc(1, sizeof(*w))) == NULL)
		fatal("%s", __func__);
	w->line = line;
	w->proxy_id = policy->proxy_id;
	w->policy_id = policy->policy_id;
	w->key = policy->key;
	w->upstream = policy->upstream;
	TAILQ_INIT(&w->waiting);
	TAILQ_INIT(&w->due);
	chan_open(&w->peer.chan, fd);
	peer_open(&w->peer, diald.base, worker_readable);
	event_assign(&w->peer.writable, diald.base, fd, EV_WRITE,
	    worker_writable, &w->peer);
	LIST_INSERT_HEAD(&workers[w->proxy_id % BUCKETS], w, entry);
	share_join(&w->share, w->policy_id);
}

/* Its line goes now, and its dials in turns of their own. */
static void
leave(struct worker *w)
{
	LIST_REMOVE(w, broken);
	LIST_REMOVE(w, entry);
	forget_unread(w);
	peer_close(&w->peer);
	share_leave();
	w->is_leaving = 1;
	LIST_INSERT_HEAD(&leaving, w, broken);
	turn_wanted_last(w);
}

/* Those that are broken go now, when nobody holds one any more. */
void
workers_flush(void)
{
	struct worker *w;

	turns_take();
	while ((w = LIST_FIRST(&broken)) != NULL)
		leave(w);
	turns_go_on();
}

void
workers_judge(void)
{
	struct worker *w;
	size_t i;

	for (i = 0; i < BUCKETS; i++)
		LIST_FOREACH (w, &workers[i], entry)
			dials_judge(&w->active);
}

void
workers_open(void)
{
	turns_open(serve);
	evtimer_assign(&answered_due, diald.base, answered_expired, NULL);
}

void
workers_close(void)
{
	struct worker *w;
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		LIST_FOREACH (w, &workers[i], entry)
			set_broken(w);
	}
	workers_flush();
	while ((w = LIST_FIRST(&leaving)) != NULL) {
		turn_not_wanted(w);
		end_some(w);
	}
}

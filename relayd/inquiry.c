/* SPDX-License-Identifier: ISC */
/*
 * What ctld asks of the sessions: one question at a time, which is answered
 * when the sessions have had their turn, so that a change that came behind it
 * has been made by then.
 */

#include <stdlib.h>
#include <string.h>

#include "far.h"
#include "log.h"
#include "own_toxics.h"
#include "relayd.h"

/* A page has few rows where few are wanted: it ends after so many sessions. */
#define LOOKED_AT_MAX 1024

/* Between pages: sessions do not feel who reads all of them, again and again.
 */
#define PAUSE (2 * NS_PER_MS)

static struct {
	uint32_t id; /* 0: nothing is asked */
	struct relay_ask ask;
	struct own_toxic *own; /* what is asked of one; or NULL */
} now;

FAR struct session_page page; /* large, and of no call */

int
inquiry_take(uint32_t id, const struct relay_ask *ask)
{
	if (now.id != 0)
		return -1;
	now.id = id;
	now.ask = *ask;
	return 0;
}

int
inquiry_take_own(uint32_t id, const struct own_toxic *own)
{
	if (inquiry_take(id, &own->of.ask) == -1)
		return -1;
	if ((now.own = malloc(sizeof(*own))) == NULL)
		fatal("%s", __func__);
	memcpy(now.own, own, sizeof(*own));
	return 0;
}

void
inquiry_forget(void)
{
	now.id = 0;
	free(now.own);
	now.own = NULL;
}

/* ---- what a session is */

static enum session_state
state_of(const struct session *s)
{
	if (s->dialling)
		return SESSION_DIALS;
	if (s->drains)
		return SESSION_DRAINS;
	return s->pipes[STREAM_UPSTREAM].source_ended ||
		s->pipes[STREAM_DOWNSTREAM].source_ended
	    ? SESSION_IS_HALF_CLOSED
	    : SESSION_IS_OPEN;
}

static int
is_of_client(const struct address *a)
{
	struct address client = now.ask.client;

	if (client.family == 0)
		return 1;
	if (client.port == 0)
		client.port = a->port;
	if (client.scope == 0)
		client.scope = a->scope;
	return address_equal(&client, a);
}

static int
is_wanted(const struct session *s)
{
	return (now.ask.states & 1U << state_of(s)) != 0 &&
	    is_of_client(&s->client);
}

static void
fill(struct session_row *row, const struct session *s)
{
	const struct pipe *p;
	int i;

	row->number = s->number;
	row->age_ms = (uint64_t)((clock_now() - s->opened) / NS_PER_MS);
	row->client = s->client;
	row->upstream = s->reached;
	row->state = (uint8_t)state_of(s);
	for (i = 0; i < STREAM_MAX; i++) {
		p = &s->pipes[i];
		row->sent[i] = p->sent;
		if (p->flow != NULL)
			row->held += p->flow->chain.held;
		if (p->kernel != NULL)
			row->held += p->kernel->held;
	}
}

static void
fill_work(struct toxic_work *work, const struct stage *stage)
{
	work->is_at_work = stage->active;
	work->has_hit = stage->has_hit;
	work->delayed = stage->delayed;
	work->dropped = stage->dropped;
	work->slices = stage->slices;
	work->cuts = stage->cuts;
	if (toxic_select_is_set(&stage->toxic->select)) {
		work->decided = stage->decided;
		work->index = stage_index(stage);
	}
}

static void
say_work_of(const struct session *s, const struct toxics *toxics)
{
	const struct stage *stage;
	const struct toxic *t;
	struct toxic_work work;

	TAILQ_FOREACH (t, toxics, entry) {
		memset(&work, 0, sizeof(work));
		memcpy(work.name, t->spec->name, sizeof(work.name));
		work.kind = t->spec->kind;
		work.stream = t->spec->stream;
		work.is_own = t->is_own != 0;
		stage = pipe_toxic_stage(&s->pipes[work.stream], t);
		if (stage != NULL)
			fill_work(&work, stage);
		if (chan_send(&relay.ctld.chan, MSG_RELAY_TOXIC_WORK, now.id,
			&work, -1) == -1)
			log_warn("%s", __func__);
	}
}

static void
say_work(const struct session *s)
{
	say_work_of(s, &relay.toxics);
	if (s->has_own)
		say_work_of(s, own_toxics_of(s));
}

static void
say_own(const struct toxic *t)
{
	struct toxic_spec spec;

	toxic_spec_copy(&spec, t->spec);
	if (chan_send(
		&relay.ctld.chan, MSG_RELAY_OWN_TOXIC, now.id, &spec, -1) == -1)
		log_warn("%s", __func__);
}

static void
say_all_own(const struct session *s)
{
	const struct toxic *t;

	if (!s->has_own)
		return;
	TAILQ_FOREACH (t, own_toxics_of(s), entry)
		say_own(t);
}

/*
 * It is said before the session has its turn, which may be its last; and how
 * many there are, which ctld counts.
 */
static void
see_to_own(struct session *s)
{
	const struct toxic *t;

	page.outcome = own_toxics_ask(s, now.own, &t);
	if (t != NULL && page.outcome == OWN_DONE)
		say_own(t);
	if (page.outcome == OWN_DONE)
		counters_answer(0);
	sessions_run();
}

/* ---- what is wished */

/* A page that was begun with an earlier worker goes on with all of this one. */
static uint64_t
begin_at(void)
{
	return now.ask.assignment == relay.assignment ? now.ask.number : 0;
}

static void
list(void)
{
	const struct session *s = NULL;
	int n;

	if (now.ask.assignment <= relay.assignment)
		s = roll_from(begin_at());
	for (n = 0; s != NULL && n < LOOKED_AT_MAX; n++, s = roll_next(s)) {
		if (!is_wanted(s))
			continue;
		if (page.n == SESSIONS_PAGE)
			break;
		fill(&page.rows[page.n++], s);
	}
	page.next = s != NULL ? s->number : 0;
}

static void
list_ended(void)
{
	struct session_ended row;
	uint64_t place = begin_at();
	int n = 0;

	while (now.ask.assignment <= relay.assignment &&
	    ended_show(&place, &row)) {
		if (!is_of_client(&row.client))
			continue;
		if (chan_send(&relay.ctld.chan, MSG_RELAY_ENDED, now.id, &row,
			-1) == -1)
			log_warn("%s", __func__);
		if (++n == SESSIONS_PAGE) {
			page.next = place;
			return;
		}
	}
}

static void
see_to_one(void)
{
	struct session *s = NULL;

	if (now.ask.assignment == relay.assignment)
		s = roll_from(now.ask.number);
	if (s == NULL || s->number != now.ask.number)
		return;
	fill(&page.rows[page.n++], s);
	if (now.own != NULL)
		see_to_own(s);
	else if (now.ask.wish == WISH_ONE)
		say_work(s);
	else if (now.ask.wish == WISH_OWN_TOXICS)
		say_all_own(s);
	else
		session_end_as_asked(s, now.ask.wish == WISH_RESET);
}

/* The pass of the loop that it makes happen answers. */
static void
pause_is_over(struct deadline *d)
{
	(void)d;
}

static int
is_too_early(void)
{
	static struct deadline pause = { .expired = pause_is_over };
	static int64_t last = -PAUSE;
	const int64_t t = clock_now();

	if (now.ask.wish != WISH_PAGE && now.ask.wish != WISH_ENDED)
		return 0;
	if (t - last < PAUSE) {
		if (pause.index == 0)
			deadline_set(&pause, last + PAUSE);
		return 1;
	}
	last = t;
	return 0;
}

static void
answer(void)
{
	memset(&page, 0, sizeof(page));
	page.assignment = relay.assignment;
	page.connections = relay.next_session;
	if (now.ask.wish == WISH_PAGE)
		list();
	else if (now.ask.wish == WISH_ENDED)
		list_ended();
	else
		see_to_one();
	if (chan_send(&relay.ctld.chan, MSG_RELAY_PAGE, now.id, &page, -1) ==
	    -1)
		log_warn("%s", __func__);
	inquiry_forget();
}

void
inquiry_run(void)
{
	if (now.id != 0 && !chan_wants_write(&relay.ctld.chan) &&
	    !is_too_early())
		answer();
}

void
inquiry_run_own(void)
{
	if (now.own != NULL)
		answer();
}

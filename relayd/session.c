/* SPDX-License-Identifier: ISC */
/*
 * A client, its upstream, and the two pipes between them.  A session is run
 * from the ready queue only, and one that has ended is freed after the pass of
 * the loop, so nobody meets a session that has been freed.
 */

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connect.h"
#include "log.h"
#include "loss.h"
#include "relayd.h"

/* Memory that is short for so long is taken from sessions that drain. */
#define SHORT_FOR NS_PER_S

/*
 * What comes with an end or an error is kept: as long as there was neither, a
 * read that took all there was need not be repeated.  An error is found by the
 * next read; where none is to come it is asked for.
 */
static void
side_event(struct session *s, enum side side, uint32_t events)
{
	struct pipe *from = &s->pipes[side], *to = &s->pipes[!side];

	if ((events & EPOLLIN) != 0 && from->readable &&
	    s->queue != QUEUE_READY)
		session_hear_no_more(s, side);
	if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
		from->readable = from->hung_up = 1;
	if ((events & EPOLLPRI) != 0)
		from->readable = from->is_marked = 1;
	if ((events & EPOLLIN) != 0)
		from->readable = 1;
	if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0)
		to->writable = 1;
	if ((events & EPOLLERR) != 0)
		s->suspect |= (uint8_t)(1U << side);
	session_ready(s);
}

static void
client_event(struct watch *w, uint32_t events)
{
	side_event(container_of(w, struct session, sides[SIDE_CLIENT]),
	    SIDE_CLIENT, events);
}

static void
upstream_event(struct watch *w, uint32_t events)
{
	side_event(container_of(w, struct session, sides[SIDE_UPSTREAM]),
	    SIDE_UPSTREAM, events);
}

/* The session owns fd. */
void
session_open(int fd, const struct address *client)
{
	struct session *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		fatal("%s", __func__);
	s->number = relay.next_session++;
	s->opened = clock_now();
	s->client = *client;
	s->dialling = 1;
	s->sides[SIDE_CLIENT].on = client_event;
	s->sides[SIDE_UPSTREAM].on = upstream_event;
	s->sides[SIDE_UPSTREAM].fd = -1;
	random_seed(&s->random, relay.random_seed, relay.name,
	    relay.first_session + s->number);
	pipe_init(&s->pipes[STREAM_UPSTREAM], STREAM_UPSTREAM);
	pipe_init(&s->pipes[STREAM_DOWNSTREAM], STREAM_DOWNSTREAM);
	TAILQ_INSERT_TAIL(&relay.sessions, s, entry);
	roll_add(s);
	relay.counters.sessions++;
	relay.counters.open_sessions++;
	session_log_accepted(s);
	late_dial(s);
	if (session_watch(s, SIDE_CLIENT, fd) == -1)
		session_close(s, END_UNWATCHED);
}

/* The session owns fd.  Timers of toxics start here. */
static void
connected(struct session *s, int fd, const struct address *reached)
{
	s->dialling = 0;
	s->reached = *reached;
	s->ended_by = NULL;
	if (session_watch(s, SIDE_UPSTREAM, fd) == -1) {
		session_close(s, END_UNWATCHED);
		return;
	}
	histogram_note(&relay.counters.dialled, clock_now() - s->opened);
	toxic_list_start(s);
	loss_settle(s); /* before the upstream has anything to answer */
	session_log_connected(s);
	session_ready(s);
}

static void
dial_failed(struct session *s, const struct dial_result *result)
{
	session_log_dial_failed(s, result);
	s->dialling = 0;
	s->ended_by = NULL;
	relay.counters.dial_failures++;
	relay.counters.dial_error = *result;
	session_close(s, END_NO_UPSTREAM);
}

void
sessions_init(void)
{
	static const struct dial_ends ends = {
		.connected = connected,
		.was_reset = session_upstream_was_reset,
		.failed = dial_failed,
	};

	TAILQ_INIT(&relay.sessions);
	ready_init();
	dialer_init(&ends);
}

/*
 * One turn.  Downstream first: what an upstream said before it hung up is
 * passed on before a write to it fails.
 */
static void
session_run(struct session *s)
{
	enum verdict v;
	int i, goes_on = 0;

	for (i = STREAM_MAX - 1; i >= 0 && !s->dialling; i--) {
		v = pipe_run(&s->pipes[i]);
		if (session_judge(s, &s->pipes[i], v))
			v = PIPE_GOES_ON;
		goes_on |= v == PIPE_GOES_ON;
	}
	if (goes_on)
		session_ready(s);
	else if (pipe_waits_for_budget(&s->pipes[STREAM_UPSTREAM]) ||
	    pipe_waits_for_budget(&s->pipes[STREAM_DOWNSTREAM]))
		session_waits(s);
	else if (pipe_waits_for_pace(&s->pipes[STREAM_UPSTREAM]) ||
	    pipe_waits_for_pace(&s->pipes[STREAM_DOWNSTREAM]))
		pace_wait(s);
	session_look_for_resets(s);
	loss_settle(s);
	session_settle(s);
}

/* Not before there is room for some, or they would come one by one. */
static int
memory_is_short(void)
{
	size_t room = budget_room(&relay.budget);

	return room < CHUNK_COST || room < relay.budget.max / 8;
}

/* Nobody has let go of any, and there is none to be borrowed. */
static void
shortage_lasts(struct deadline *d)
{
	(void)d;
	while (sessions_wait_alive() && memory_is_short() &&
	    sessions_may_give_way())
		sessions_give_way();
}

static struct deadline shortage = { .expired = shortage_lasts };

static void
see_to_waiting(void)
{
	if (!memory_is_short()) {
		deadline_set(&shortage, CLOCK_NEVER);
		sessions_wake();
	} else if (shortage.index == 0 && sessions_may_give_way())
		deadline_set(&shortage, clock_now() + SHORT_FOR);
}

void
sessions_run(void)
{
	struct session *s;
	size_t n;

	for (n = sessions_ready(); n > 0; n--) {
		if ((s = session_next_ready()) == NULL)
			break;
		session_run(s);
	}
	if (sessions_wait())
		see_to_waiting();
}

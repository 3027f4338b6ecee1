/* SPDX-License-Identifier: ISC */
/*
 * How sessions end.  A side that has died is let go of at once when all has
 * been read of it; what is on its way from there drains, as its toxics let
 * it, and then the other side is reset.  Such sessions have no client, or no
 * upstream: where there is too little room for the living, they give way.
 */

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connect.h"
#include "own_toxics.h"

static struct sessions dead = TAILQ_HEAD_INITIALIZER(dead);

/* They are the first of all, in the order in which it began. */
static struct session *last_draining;

static void
side_close(struct session *s, enum side side, int reset)
{
	int fd = session_fd(s, side);

	if (fd == -1)
		return;
	if (reset)
		reset_on_close(fd);
	/* Of an upstream diald may have a copy yet, which would go on calling:
	 * close(2) alone would not take it out of the loop. */
	if (side == SIDE_UPSTREAM)
		watch_remove(&s->sides[side]);
	s->sides[side].fd = -1;
	close(fd);
}

static void
drain(struct session *s)
{
	if (s->drains)
		return;
	s->drains = 1;
	TAILQ_REMOVE(&relay.sessions, s, entry);
	if (last_draining != NULL)
		TAILQ_INSERT_AFTER(&relay.sessions, last_draining, s, entry);
	else
		TAILQ_INSERT_HEAD(&relay.sessions, s, entry);
	last_draining = s;
}

static void
take_out(struct session *s)
{
	if (s == last_draining)
		last_draining = TAILQ_PREV(s, sessions, entry);
	TAILQ_REMOVE(&relay.sessions, s, entry);
	roll_remove(s);
}

static int
is_by_reset(enum session_end end)
{
	return end == END_CLIENT_RESET || end == END_UPSTREAM_RESET ||
	    end == END_TOXIC_RESET || end == END_GAVE_WAY || end == END_STUCK ||
	    end == END_ASKED_RESET;
}

/*
 * The one way out.  Nothing touches the session after it but the loop, which
 * may have one more event for it in hand.
 */
void
session_close(struct session *s, enum session_end end)
{
	if (s->dialling) {
		if (s->is_late)
			late_dial_forget(s);
		else
			dialer_forget(s);
		s->ended_by = NULL;
	} else if (end != END_NO_UPSTREAM) {
		histogram_note(&relay.counters.lasted, clock_now() - s->opened);
	}
	s->end = (uint8_t)end;
	session_log_closed(s);
	ended_note(s);
	session_dequeue(s);
	take_out(s);
	side_close(s, SIDE_CLIENT, is_by_reset(end));
	side_close(s, SIDE_UPSTREAM, is_by_reset(end));
	pipe_free(&s->pipes[STREAM_UPSTREAM]);
	pipe_free(&s->pipes[STREAM_DOWNSTREAM]);
	own_toxics_free(s);
	TAILQ_INSERT_TAIL(&dead, s, queued);
	relay.counters.open_sessions--;
	tidy_later();
}

/* The first thing that went wrong is to blame for the rest. */
static void
blame(struct session *s, enum session_end end)
{
	if (s->end == END_NONE)
		s->end = (uint8_t)end;
}

/*
 * A failed write, and asking, take the error away: it is remembered here that
 * the side has failed.  What it had sent before may still be read.
 */
static void
side_died(struct session *s, enum side side, int has_no_more)
{
	blame(s, side == SIDE_CLIENT ? END_CLIENT_RESET : END_UPSTREAM_RESET);
	s->dead |= (uint8_t)(1U << side);
	pipe_abandon(&s->pipes[!side]);
	pipe_source_died(&s->pipes[side], has_no_more);
	drain(s);
}

void
session_upstream_was_reset(struct session *s)
{
	if (session_fd(s, SIDE_UPSTREAM) != -1)
		side_died(s, SIDE_UPSTREAM, 0);
}

/* Both ways, but for a side that is dead. */
static void
stop(struct session *s, enum farewell how)
{
	int i;

	for (i = 0; i < STREAM_MAX; i++) {
		if ((s->dead & 1U << !i) == 0)
			pipe_stop(&s->pipes[i], how);
		else
			pipe_free(&s->pipes[i]);
	}
}

static void
toxic_ends(struct session *s, struct pipe *p, enum farewell how)
{
	if (s->end == END_NONE) {
		s->ended_by = p->flow->chain.ended_by;
		p->flow->chain.ended_by = NULL;
	}
	blame(s, how == FAREWELL_RESET ? END_TOXIC_RESET : END_TOXIC_CLOSE);
	stop(s, how);
}

/* A close goes behind what has been let through, as a toxic's does. */
void
session_end_as_asked(struct session *s, int by_reset)
{
	if (by_reset || s->dialling) {
		session_close(s, by_reset ? END_ASKED_RESET : END_ASKED_CLOSE);
		return;
	}
	blame(s, END_ASKED_CLOSE);
	stop(s, FAREWELL_CLOSE);
	session_ready(s);
}

static void
part(struct session *s, struct pipe *p)
{
	side_close(s, (enum side) !p->stream, p->farewell == FAREWELL_RESET);
	pipe_abandon(p);
}

int
session_judge(struct session *s, struct pipe *p, enum verdict v)
{
	enum side source = (enum side)p->stream;

	switch (v) {
	case PIPE_WAITS:
	case PIPE_GOES_ON:
		return 0;
	case PIPE_SOURCE_FAILED:
		side_died(s, source, 1);
		break;
	case PIPE_SINK_FAILED:
		side_died(s, (enum side) !source, 0);
		break;
	case PIPE_CLOSED:
		toxic_ends(s, p, FAREWELL_CLOSE);
		break;
	case PIPE_RESET:
		toxic_ends(s, p, FAREWELL_RESET);
		break;
	case PIPE_PARTED:
		part(s, p);
		break;
	}
	return 1;
}

static int
has_error(int fd)
{
	socklen_t len = sizeof(int);
	int error;

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1 ||
	    error != 0;
}

/* What a client has sent before it went is for the upstream, once there is. */
static void
look_while_dialling(struct session *s)
{
	char byte;

	s->suspect = 0;
	if (recv(session_fd(s, SIDE_CLIENT), &byte, 1,
		MSG_PEEK | MSG_DONTWAIT) > 0)
		drain(s);
	else
		blame(s, END_CLIENT_RESET);
}

/* Has a side been reset that nobody reads from? */
void
session_look_for_resets(struct session *s)
{
	uint8_t suspect = s->suspect & (uint8_t)~s->dead;
	int side;

	if (s->dialling && suspect != 0) {
		look_while_dialling(s);
		return;
	}
	s->suspect = 0;
	for (side = SIDE_CLIENT; side < SIDE_MAX; side++) {
		if ((suspect & 1U << side) == 0 ||
		    session_fd(s, (enum side)side) == -1 ||
		    (!s->pipes[side].readable && !s->pipes[side].source_ended))
			continue;
		if (has_error(session_fd(s, (enum side)side))) {
			side_died(s, (enum side)side, 0);
			session_ready(s);
		}
	}
}

/* The dead need no descriptor when nothing is left to be read of them. */
static void
close_dead_sides(struct session *s)
{
	int side;

	for (side = SIDE_CLIENT; side < SIDE_MAX; side++) {
		if ((s->dead & 1U << side) != 0 && s->pipes[side].source_ended)
			side_close(s, (enum side)side, 0);
	}
}

static int
has_gone(const struct session *s)
{
	return (session_fd(s, SIDE_CLIENT) == -1 &&
		   session_fd(s, SIDE_UPSTREAM) == -1) ||
	    s->dead == (1U << SIDE_CLIENT | 1U << SIDE_UPSTREAM);
}

/* Nobody comes of it any more by himself, nor does a byte. */
static int
hangs(const struct session *s)
{
	return pipe_hangs(&s->pipes[STREAM_UPSTREAM]) ||
	    pipe_hangs(&s->pipes[STREAM_DOWNSTREAM]);
}

void
session_settle(struct session *s)
{
	const struct pipe *up = &s->pipes[STREAM_UPSTREAM];
	const struct pipe *down = &s->pipes[STREAM_DOWNSTREAM];

	if (s->dialling) {
		if (s->end != END_NONE)
			session_close(s, (enum session_end)s->end);
		return;
	}
	close_dead_sides(s);
	if ((up->source_ended && down->source_ended) ||
	    (hangs(s) && up->hung_up && down->hung_up))
		drain(s);
	if (has_gone(s))
		session_close(s, (enum session_end)s->end);
	else if (s->end == END_NONE && up->done && down->done)
		session_close(s, END_BOTH_FIN);
	else if (relay.is_final && s->drains &&
	    (hangs(s) || (pipe_is_stuck(up) && pipe_is_stuck(down))))
		session_close(s, END_STUCK);
}

int
sessions_may_give_way(void)
{
	return last_draining != NULL;
}

void
sessions_give_way(void)
{
	relay.counters.gave_way++;
	session_close(TAILQ_FIRST(&relay.sessions), END_GAVE_WAY);
}

void
sessions_free_dead(void)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&dead)) != NULL) {
		TAILQ_REMOVE(&dead, s, queued);
		free(s->ended_by);
		free(s);
	}
}

void
sessions_close(void)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&relay.sessions)) != NULL)
		session_close(s, END_WORKER);
	sessions_free_dead();
}

/* SPDX-License-Identifier: ISC */
/*
 * A client, its upstream, and the two pipes between them.  A session is run
 * from the ready queue only, and ends there, so nobody meets a session that
 * has been freed.
 */

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "relayd.h"

static struct sessions ready, waiting, dead;
static size_t nready;

void
sessions_init(void)
{
	TAILQ_INIT(&relay.sessions);
	TAILQ_INIT(&ready);
	TAILQ_INIT(&waiting);
	TAILQ_INIT(&dead);
	dialer_init();
}

struct session *
session_of(const struct pipe *p)
{
	return container_of(p - p->stream, struct session, pipes);
}

int
session_fd(const struct session *s, enum side side)
{
	return s->sides[side].fd;
}

static void
dequeue(struct session *s)
{
	if (s->queue == QUEUE_READY) {
		TAILQ_REMOVE(&ready, s, queued);
		nready--;
	} else if (s->queue == QUEUE_WAITING) {
		TAILQ_REMOVE(&waiting, s, queued);
	}
	s->queue = QUEUE_NONE;
}

/* It will be run in this pass of the loop, or the next. */
void
session_ready(struct session *s)
{
	if (s->queue == QUEUE_READY)
		return;
	dequeue(s);
	TAILQ_INSERT_TAIL(&ready, s, queued);
	s->queue = QUEUE_READY;
	nready++;
}

static void
session_wait(struct session *s)
{
	dequeue(s);
	TAILQ_INSERT_TAIL(&waiting, s, queued);
	s->queue = QUEUE_WAITING;
}

static void
side_close(struct session *s, enum side side, int reset)
{
	static const struct linger at_once = { .l_onoff = 1 };
	int fd = session_fd(s, side);

	if (fd == -1)
		return;
	if (reset)
		setsockopt(
		    fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	/* Of an upstream diald may have a copy yet, which would go on calling:
	 * close(2) alone would not take it out of the loop. */
	if (side == SIDE_UPSTREAM)
		loop_remove(&s->sides[side]);
	s->sides[side].fd = -1;
	close(fd);
}

/*
 * The one way out.  Nothing touches the session after it but the loop, which
 * may have one more event for it in hand.
 */
static void
session_close(struct session *s, int reset, const char *why)
{
	if (s->dialling)
		dialer_forget(s);
	session_log_closed(s, why);
	dequeue(s);
	TAILQ_REMOVE(&relay.sessions, s, entry);
	side_close(s, SIDE_CLIENT, reset);
	side_close(s, SIDE_UPSTREAM, reset);
	pipe_free(&s->pipes[STREAM_UPSTREAM]);
	pipe_free(&s->pipes[STREAM_DOWNSTREAM]);
	TAILQ_INSERT_TAIL(&dead, s, queued);
	relay.counters.open_sessions--;
	listener_resume();
	tidy_later();
}

/*
 * What comes with an end or an error is kept: as long as there was neither, a
 * read that took all there was need not be repeated.  An error is found by the
 * next read; where none is to come it is asked for.
 */
static void
side_event(struct session *s, enum side side, uint32_t events)
{
	struct pipe *from = &s->pipes[side], *to = &s->pipes[!side];

	if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
		from->readable = from->hung_up = 1;
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

/* fd belongs to the session from here on.  0, or -1: it cannot be watched. */
static int
side_open(struct session *s, enum side side, int fd)
{
	return loop_add(
	    &s->sides[side], fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

/* The session owns fd. */
void
session_open(int fd, const struct address *client)
{
	struct session *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		fatal("%s", __func__);
	s->number = relay.next_session++;
	s->client = *client;
	s->dialling = 1;
	s->sides[SIDE_CLIENT].on = client_event;
	s->sides[SIDE_UPSTREAM].on = upstream_event;
	s->sides[SIDE_UPSTREAM].fd = -1;
	random_seed(&s->random, relay.random_seed, relay.name, s->number);
	pipe_init(&s->pipes[STREAM_UPSTREAM], STREAM_UPSTREAM);
	pipe_init(&s->pipes[STREAM_DOWNSTREAM], STREAM_DOWNSTREAM);
	TAILQ_INSERT_TAIL(&relay.sessions, s, entry);
	relay.counters.sessions++;
	relay.counters.open_sessions++;
	session_log_accepted(s);
	dialer_ask(s);
	if (side_open(s, SIDE_CLIENT, fd) == -1)
		session_close(s, 0, "cannot be watched");
}

/* The session owns fd.  Timers of toxics start here. */
void
session_connected(struct session *s, int fd)
{
	s->dialling = 0;
	if (side_open(s, SIDE_UPSTREAM, fd) == -1) {
		session_close(s, 0, "cannot be watched");
		return;
	}
	toxic_list_start(s);
	session_log_connected(s);
	session_ready(s);
}

void
session_dial_failed(struct session *s)
{
	s->dialling = 0;
	relay.counters.dial_failures++;
	session_close(s, 0, "no upstream");
}

/* Has a side been reset that nobody reads from? */
static int
is_reset(struct session *s)
{
	uint8_t suspect = s->suspect;
	socklen_t len = sizeof(int);
	int error, side;

	s->suspect = 0;
	for (side = SIDE_CLIENT; side < SIDE_MAX; side++) {
		if ((suspect & 1U << side) == 0 ||
		    (!s->pipes[side].readable && !s->pipes[side].source_ended))
			continue;
		if (getsockopt(session_fd(s, (enum side)side), SOL_SOCKET,
			SO_ERROR, &error, &len) == -1 ||
		    error != 0)
			return 1;
	}
	return 0;
}

static const struct ending {
	const char *why;
	int reset;
} endings[] = {
	[PIPE_SOURCE_FAILED] = { "source reset", 1 },
	[PIPE_SINK_FAILED] = { "destination gone", 1 },
	[PIPE_CLOSED] = { "closed by a toxic", 0 },
	[PIPE_RESET] = { "reset by a toxic", 1 },
};

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
		if (v != PIPE_WAITS && v != PIPE_GOES_ON) {
			session_close(s, endings[v].reset, endings[v].why);
			return;
		}
		goes_on |= v == PIPE_GOES_ON;
	}
	if (goes_on)
		session_ready(s);
	else if (pipe_waits_for_budget(&s->pipes[STREAM_UPSTREAM]) ||
	    pipe_waits_for_budget(&s->pipes[STREAM_DOWNSTREAM]))
		session_wait(s);
	if (is_reset(s))
		session_close(s, 1, "reset");
	else if (s->pipes[STREAM_UPSTREAM].done &&
	    s->pipes[STREAM_DOWNSTREAM].done)
		session_close(s, 0, "both sides have ended");
}

/* Not before there is room for some, or they would come one by one. */
static void
wake_waiting(void)
{
	struct session *s;

	size_t room = budget_room(&relay.budget);

	if (room < CHUNK_COST || room < relay.budget.max / 8)
		return;
	while ((s = TAILQ_FIRST(&waiting)) != NULL)
		session_ready(s);
}

void
sessions_run(void)
{
	struct session *s;
	size_t n;

	for (n = nready; n > 0 && (s = TAILQ_FIRST(&ready)) != NULL; n--) {
		dequeue(s);
		session_run(s);
	}
	if (!TAILQ_EMPTY(&waiting))
		wake_waiting();
}

int
sessions_are_ready(void)
{
	return nready > 0;
}

int
sessions_wait(void)
{
	return !TAILQ_EMPTY(&waiting);
}

void
sessions_free_dead(void)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&dead)) != NULL) {
		TAILQ_REMOVE(&dead, s, queued);
		free(s);
	}
}

void
sessions_close(void)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&relay.sessions)) != NULL)
		session_close(s, 0, "worker ends");
	sessions_free_dead();
}

/* SPDX-License-Identifier: ISC */
/*
 * One direction: source -> stages -> destination.  Back-pressure lives here: a
 * source is read only while its bytes have somewhere to go.
 */

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "far.h"
#include "relayd.h"

/* What one pipe may move before others have their turn. */
#define TURN_MAX ((size_t)1024 * 1024)

/* A read that brings so much is bulk; so are some smaller ones after it. */
#define BULK_MIN ((ssize_t)64 * 1024)
#define BULK_PATIENCE 16

/* Where there is room for less, plain bytes are not taken before they go. */
#define PLAIN_MIN ((size_t)16 * 1024)

/* Of the whole worker: nothing stays in it from one call to the next. */
FAR uint8_t buffer[256 * 1024];

void
pipe_init(struct pipe *p, enum toxic_stream stream)
{
	p->stream = (uint8_t)stream;
	p->writable = 1;
}

static void
source_ends(struct pipe *p)
{
	p->source_ended = 1;
	if (p->flow != NULL)
		chain_feed_eof(&p->flow->chain, clock_now());
}

static void
source_is_dry(struct pipe *p)
{
	p->readable = 0;
	session_hear(session_of(p), (enum side)p->stream);
}

/*
 * What a read has come to: n; 0: none for now, or never again; -1: failed.
 * One of fewer bytes than were asked for has taken all there was, and what
 * comes later makes an edge of its own; but an end or a reset that is there
 * already makes no other.  The dead have no more than what is there.  Before an
 * urgent byte a read stops, and the next leaves it out: it goes no further.
 */
static ssize_t
source_gave(struct pipe *p, ssize_t n, size_t asked)
{
	if (n > 0) {
		relay.counters.received[p->stream] += (uint64_t)n;
		if (relay.pace.share != 0)
			relay.pace.left -= n;
		if ((size_t)n < asked && !p->hung_up && !p->is_marked)
			source_is_dry(p);
		return n;
	}
	if (n == -1 && errno != EAGAIN)
		return -1;
	p->is_marked = 0;
	source_is_dry(p);
	if (n == 0 || p->farewell != FAREWELL_FIN)
		source_ends(p);
	return 0;
}

/* Into the buffer; flags of recv(2). */
static ssize_t
source_receive(const struct pipe *p, size_t size, int flags)
{
	ssize_t n;

	do
		n = recv(pipe_source(p), buffer, size, MSG_DONTWAIT | flags);
	while (n == -1 && errno == EINTR);
	return n;
}

static ssize_t
source_read(struct pipe *p, size_t size)
{
	return source_gave(p, source_receive(p, size, 0), size);
}

static ssize_t
source_read_into(struct pipe *p, struct iovec *iov, size_t niov, size_t size)
{
	struct msghdr mh = { .msg_iov = iov, .msg_iovlen = niov };
	ssize_t n;

	do
		n = recvmsg(pipe_source(p), &mh, MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	return source_gave(p, n, size);
}

/* The end has come to the sink, or cannot, because that does not take. */
static int
is_leaving(const struct pipe *p)
{
	if (p->farewell == FAREWELL_RESET && !p->writable)
		return 1;
	return p->flow != NULL ? p->flow->chain.end != CHAIN_OPEN
			       : p->source_ended;
}

/*
 * Writes what is due; has this direction, or the session, come to its end?
 * What is in the kernel's pipe came before all that the chain holds.
 */
static enum verdict
deliver(struct pipe *p, struct turn *t)
{
	if (sink_splice(p) == -1)
		return PIPE_SINK_FAILED;
	if (p->kernel == NULL && p->flow != NULL && sink_write_out(p, t) == -1)
		return PIPE_SINK_FAILED;
	return is_leaving(p) ? farewell(p) : PIPE_GOES_ON;
}

static int
is_plain(const struct pipe *p)
{
	return p->flow == NULL || chain_is_idle(&p->flow->chain);
}

static int
pace_allows(void)
{
	return relay.pace.share == 0 || pace_has_some();
}

static int
may_read(const struct pipe *p)
{
	const struct chain *c;

	if (!p->readable || p->source_ended || !pace_allows())
		return 0;
	if (is_plain(p))
		return p->writable;
	c = &p->flow->chain;
	return c->nseeing > 0 && !c->source_done && !chain_is_full(c);
}

/* How much may be read ahead of knowing what the destination takes. */
static size_t
plain_room(void)
{
	size_t room = budget_room(&relay.budget);
	size_t most = sizeof(buffer), costs = sizeof(buffer) / CHUNK_MAX;

	costs *= sizeof(struct chunk);
	if (room < costs + PLAIN_MIN)
		return 0;
	return room - costs < most ? room - costs : most;
}

/*
 * There is no room for what the destination does not take: that stays where it
 * is.  This goes on at any time, and asks nobody for memory.
 */
static enum verdict
move_peeked(struct pipe *p, struct turn *t)
{
	ssize_t n = source_receive(p, sizeof(buffer), MSG_PEEK), sent;
	size_t asked;

	if (n <= 0)
		return source_gave(p, n, sizeof(buffer)) == -1
		    ? PIPE_SOURCE_FAILED
		    : PIPE_GOES_ON;
	if ((sent = sink_write(p, buffer, (size_t)n)) == -1)
		return PIPE_SINK_FAILED;
	if (sent == 0)
		return PIPE_GOES_ON;
	asked = sent == n ? sizeof(buffer) : (size_t)sent;
	if (source_receive(p, (size_t)sent, 0) != sent)
		return PIPE_SOURCE_FAILED;
	(void)source_gave(p, sent, asked);
	t->bytes += (size_t)sent;
	return PIPE_GOES_ON;
}

/*
 * No toxic wants to see the bytes: from source to destination, and only what
 * the destination does not take is kept.  t->bytes grows by what was read.
 */
static enum verdict
move_plain(struct pipe *p, struct turn *t)
{
	size_t room = plain_room();
	ssize_t n, sent;

	if (room == 0)
		return move_peeked(p, t);
	if ((n = source_read(p, room)) == -1)
		return PIPE_SOURCE_FAILED;
	if (n == 0)
		return PIPE_GOES_ON;
	if (n >= BULK_MIN)
		p->bulk = BULK_PATIENCE;
	if ((sent = sink_write(p, buffer, (size_t)n)) == -1)
		return PIPE_SINK_FAILED;
	if (sent < n)
		chain_feed(&pipe_flow(p)->chain, buffer + sent,
		    (size_t)(n - sent), clock_now());
	t->bytes += (size_t)n;
	return PIPE_GOES_ON;
}

/*
 * The same without a copy.  It is dearer than two calls for a few bytes, so
 * that a stream which has become a trickle goes back to them.
 */
static enum verdict
move_bulk(struct pipe *p, struct turn *t)
{
	ssize_t n = splice_in(pipe_source(p), &p->kernel);

	if (n == 0 || (n == -1 && errno == ENOBUFS)) {
		p->bulk = 0;
		return PIPE_GOES_ON;
	}
	/* a pipe may be full before the source is empty: no short read */
	if ((n = source_gave(p, n, 0)) == -1)
		return PIPE_SOURCE_FAILED;
	p->bulk = n >= BULK_MIN ? BULK_PATIENCE : p->bulk - (n > 0);
	t->bytes += (size_t)n;
	return PIPE_GOES_ON;
}

static enum verdict
move_through_chain(struct pipe *p, struct turn *t)
{
	struct chain *c = &p->flow->chain;
	struct iovec iov[CHAIN_IOV];
	size_t niov = chain_room(c, iov);
	ssize_t n;

	if ((n = source_read_into(p, iov, niov, niov * CHUNK_MAX)) == -1)
		return PIPE_SOURCE_FAILED;
	if (n > 0)
		chain_take(c, (size_t)n, clock_now());
	t->bytes += (size_t)n;
	return PIPE_GOES_ON;
}

/* The last piece has left: is there another?  Or there may be memory. */
static int
make_room(struct pipe *p)
{
	struct chain *c;

	if (p->flow == NULL)
		return 0;
	c = &p->flow->chain;
	return chain_wants_room(c) && chain_has_room(c, clock_now());
}

/* One read, and the writes that it makes possible. */
static enum verdict
step(struct pipe *p, struct turn *t)
{
	enum verdict v;

	if ((v = deliver(p, t)) != PIPE_GOES_ON)
		return v;
	if (t->writes >= TURN_WRITES || make_room(p))
		return PIPE_GOES_ON;
	if (p->done || !may_read(p))
		return PIPE_WAITS;
	if (!is_plain(p))
		return move_through_chain(p, t);
	return p->bulk > 0 && !p->is_marked && !p->said_fin ? move_bulk(p, t)
							    : move_plain(p, t);
}

/* A toxic's, before the source's own: it may wait for a hang to be over. */
static int
has_unsaid_end(const struct pipe *p)
{
	return p->flow->chain.end != CHAIN_OPEN && !p->said_fin;
}

/* Until the next event or deadline. */
static void
settle(struct pipe *p)
{
	struct chain *c;
	int64_t again;

	if (p->flow == NULL)
		return;
	c = &p->flow->chain;
	again = p->flow->patience.again;
	if (TAILQ_EMPTY(&c->stages) && chain_is_idle(c) && !p->source_ended &&
	    !has_unsaid_end(p) && again == CLOCK_NEVER)
		flow_close(p);
	else
		deadline_set(&p->flow->deadline,
		    again < chain_deadline(c) ? again : chain_deadline(c));
}

/*
 * A toxic's end goes through though the session hangs.  Where this direction
 * has it hang a stage holds what comes, but for a reset behind a FIN.
 */
static int
is_held(const struct pipe *p)
{
	const struct session *s = session_of(p);

	if (!pipe_hangs(&s->pipes[!p->stream]) &&
	    !(p->said_fin && pipe_hangs(p)))
		return 0;
	return p->flow == NULL || p->flow->chain.end < CHAIN_CLOSE;
}

/*
 * PIPE_GOES_ON: the session hung by it, and does no more.  The other direction
 * may have had its turn.
 */
static enum verdict
run_due(struct pipe *p)
{
	const int hung = pipe_hangs(p);

	if (p->flow == NULL)
		return PIPE_WAITS;
	p->flow->patience.again = CLOCK_NEVER;
	chain_run(&p->flow->chain, clock_now());
	return hung && !pipe_hangs(p) ? PIPE_GOES_ON : PIPE_WAITS;
}

/* By one that is over the session may hang yet. */
static enum verdict
run_done(struct pipe *p)
{
	enum verdict of_session;

	if (!pipe_hangs(p))
		return PIPE_WAITS;
	of_session = run_due(p);
	deadline_set(&p->flow->deadline, chain_deadline(&p->flow->chain));
	return of_session;
}

enum verdict
pipe_run(struct pipe *p)
{
	enum verdict v, of_session;
	struct turn t = { 0 };

	if (p->done)
		return run_done(p);
	of_session = run_due(p);
	if (is_held(p)) {
		settle(p);
		return of_session;
	}
	do
		v = step(p, &t);
	while (
	    v == PIPE_GOES_ON && t.bytes < TURN_MAX && t.writes < TURN_WRITES);
	if (v == PIPE_WAITS || v == PIPE_GOES_ON)
		settle(p);
	return v == PIPE_WAITS ? of_session : v;
}

int
pipe_waits_for_budget(const struct pipe *p)
{
	if (p->flow == NULL || budget_room(&relay.budget) >= CHUNK_COST)
		return 0;
	return chain_wants_room(&p->flow->chain) ||
	    (p->readable && !p->source_ended && p->flow->chain.nseeing > 0 &&
		!p->flow->chain.source_done);
}

void
pipe_source_died(struct pipe *p, int has_no_more)
{
	if (p->farewell == FAREWELL_FIN) {
		p->farewell = FAREWELL_RESET;
		p->done = 0; /* its FIN may have been passed on before */
	}
	p->readable = p->hung_up = 1;
	if (has_no_more && !p->source_ended)
		source_ends(p);
}

void
pipe_abandon(struct pipe *p)
{
	pipe_drop(p);
	p->source_ended = p->done = 1;
}

void
pipe_stop(struct pipe *p, enum farewell how)
{
	if (p->done)
		pipe_free(p); /* all that it does is to have the session hang */
	p->farewell = (uint8_t)how;
	p->done = 0; /* its FIN may have been passed on before */
	p->source_ended = 1;
	if (p->flow != NULL)
		chain_stop(&p->flow->chain,
		    how == FAREWELL_RESET ? CHAIN_RESET : CHAIN_CLOSE);
}

int
pipe_waits_for_pace(const struct pipe *p)
{
	return relay.pace.share != 0 && relay.pace.left <= 0 && !p->done &&
	    p->readable && !p->source_ended;
}

int
pipe_is_stuck(const struct pipe *p)
{
	const struct chain *c;

	if (p->done || p->kernel != NULL || p->flow == NULL)
		return p->done;
	c = &p->flow->chain;
	return c->held > 0 && STAILQ_EMPTY(&c->out) && !c->wants_room &&
	    chain_deadline(c) == CLOCK_NEVER;
}

static int
has_weather(const struct pipe *p)
{
	if (p->done || p->farewell == FAREWELL_FIN)
		return !p->done;
	return p->flow != NULL ? p->flow->chain.end == CHAIN_OPEN
			       : !p->source_ended;
}

void
pipe_toxic_add(struct pipe *p, struct toxic *t, int64_t now)
{
	if (has_weather(p))
		chain_add(&pipe_flow(p)->chain, t, now);
}

void
pipe_toxic_update(
    struct pipe *p, const struct toxic *t, int redraw, int64_t now)
{
	if (p->flow != NULL)
		chain_update(&p->flow->chain, t, redraw, now);
}

void
pipe_toxic_remove(struct pipe *p, const struct toxic *t, int64_t now)
{
	if (p->flow != NULL)
		chain_remove(&p->flow->chain, t, now);
}

void
pipe_toxic_halt(struct pipe *p, const struct toxic *t, int64_t now)
{
	if (p->flow != NULL)
		chain_halt(&p->flow->chain, t, now);
}

int
pipe_toxic_is_active(const struct pipe *p, const struct toxic *t)
{
	return p->flow != NULL && chain_has_active(&p->flow->chain, t);
}

const struct stage *
pipe_toxic_stage(const struct pipe *p, const struct toxic *t)
{
	return p->flow != NULL ? chain_stage(&p->flow->chain, t) : NULL;
}

/* SPDX-License-Identifier: ISC */
/*
 * One direction: source -> stages -> destination.  Back-pressure lives here: a
 * source is read only while its bytes have somewhere to go.
 */

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "log.h"
#include "relayd.h"

/* What one pipe may move before others have their turn. */
#define TURN_MAX ((size_t)1024 * 1024)
#define IOV_MAX_CHUNKS 64

/* A read that brings so much is bulk; so are some smaller ones after it. */
#define BULK_MIN ((ssize_t)64 * 1024)
#define BULK_PATIENCE 16

/* Where there is room for less, plain bytes are not taken before they go. */
#define PLAIN_MIN ((size_t)16 * 1024)

/* Of the whole worker: nothing stays in it from one call to the next. */
static uint8_t buffer[256 * 1024];

void
pipe_init(struct pipe *p, enum toxic_stream stream)
{
	p->stream = (uint8_t)stream;
	p->writable = 1;
}

static void
flow_expired(struct deadline *d)
{
	struct flow *f = container_of(d, struct flow, deadline);

	session_ready(session_of(f->pipe));
}

static void
flow_open(struct pipe *p)
{
	struct flow *f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		fatal("%s", __func__);
	chain_init(&f->chain, &relay.budget, &session_of(p)->random,
	    relay.session_held_max);
	f->deadline.expired = flow_expired;
	f->pipe = p;
	p->flow = f;
}

static struct chain *
pipe_chain(struct pipe *p)
{
	if (p->flow == NULL)
		flow_open(p);
	return &p->flow->chain;
}

static void
flow_close(struct pipe *p)
{
	deadline_set(&p->flow->deadline, CLOCK_NEVER);
	chain_free(&p->flow->chain);
	free(p->flow);
	p->flow = NULL;
}

void
pipe_free(struct pipe *p)
{
	if (p->flow != NULL)
		flow_close(p);
	if (p->kernel != NULL)
		splice_give_back(p->kernel);
	p->kernel = NULL;
}

static int
source_fd(const struct pipe *p)
{
	return session_fd(session_of(p), (enum side)p->stream);
}

static int
sink_fd(const struct pipe *p)
{
	return session_fd(session_of(p),
	    p->stream == STREAM_UPSTREAM ? SIDE_UPSTREAM : SIDE_CLIENT);
}

/*
 * What a read has come to: n; 0: none for now, or never again; -1: failed.
 * One of fewer bytes than were asked for has taken all there was, and what
 * comes later makes an edge of its own; but an end or a reset that is there
 * already makes no other.
 */
static ssize_t
source_gave(struct pipe *p, ssize_t n, size_t asked)
{
	if (n > 0) {
		relay.counters.received[p->stream] += (uint64_t)n;
		if ((size_t)n < asked && !p->hung_up)
			p->readable = 0;
		return n;
	}
	if (n == -1 && errno != EAGAIN)
		return -1;
	p->readable = 0;
	if (n == 0) {
		p->source_ended = 1;
		if (p->flow != NULL)
			chain_feed_eof(&p->flow->chain, clock_now());
	}
	return 0;
}

/* Into the buffer; flags of recv(2). */
static ssize_t
source_receive(const struct pipe *p, size_t size, int flags)
{
	ssize_t n;

	do
		n = recv(source_fd(p), buffer, size, MSG_DONTWAIT | flags);
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
		n = recvmsg(source_fd(p), &mh, MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	return source_gave(p, n, size);
}

static void
count_sent(struct pipe *p, ssize_t n)
{
	p->sent += (uint64_t)n;
	relay.counters.sent[p->stream] += (uint64_t)n;
}

/* How many bytes went; fewer than size: no more for now.  -1: it failed. */
static ssize_t
sink_took(struct pipe *p, ssize_t n, size_t size)
{
	if (n == -1 && errno != EAGAIN)
		return -1;
	if (n == -1)
		n = 0;
	if ((size_t)n < size)
		p->writable = 0;
	count_sent(p, n);
	return n;
}

static ssize_t
sink_write(struct pipe *p, const void *data, size_t size)
{
	ssize_t n;

	do
		n = send(sink_fd(p), data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return sink_took(p, n, size);
}

static ssize_t
sink_write_from(struct pipe *p, struct iovec *iov, size_t niov, size_t size)
{
	ssize_t n;

	do
		n = writev(sink_fd(p), iov, (int)niov);
	while (n == -1 && errno == EINTR);
	return sink_took(p, n, size);
}

/* What is in the kernel's pipe; 0, or -1: the destination has failed. */
static int
sink_splice(struct pipe *p)
{
	ssize_t n;

	while (p->writable && p->kernel != NULL) {
		n = splice_out(sink_fd(p), &p->kernel);
		if (n > 0)
			count_sent(p, n);
		else if (n == 0 || errno == EAGAIN)
			p->writable = 0;
		else
			return -1;
	}
	return 0;
}

/* What has left the chain; 0, or -1: the destination has failed. */
static int
sink_write_out(struct pipe *p)
{
	struct chain *c = &p->flow->chain;
	struct iovec iov[IOV_MAX_CHUNKS];
	struct chunk *k;
	size_t n, size;
	ssize_t sent;

	while (p->writable && !STAILQ_EMPTY(&c->out)) {
		n = size = 0;
		STAILQ_FOREACH (k, &c->out, entry) {
			if (n == IOV_MAX_CHUNKS)
				break;
			iov[n].iov_base = k->data + k->off;
			iov[n++].iov_len = k->len;
			size += k->len;
		}
		if ((sent = sink_write_from(p, iov, n, size)) == -1)
			return -1;
		chain_written(c, (size_t)sent);
	}
	return 0;
}

/*
 * A destination that has failed meanwhile is noticed by its own events.  Where
 * the other direction has ended before, the session is about to be closed, and
 * its close(2) says the same.
 */
static void
pass_on_end(struct pipe *p)
{
	const struct pipe *other = &session_of(p)->pipes[!p->stream];

	if (!other->done)
		shutdown(sink_fd(p), SHUT_WR);
	p->done = 1;
	pipe_free(p);
}

/* Has the chain let anything go, or come to its end? */
static enum verdict
deliver_out(struct pipe *p)
{
	struct chain *c = &p->flow->chain;

	if (sink_write_out(p) == -1)
		return PIPE_SINK_FAILED;
	if (!STAILQ_EMPTY(&c->out))
		return PIPE_GOES_ON;
	if (c->end == CHAIN_CLOSE)
		return PIPE_CLOSED;
	if (c->end == CHAIN_EOF)
		pass_on_end(p);
	return PIPE_GOES_ON;
}

/*
 * Writes what is due; has this direction, or the session, come to its end?
 * What is in the kernel's pipe came before all that the chain holds.
 */
static enum verdict
deliver(struct pipe *p)
{
	if (p->flow != NULL && p->flow->chain.end == CHAIN_RESET)
		return PIPE_RESET;
	if (sink_splice(p) == -1)
		return PIPE_SINK_FAILED;
	if (p->kernel != NULL)
		return PIPE_GOES_ON;
	if (p->flow != NULL)
		return deliver_out(p);
	if (p->source_ended)
		pass_on_end(p);
	return PIPE_GOES_ON;
}

static int
is_plain(const struct pipe *p)
{
	return p->flow == NULL || chain_is_idle(&p->flow->chain);
}

static int
may_read(const struct pipe *p)
{
	const struct chain *c;

	if (!p->readable || p->source_ended)
		return 0;
	if (is_plain(p))
		return p->writable;
	c = &p->flow->chain;
	return c->nactive > 0 && !c->source_done && !chain_is_full(c);
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
move_peeked(struct pipe *p, size_t *moved)
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
	*moved += (size_t)sent;
	return PIPE_GOES_ON;
}

/*
 * No toxic wants to see the bytes: from source to destination, and only what
 * the destination does not take is kept.  *moved grows by what was read.
 */
static enum verdict
move_plain(struct pipe *p, size_t *moved)
{
	size_t room = plain_room();
	ssize_t n, sent;

	if (room == 0)
		return move_peeked(p, moved);
	if ((n = source_read(p, room)) == -1)
		return PIPE_SOURCE_FAILED;
	if (n == 0)
		return PIPE_GOES_ON;
	if (n >= BULK_MIN)
		p->bulk = BULK_PATIENCE;
	if ((sent = sink_write(p, buffer, (size_t)n)) == -1)
		return PIPE_SINK_FAILED;
	if (sent < n)
		chain_feed(pipe_chain(p), buffer + sent, (size_t)(n - sent),
		    clock_now());
	*moved += (size_t)n;
	return PIPE_GOES_ON;
}

/*
 * The same without a copy.  It is dearer than two calls for a few bytes, so
 * that a stream which has become a trickle goes back to them.
 */
static enum verdict
move_bulk(struct pipe *p, size_t *moved)
{
	ssize_t n = splice_in(source_fd(p), &p->kernel);

	if (n == -1 && errno == ENOBUFS) {
		p->bulk = 0;
		return PIPE_GOES_ON;
	}
	/* a pipe may be full before the source is empty: no short read */
	if ((n = source_gave(p, n, 0)) == -1)
		return PIPE_SOURCE_FAILED;
	p->bulk = n >= BULK_MIN ? BULK_PATIENCE : p->bulk - (n > 0);
	*moved += (size_t)n;
	return PIPE_GOES_ON;
}

static enum verdict
move_through_chain(struct pipe *p, size_t *moved)
{
	struct chain *c = &p->flow->chain;
	struct iovec iov[CHAIN_IOV];
	size_t niov = chain_room(c, iov);
	ssize_t n;

	if ((n = source_read_into(p, iov, niov, niov * CHUNK_MAX)) == -1)
		return PIPE_SOURCE_FAILED;
	if (n > 0)
		chain_take(c, (size_t)n, clock_now());
	*moved += (size_t)n;
	return PIPE_GOES_ON;
}

/* One read, and the writes that it makes possible. */
static enum verdict
step(struct pipe *p, size_t *moved)
{
	enum verdict v;

	if ((v = deliver(p)) != PIPE_GOES_ON)
		return v;
	if (p->done || !may_read(p))
		return PIPE_WAITS;
	if (!is_plain(p))
		return move_through_chain(p, moved);
	return p->bulk > 0 ? move_bulk(p, moved) : move_plain(p, moved);
}

/* Until the next event or deadline. */
static void
settle(struct pipe *p)
{
	struct chain *c;

	if (p->flow == NULL)
		return;
	c = &p->flow->chain;
	if (TAILQ_EMPTY(&c->stages) && chain_is_idle(c) && !p->source_ended)
		flow_close(p);
	else
		deadline_set(&p->flow->deadline, chain_deadline(c));
}

enum verdict
pipe_run(struct pipe *p)
{
	enum verdict v;
	size_t moved = 0;

	if (p->done)
		return PIPE_WAITS;
	if (p->flow != NULL)
		chain_run(&p->flow->chain, clock_now());
	do
		v = step(p, &moved);
	while (v == PIPE_GOES_ON && moved < TURN_MAX);
	if (v == PIPE_WAITS || v == PIPE_GOES_ON)
		settle(p);
	return v;
}

int
pipe_waits_for_budget(const struct pipe *p)
{
	return p->readable && !p->source_ended && p->flow != NULL &&
	    p->flow->chain.nactive > 0 && !p->flow->chain.source_done &&
	    budget_room(&relay.budget) < CHUNK_COST;
}

void
pipe_toxic_add(struct pipe *p, const struct toxic *t, int64_t now)
{
	if (!p->done)
		chain_add(pipe_chain(p), t, now);
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

int
pipe_toxic_is_active(const struct pipe *p, const struct toxic *t)
{
	return p->flow != NULL && chain_has_active(&p->flow->chain, t);
}

/* SPDX-License-Identifier: ISC */
/* Writing to a destination that may take less, or be gone. */

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "relayd.h"

#define IOV_MAX_CHUNKS 64

static void
count_sent(struct pipe *p, ssize_t n)
{
	p->sent += (uint64_t)n;
	relay.counters.sent[p->stream] += (uint64_t)n;
}

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
send_with(struct pipe *p, const void *data, size_t size, int flags)
{
	ssize_t n;

	do
		n = send(pipe_sink(p), data, size,
		    MSG_DONTWAIT | MSG_NOSIGNAL | flags);
	while (n == -1 && errno == EINTR);
	return sink_took(p, n, size);
}

/* Behind the end that was passed on, nothing goes: it counts as written. */
ssize_t
sink_write(struct pipe *p, const void *data, size_t size)
{
	return p->said_fin ? (ssize_t)size : send_with(p, data, size, 0);
}

static ssize_t
write_from(struct pipe *p, const struct iovec *iov, size_t niov, size_t size)
{
	ssize_t n;

	do
		n = writev(pipe_sink(p), iov, (int)niov);
	while (n == -1 && errno == EINTR);
	return sink_took(p, n, size);
}

int
sink_splice(struct pipe *p)
{
	ssize_t n;

	while (p->writable && p->kernel != NULL) {
		n = splice_out(pipe_sink(p), &p->kernel);
		if (n > 0)
			count_sent(p, n);
		else if (n == 0 || errno == EAGAIN)
			p->writable = 0;
		else
			return -1;
	}
	return 0;
}

/* A piece is joined neither with what comes behind it, nor before it. */
static int
is_apart(const struct chunk *k)
{
	const struct chunk *next = STAILQ_NEXT(k, entry);

	return k->is_piece || (next != NULL && next->is_piece);
}

/* Of those that may leave together. */
static ssize_t
write_some(struct pipe *p)
{
	struct iovec iov[IOV_MAX_CHUNKS];
	struct chunk *k;
	size_t n = 0, size = 0;

	STAILQ_FOREACH (k, &p->flow->chain.out, entry) {
		if (n == IOV_MAX_CHUNKS || is_apart(k))
			break;
		iov[n].iov_base = k->data + k->off;
		iov[n++].iov_len = k->len;
		size += k->len;
	}
	return write_from(p, iov, n, size);
}

int
sink_write_out(struct pipe *p, struct turn *t)
{
	struct chunks *out = &p->flow->chain.out;
	struct chunk *k;
	ssize_t sent;

	if (p->said_fin)
		chain_written(&p->flow->chain, p->flow->chain.out_bytes);
	while (p->writable && (k = STAILQ_FIRST(out)) != NULL &&
	    t->writes < TURN_WRITES) {
		if (is_apart(k)) {
			t->writes++;
			sent = send_with(p, k->data + k->off, k->len, MSG_EOR);
		} else
			sent = write_some(p);
		if (sent == -1)
			return -1;
		chain_written(&p->flow->chain, (size_t)sent);
	}
	return 0;
}

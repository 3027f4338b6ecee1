/* SPDX-License-Identifier: ISC */
/*
 * How the end of a direction is passed on.  It goes behind the bytes: a close
 * by RST, and one while the peer still sends, would have the kernel throw away
 * what it has not sent yet.  So its queue is waited for; but not for ever, for
 * a peer that takes nothing.
 */

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "relayd.h"

/* A destination has so long for the next of the last bytes. */
#define PATIENCE (5 * NS_PER_S)

/* No event says that the kernel's queue is empty: it is asked for. */
#define PAUSE_MIN NS_PER_MS
#define PAUSE_MAX (256 * NS_PER_MS)

static int
is_written(const struct pipe *p)
{
	if (p->kernel != NULL)
		return 0;
	return p->flow != NULL ? p->flow->chain.end != CHAIN_OPEN &&
		STAILQ_EMPTY(&p->flow->chain.out)
			       : p->source_ended;
}

/* Bytes that have not reached the peer's kernel. */
static uint64_t
queued(const struct pipe *p)
{
	int n;

	return ioctl(pipe_sink(p), SIOCOUTQ, &n) == 0 ? (uint64_t)n : 0;
}

/* Has the destination taken nothing for too long? */
static int
is_lost(struct pipe *p)
{
	struct patience *w = &pipe_flow(p)->patience;
	uint64_t taken = p->sent - queued(p);
	int64_t now = clock_now();

	if (w->pause == 0 || taken != w->taken) {
		w->taken = taken;
		w->since = now;
	}
	if (now - w->since >= PATIENCE)
		return 1;
	w->pause = w->pause == 0 ? PAUSE_MIN : 2 * w->pause;
	if (w->pause > PAUSE_MAX)
		w->pause = PAUSE_MAX;
	w->again = now + w->pause;
	return 0;
}

/*
 * A destination that has failed meanwhile is noticed by its own events.  Where
 * the other direction has ended before, the session is about to be closed, and
 * its close(2) says the same.  By a toxic the source may be heard of yet, for
 * nothing.
 */
static enum verdict
say_fin(struct pipe *p)
{
	const struct pipe *other = &session_of(p)->pipes[!p->stream];

	if (!p->said_fin &&
	    (!p->source_ended || !other->done ||
		other->farewell != FAREWELL_FIN))
		shutdown(pipe_sink(p), SHUT_WR);
	p->said_fin = p->writable = 1;
	if (p->source_ended) {
		p->done = 1;
		pipe_drop(p);
	}
	return PIPE_GOES_ON;
}

/* What the chain says is more than that the source has ended. */
static enum farewell
farewell_of(const struct pipe *p)
{
	if (p->flow == NULL || p->flow->chain.end <= CHAIN_EOF)
		return (enum farewell)p->farewell;
	return p->flow->chain.end == CHAIN_CLOSE ? FAREWELL_CLOSE
						 : FAREWELL_RESET;
}

/* Its FIN goes first, and is waited for like the bytes. */
static enum verdict
let_go(struct pipe *p, enum farewell how)
{
	if (how != p->farewell) /* the whole session is to know */
		return how == FAREWELL_CLOSE ? PIPE_CLOSED : PIPE_RESET;
	if (how == FAREWELL_CLOSE && pipe_flow(p)->patience.pause == 0)
		shutdown(pipe_sink(p), SHUT_WR);
	return queued(p) == 0 || is_lost(p) ? PIPE_PARTED : PIPE_GOES_ON;
}

/* A reset does not wait for a reader as a close does. */
enum verdict
farewell(struct pipe *p)
{
	enum farewell how = farewell_of(p);

	if (is_written(p))
		return how == FAREWELL_FIN ? say_fin(p) : let_go(p, how);
	if (how != FAREWELL_RESET || !is_lost(p))
		return PIPE_GOES_ON;
	return how != p->farewell ? PIPE_RESET : PIPE_PARTED;
}

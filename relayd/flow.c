/* SPDX-License-Identifier: ISC */
/* What a pipe holds: made when it has a toxic or a slow reader, and let go. */

#include <stdlib.h>

#include "log.h"
#include "relayd.h"

static void
flow_expired(struct deadline *d)
{
	struct flow *f = container_of(d, struct flow, deadline);

	session_ready(session_of(f->pipe));
}

static void
flow_open(struct pipe *p)
{
	struct session *s = session_of(p);
	struct flow *f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		fatal("%s", __func__);
	chain_init(
	    &f->chain, &relay.budget, &s->random, relay.session_held_max);
	f->chain.client = &s->client;
	f->chain.number = relay.earlier_sessions + s->number;
	f->chain.opened = s->opened;
	f->deadline.expired = flow_expired;
	f->pipe = p;
	f->patience.again = CLOCK_NEVER;
	p->flow = f;
	if (p->source_ended)
		chain_feed_eof(&f->chain, clock_now());
}

struct flow *
pipe_flow(struct pipe *p)
{
	if (p->flow == NULL)
		flow_open(p);
	return p->flow;
}

void
flow_close(struct pipe *p)
{
	deadline_set(&p->flow->deadline, CLOCK_NEVER);
	chain_free(&p->flow->chain);
	free(p->flow);
	p->flow = NULL;
}

int
pipe_hangs(const struct pipe *p)
{
	return p->flow != NULL && p->flow->chain.nhanging > 0;
}

static void
give_back(struct pipe *p)
{
	if (p->kernel != NULL)
		splice_give_back(p->kernel);
	p->kernel = NULL;
}

void
pipe_free(struct pipe *p)
{
	if (p->flow != NULL)
		flow_close(p);
	give_back(p);
}

/* The session hangs on though the direction is over that has had it hang. */
void
pipe_drop(struct pipe *p)
{
	if (!pipe_hangs(p)) {
		pipe_free(p);
		return;
	}
	chain_drop(&p->flow->chain);
	give_back(p);
}

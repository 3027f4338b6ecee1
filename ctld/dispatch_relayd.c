/* SPDX-License-Identifier: ISC */
/* What a worker may say: that it has done what it was told, and its numbers. */

#include "changes.h"
#include "child.h"
#include "dispatch.h"
#include "ended_event.h"
#include "gate.h"
#include "halting.h"
#include "inquiries.h"
#include "leases.h"
#include "lines.h"
#include "listen.h"
#include "losses.h"
#include "mode.h"
#include "msg.h"
#include "takeover.h"
#include "toxic_spec.h"
#include "toxics_done.h"
#include "workers.h"

static int
on_done(struct msg *m)
{
	struct child *c = m->from;
	return changes_applied(c, m->id);
}

static int
on_halted(struct msg *m)
{
	return halting_done(m->from, m->id);
}

/* They count up; what is open or held comes and goes. */
static int
have_grown(const struct counters *c, const struct counters *before)
{
	int i;

	for (i = 0; i < STREAM_MAX; i++) {
		if (c->received[i] < before->received[i] ||
		    c->sent[i] < before->sent[i])
			return 0;
	}
	return c->sessions >= before->sessions &&
	    c->over_sessions >= before->over_sessions &&
	    c->over_connections >= before->over_connections &&
	    c->dial_failures >= before->dial_failures &&
	    histogram_has_grown(&c->dialled, &before->dialled) &&
	    histogram_has_grown(&c->lasted, &before->lasted);
}

static int
on_counters(struct msg *m)
{
	struct child *c = m->from;
	const struct counters *counters = msg_get_counters(m);

	if (!have_grown(counters, &c->counters))
		return -1;
	if (m->id != 0) {
		if (m->id != DRAIN_ID || !mode.is_draining)
			return -1;
		c->is_drained = 1;
		listen_stop(c->proxy->listen_fd);
	}
	worker_counters(c, counters);
	return 0;
}

static int
on_borrow(struct msg *m)
{
	struct child *c = m->from;
	const struct relay_bytes *p = msg_get_relay_bytes(m);

	return lease_borrow(c, p->bytes);
}

static int
on_return(struct msg *m)
{
	struct child *c = m->from;
	const struct relay_bytes *p = msg_get_relay_bytes(m);

	return lease_return(c, p->bytes);
}

static int
on_enter(struct msg *m)
{
	return gate_enter(m->from, m->id, msg_get_relay_enter(m));
}

static int
on_toxic_counted(struct msg *m)
{
	const struct child *c = m->from;

	return c->state == CHILD_GREETED ? toxic_counted_here(m)
					 : toxic_counted(m);
}

static int
on_toxic_work(struct msg *m)
{
	return inquiry_work(m->from, m->id, msg_get_toxic_work(m));
}

static int
on_ended(struct msg *m)
{
	return inquiry_ended(m->from, m->id, msg_get_session_ended(m));
}

static int
on_own_toxic(struct msg *m)
{
	return inquiry_own_toxic(m->from, m->id, msg_get_toxic_spec(m));
}

static int
on_page(struct msg *m)
{
	return inquiry_page(m->from, m->id, msg_get_session_page(m));
}

static int
on_ended_now(struct msg *m)
{
	return event_ended(m->from, msg_get_session_ended(m));
}

static int
on_dialer_bad(struct msg *m)
{
	struct child *c = m->from;
	line_diald_blamed(c, m->id);
	return 0;
}

static int
on_program_lost(struct msg *m)
{
	loss_program_lost(m->from);
	return 0;
}

enum {
	IS_SPARE = 0x2, /* or has no proxy any more */
	WORKS = 0x4,
	IS_GREETED = 0x8
};

static const struct handler from_relayd[MSG_MAX] = {
	[MSG_RELAY_DONE] = { on_done, WORKS },
	[MSG_RELAY_HALTED] = { on_halted, WORKS },
	[MSG_RELAY_COUNTERS] = { on_counters, WORKS },
	[MSG_RELAY_BORROW] = { on_borrow, WORKS },
	[MSG_RELAY_RETURN] = { on_return, WORKS },
	[MSG_RELAY_ENTER] = { on_enter, WORKS },
	[MSG_RELAY_DIALER_BAD] = { on_dialer_bad, WORKS },
	[MSG_RELAY_PROGRAM_LOST] = { on_program_lost, WORKS },
	[MSG_RELAY_TOXIC_COUNTED] = { on_toxic_counted, WORKS | IS_GREETED },
	[MSG_RELAY_TOXIC_WORK] = { on_toxic_work, WORKS },
	[MSG_RELAY_ENDED] = { on_ended, WORKS },
	[MSG_RELAY_OWN_TOXIC] = { on_own_toxic, WORKS },
	[MSG_RELAY_PAGE] = { on_page, WORKS },
	[MSG_RELAY_ENDED_NOW] = { on_ended_now, WORKS },
	[MSG_RELAY_TOXIC_HERE] = { takeover_toxic_here, IS_GREETED },
	[MSG_RELAY_HERE] = { takeover_worker_here, IS_GREETED },
};

const struct handler *
relayd_may_say(const struct child *c, unsigned int *state)
{
	if (c->state == CHILD_GREETED)
		*state = IS_GREETED;
	else
		*state = c->proxy == NULL ? IS_SPARE : WORKS;
	return from_relayd;
}

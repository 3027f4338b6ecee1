/* SPDX-License-Identifier: ISC */
/* What a worker may say: that it has done what it was told, and its numbers. */

#include "changes.h"
#include "child.h"
#include "dispatch.h"
#include "leases.h"
#include "lines.h"
#include "listen.h"
#include "msg.h"
#include "state.h"
#include "toxic_spec.h"
#include "workers.h"

static int
on_done(struct child *c, struct msg *m)
{
	return changes_applied(c, m->id);
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
	    c->dial_failures >= before->dial_failures;
}

static int
on_counters(struct child *c, struct msg *m)
{
	const struct counters *counters = msg_get_counters(m);

	if (!have_grown(counters, &c->counters))
		return -1;
	if (m->id != 0) {
		if (m->id != DRAIN_ID || !toxid.is_draining)
			return -1;
		c->is_drained = 1;
		priv_stop_listening(c->proxy->listen_fd);
	}
	worker_counters(c, counters);
	return 0;
}

static int
on_borrow(struct child *c, struct msg *m)
{
	const struct relay_bytes *p = msg_get_relay_bytes(m);

	return lease_borrow(c, p->bytes);
}

static int
on_return(struct child *c, struct msg *m)
{
	const struct relay_bytes *p = msg_get_relay_bytes(m);

	return lease_return(c, p->bytes);
}

static int
on_dialer_bad(struct child *c, struct msg *m)
{
	line_diald_blamed(c, m->id);
	return 0;
}

int
dispatch_relayd(struct child *c, struct msg *m)
{
	if (c->state != CHILD_RUNNING || c->proxy == NULL)
		return -1;
	switch (m->type) {
	case MSG_RELAY_DONE:
		return on_done(c, m);
	case MSG_RELAY_COUNTERS:
		return on_counters(c, m);
	case MSG_RELAY_BORROW:
		return on_borrow(c, m);
	case MSG_RELAY_RETURN:
		return on_return(c, m);
	case MSG_RELAY_DIALER_BAD:
		return on_dialer_bad(c, m);
	default:
		return -1;
	}
}

/* SPDX-License-Identifier: ISC */
/* What a child says: what every child may say here, the rest by its role. */

#include <errno.h>

#include "chan.h"
#include "child.h"
#include "clock.h"
#include "dispatch.h"
#include "heart.h"
#include "log.h"
#include "msg.h"
#include "quota.h"
#include "state.h"

/* What every child may say. */
static int
on_ready(struct child *c, struct msg *m)
{
	const struct ready *ready = msg_get_ready(m);

	if (c->state != CHILD_STARTING || ready->version != MSG_VERSION)
		return -1;
	c->state = CHILD_RUNNING;
	toxid.has_news = 1;
	c->was_ready = 1;
	heart_beats(c);
	log_event(LOG_DEBUG, "Child ready",
	    LOG_STR("child", role_name(c->role)), LOG_INT("pid", c->pid),
	    LOG_INT("locks", ready->locks));
	toxid.may_start_more = 1; /* others may have waited for it */
	return 0;
}

static int
on_pong(struct child *c, struct msg *m)
{
	const struct vitals *v = msg_get_vitals(m);

	if (c->state != CHILD_RUNNING || c->pong_by == CLOCK_NEVER ||
	    v->cpu_us < c->vitals.cpu_us ||
	    v->resident_max < c->vitals.resident_max)
		return -1;
	c->vitals = *v;
	heart_beats(c);
	return 0;
}

static int
on_log(struct child *c, struct msg *m)
{
	const struct log_record *record = msg_get_log_record(m);

	quota_log(c, record);
	return 0;
}

static int
dispatch(struct child *c, struct msg *m)
{
	switch (m->type) {
	case MSG_READY:
		return on_ready(c, m);
	case MSG_PONG:
		if (m->id == 0)
			return on_pong(c, m);
		break; /* an answer to the question of somebody else */
	case MSG_LOG:
		return on_log(c, m);
	default:
		break;
	}
	return toxid.roles[c->role].dispatch(c, m);
}

static int
refuse(const struct msg *m, const char *why)
{
	log_warnx("%s is %s", msg_name(m->type), why);
	errno = EBADMSG;
	return -1;
}

int
child_hear(struct child *c, int n)
{
	struct msg m;
	int r;

	while (n-- > 0) {
		r = chan_receive(&c->chan, &m);
		if (r == -1 && errno == EBADMSG)
			return refuse(&m, "malformed");
		if (r != 1)
			return r;
		r = dispatch(c, &m);
		msg_drop(&m);
		if (r == -1)
			r = refuse(&m, "out of place");
		if (c->state == CHILD_KILLED)
			return 0;
		if (r == -1)
			return -1;
	}
	return 0;
}

/* A channel that was closed is a death that is about to be reaped. */
void
child_readable(struct child *c)
{
	if (c->state == CHILD_KILLED)
		return;
	if (child_hear(c, quota_messages(c)) == 0)
		return;
	if (errno == EBADMSG) {
		c->broke_protocol = 1;
		child_kill(c, "broke the protocol");
	} else {
		child_end(c);
	}
}

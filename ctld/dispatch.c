/* SPDX-License-Identifier: ISC */
/* What a child says: what every child may say here, the rest by its role. */

#include <errno.h>

#include "agenda.h"
#include "chan.h"
#include "child.h"
#include "clock.h"
#include "dispatch.h"
#include "heart.h"
#include "in_hand.h"
#include "log.h"
#include "msg.h"
#include "pending.h"
#include "quota.h"
#include "requests.h"

static int
on_ready(struct msg *m)
{
	const struct ready *ready = msg_get_ready(m);
	struct child *c = m->from;

	if (ready->version != MSG_VERSION)
		return -1;
	c->state = CHILD_RUNNING;
	agenda_add(AGENDA_HEALTH);
	c->was_ready = 1;
	heart_beats(c);
	log_event(LOG_DEBUG, "Child ready",
	    LOG_STR("child", role_name(c->role)), LOG_INT("pid", c->pid),
	    LOG_INT("locks", ready->locks));
	agenda_add(AGENDA_START); /* others may have waited for it */
	return 0;
}

/* With an id it answers the question of somebody else. */
static int
on_pong(struct msg *m)
{
	return m->id == 0 ? heart_ponged(m->from, msg_get_vitals(m)) : -1;
}

static int
on_log(struct msg *m)
{
	quota_log(m->from, msg_get_log_record(m));
	return 0;
}

static const struct handler from_every_child[MSG_MAX] = {
	[MSG_READY] = { on_ready, STARTING },
	[MSG_PONG] = { on_pong, NOT_STARTING },
	[MSG_LOG] = { on_log, ANY_STATE },
};

/*
 * Requests that an earlier ctld has not read are the next one's, and so are the
 * clients that it was given back; but not the rest of a request whose beginning
 * it had.
 */
static int
is_heeded(const struct child *c, enum msg_type type)
{
	switch (type) {
	case MSG_LOG:
	case MSG_API_CLIENT:
	case MSG_API_HERE:
	case MSG_API_CALLER: /* whose request follows */
	case MSG_API_TOKEN_USED:
	case MSG_API_REFUSED: /* which is numbered as a request */
	case MSG_RELAY_TOXIC_HERE:
	case MSG_RELAY_TOXIC_COUNTED:
	case MSG_RELAY_HERE:
		return 1;
	case MSG_PROXY_CREATE_TOXIC:
		return pending.reading != NULL || c->nunread > 0;
	default:
		return request_of(type) != NULL;
	}
}

/* The rows of its role go first. */
static int
dispatch(struct child *c, struct msg *m)
{
	unsigned int state;
	const struct handler *rows = child_role(c)->may_say(c, &state);

	if (c->state == CHILD_STARTING)
		state = STARTING;
	if (c->state == CHILD_GREETED && !is_heeded(c, m->type))
		return 0; /* what an earlier ctld was told */
	if (rows[m->type].on == NULL)
		rows = from_every_child;
	return handle(rows, state, c, m);
}

static int
refuse(const struct msg *m, const char *why)
{
	log_warnx("%s is %s", msg_name(m->type), why);
	errno = EBADMSG;
	return -1;
}

static int
hear(struct child *c, int n, int64_t until)
{
	struct msg m;
	int r;

	do {
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
	} while (--n > 0 && clock_now() < until);
	return 0;
}

int
child_hear(struct child *c, int n, int64_t until)
{
	int r;

	in_hand_begin(c);
	r = hear(c, n, until);
	in_hand_end();
	return r;
}

/* A channel that was closed is a death that is about to be reaped. */
void
child_readable(struct child *c)
{
	if (c->state == CHILD_KILLED)
		return;
	if (child_hear(c, quota_messages(c), quota_until()) == 0)
		return;
	if (errno == EBADMSG) {
		c->broke_protocol = 1;
		child_kill(c, "broke the protocol");
	} else {
		child_end(c);
	}
}

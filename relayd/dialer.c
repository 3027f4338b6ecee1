/* SPDX-License-Identifier: ISC */
/*
 * What is asked of diald.  It may be replaced at any time: what was open then
 * is asked again.  It is another process, and not trusted further than to
 * connect: what it sends is a descriptor to the upstream, or a reason.
 */

#include <errno.h>

#include "log.h"
#include "relayd.h"

#define BUCKETS 64

/* Open dials by id; ids follow each other, so buckets stay even. */
static LIST_HEAD(dials, session) dials[BUCKETS];

void
dialer_init(void)
{
	struct dials *d;

	for (d = dials; d < dials + BUCKETS; d++)
		LIST_INIT(d);
}

/* Never 0; unique among those that can be open at one time. */
static uint32_t
dial_id(const struct session *s)
{
	return (uint32_t)(s->number % UINT32_MAX) + 1;
}

static struct session *
find(uint32_t id)
{
	struct session *s;

	LIST_FOREACH (s, &dials[id % BUCKETS], dial) {
		if (dial_id(s) == id)
			return s;
	}
	return NULL;
}

/* No diald for now: the next one is asked again. */
static void
say(enum msg_type type, const struct session *s)
{
	if (relay.dialer.chan.fd != -1 &&
	    chan_send_nothing(&relay.dialer.chan, type, dial_id(s)) == -1)
		peer_close(&relay.dialer);
}

void
dialer_ask(struct session *s)
{
	LIST_INSERT_HEAD(&dials[dial_id(s) % BUCKETS], s, dial);
	say(MSG_DIAL, s);
}

/* The client has gone first. */
void
dialer_forget(struct session *s)
{
	LIST_REMOVE(s, dial);
	say(MSG_DIAL_CANCEL, s);
}

/* A session that is not there any more had its dial cancelled. */
static void
on_dialed(struct msg *m)
{
	struct session *s = find(m->id);
	struct dial_result result;

	if (msg_get_dial_result(m, &result) == -1)
		fatalx("%s is malformed", msg_name(m->type));
	if (s == NULL)
		return;
	LIST_REMOVE(s, dial);
	if (result.error == ENDPOINT_OK && m->fd != -1) {
		session_connected(s, msg_take_fd(m));
		return;
	}
	if (result.error == ENDPOINT_OK) { /* lost at our limit */
		result.error = ENDPOINT_SYSTEM;
		result.sys_errno = EMFILE;
	}
	session_log_dial_failed(s, &result);
	session_dial_failed(s);
}

static void
dialer_readable(struct watch *w, uint32_t events)
{
	struct msg m;
	int r;

	(void)w;
	(void)events;
	while ((r = chan_receive(&relay.dialer.chan, &m)) == 1) {
		if (m.type != MSG_DIALED)
			fatalx("%s is not for a relay", msg_name(m.type));
		on_dialed(&m);
		msg_drop(&m);
	}
	if (r == 0)
		return;
	if (errno == EBADMSG)
		fatalx("%s: no message", __func__);
	peer_close(&relay.dialer);
}

void
dialer_open(int fd)
{
	struct dials *d;
	struct session *s;

	peer_close(&relay.dialer);
	chan_open(&relay.dialer.chan, fd);
	peer_open(&relay.dialer, dialer_readable);
	for (d = dials; d < dials + BUCKETS; d++) {
		LIST_FOREACH (s, d, dial)
			say(MSG_DIAL, s);
	}
}

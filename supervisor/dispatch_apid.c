/* SPDX-License-Identifier: ISC */
/*
 * What apid may ask.  It has read untrusted text: every value is checked again
 * here, and what an honest apid cannot send costs it its life.
 */

#include <errno.h>

#include "change.h"
#include "changes.h"
#include "child.h"
#include "clients.h"
#include "clock.h"
#include "config_file.h"
#include "difference.h"
#include "dispatch.h"
#include "health.h"
#include "msg.h"
#include "requests.h"
#include "state.h"
#include "store.h"

/*
 * Its requests are numbered, one after another.  Before it serves it has none
 * but those of the configuration file, if it was given that.
 */
static int
is_next(struct child *apid, const struct msg *m)
{
	uint32_t next = apid->asked_id + 1;

	if (next == 0)
		next = 1;
	if (m->id != next ||
	    (!apid->serves &&
		(!apid->has_config || m->type != MSG_PROXY_POPULATE)))
		return 0;
	apid->asked_id = next;
	return 1;
}

/* Of a proxy that there is no memory for, whose toxics are yet to come. */
static uint32_t refused_id;

/* What an apid asks before it serves is what the configuration file says. */
static void
start(struct change *ch)
{
	toxid.reading = NULL;
	if (!ch->asker->serves)
		ch->config_print = difference_print(ch);
	changes_start(ch);
}

static int
on_create_toxic(struct msg *m)
{
	struct change *ch = toxid.reading;
	int r;

	if (ch == NULL && m->id == refused_id)
		return 0;
	r = change_read_toxic(ch, m);

	if (r == -2) {
		toxid.reading = NULL;
		refused_id = ch->id;
		changes_refuse(ch, ANSWER_NO_MEMORY);
		return 0;
	}
	if (r == 1)
		start(ch);
	return r == 1 ? 0 : r;
}

/* A proxy comes first, then its toxics: the change starts with the last. */
static int
on_request(const struct request *request, struct child *c, struct msg *m)
{
	struct change *ch;

	if (request == NULL || toxid.reading != NULL ||
	    c->state != CHILD_RUNNING || !is_next(c, m))
		return -1;
	ch = change_read(request, m, c);
	if (ch == NULL && errno != ENOMEM)
		return -1;
	refused_id = ch == NULL ? m->id : 0;
	if (ch == NULL) { /* no fault of apid's */
		changes_refuse_unread(c, m->id);
		return 0;
	}
	if (request->makes_a_proxy && ch->u.create.ntoxics > 0)
		toxid.reading = ch;
	else
		start(ch);
	return 0;
}

static int
on_serves(struct child *c)
{
	if (c->state != CHILD_RUNNING || c->serves)
		return -1;
	c->serves = 1;
	config_close();
	store_populated();
	health_tick(clock_now()); /* that it runs, it can say itself */
	return 0;
}

/* It finishes: the next one will serve this client. */
static int
on_client(struct msg *m)
{
	return clients_given_back(msg_take_fd(m));
}

int
dispatch_apid(struct child *c, struct msg *m)
{
	switch (m->type) {
	case MSG_API_CLIENT:
		return on_client(m);
	case MSG_API_SERVES:
		return on_serves(c);
	case MSG_PROXY_CREATE_TOXIC:
		return on_create_toxic(m);
	default:
		return on_request(request_of(m->type), c, m);
	}
}

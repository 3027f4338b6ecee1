/* SPDX-License-Identifier: ISC */
/*
 * What apid may ask.  It has read untrusted text: every value is checked again
 * here, and what an honest apid cannot send costs it its life.
 */

#include <string.h>

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
#include "state.h"
#include "store.h"

/* What an apid asks before it serves is what the configuration file says. */
static void
begin(struct change *ch)
{
	if (ch->type == MSG_PROXY_POPULATE && !ch->asker->serves)
		ch->config_print = difference_print(ch);
	change_start(ch);
}

/* Starts a change whose payload could be read; r is what the getter said. */
static int
start(struct change *ch, int r)
{
	if (r == -1) {
		ch->asker = NULL;
		change_answer(ch);
		return -1;
	}
	begin(ch);
	return 0;
}

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

/* No fault of apid's. */
static void
refuse_for_want_of_memory(struct child *apid, uint32_t id)
{
	const struct answer answer = { .code = ANSWER_NO_MEMORY };

	refused_id = id;
	child_send(apid, MSG_ANSWER, id, &answer, -1);
}

/* A proxy comes first, then its toxics: the change starts with the last. */
static int
on_create(struct change *ch, struct msg *m)
{
	if (msg_get_proxy_create(m, &ch->u.create) == -1)
		return start(ch, -1);
	if (ch->u.create.ntoxics == 0)
		return start(ch, 0);
	toxid.reading = ch;
	return 0;
}

static int
on_create_toxic(struct msg *m)
{
	struct change *ch = toxid.reading;
	int r;

	if (ch == NULL && m->id != 0 && m->id == refused_id)
		return 0;
	r = change_read_toxic(ch, m);

	if (r == -2) {
		toxid.reading = NULL;
		refused_id = ch->id;
		change_refuse(ch, ANSWER_NO_MEMORY);
		return 0;
	}
	if (r == 1) {
		toxid.reading = NULL;
		begin(ch);
	}
	return r == 1 ? 0 : r;
}

/* -1: malformed */
static int
get_payload(struct msg *m, struct change *ch)
{
	switch (m->type) {
	case MSG_PROXY_UPDATE:
		return msg_get_proxy_update(m, &ch->u.update);
	case MSG_PROXY_DELETE:
	case MSG_PROXY_RESET:
	case MSG_PROXY_AWAIT:
		return msg_get_proxy_name(m, &ch->u.name);
	case MSG_TOXIC_CREATE:
		return msg_get_toxic_create(m, &ch->u.toxic_create) == 0 &&
			change_toxic_is_offered(&ch->u.toxic_create.spec)
		    ? 0
		    : -1;
	case MSG_TOXIC_UPDATE:
		return msg_get_toxic_update(m, &ch->u.toxic_update) == 0 &&
			change_toxic_is_offered(&ch->u.toxic_update.spec)
		    ? 0
		    : -1;
	case MSG_TOXIC_DELETE:
		return msg_get_toxic_name(m, &ch->u.toxic_name) == 0 &&
			ch->u.toxic_name.name[0] != '\0'
		    ? 0
		    : -1;
	default:
		return -1;
	}
}

/* ... whose proxy has a name, too. */
static int
get_request(struct msg *m, struct change *ch)
{
	return get_payload(m, ch) == 0 && change_proxy_name(ch)[0] != '\0' ? 0
									   : -1;
}

static int
on_serves(struct child *c, struct msg *m)
{
	struct nothing nothing;

	if (c->state != CHILD_RUNNING || c->serves ||
	    msg_get_nothing(m, &nothing) == -1)
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
	struct nothing nothing;

	return msg_get_nothing(m, &nothing) == 0
	    ? clients_given_back(msg_take_fd(m))
	    : -1;
}

int
dispatch_apid(struct child *c, struct msg *m)
{
	struct change *ch;

	if (m->type == MSG_API_CLIENT)
		return on_client(m);
	if (m->type == MSG_API_SERVES)
		return on_serves(c, m);
	if (m->type == MSG_PROXY_CREATE_TOXIC)
		return on_create_toxic(m);
	if (toxid.reading != NULL || c->state != CHILD_RUNNING ||
	    !is_next(c, m))
		return -1;
	if ((ch = change_new(m->type, m->id, c)) == NULL) {
		refuse_for_want_of_memory(c, m->id);
		return 0;
	}
	refused_id = 0;
	if (m->type == MSG_PROXY_CREATE || m->type == MSG_PROXY_POPULATE)
		return on_create(ch, m);
	return start(ch, get_request(m, ch));
}

/* SPDX-License-Identifier: ISC */
/*
 * What apid may ask.  It has read untrusted text: every value is checked again
 * here, and what an honest apid cannot send costs it its life.
 */

#include <errno.h>
#include <stdio.h>

#include "api_sessions.h"
#include "audit.h"
#include "callers.h"
#include "change.h"
#include "changes.h"
#include "child.h"
#include "clients.h"
#include "clock.h"
#include "config_file.h"
#include "desired.h"
#include "difference_print.h"
#include "dispatch.h"
#include "event_make.h"
#include "event_ring.h"
#include "give_up.h"
#include "health.h"
#include "msg.h"
#include "pending.h"
#include "requests.h"
#include "settings.h"
#include "state.h"
#include "store.h"
#include "takeover.h"
#include "tokens.h"
#include "watches.h"

enum {
	LEARNS = 0x2,    /* all that it has to know before it serves */
	POPULATES = 0x4, /* ... from the configuration file */
	SERVES = 0x8,
	IS_GREETED = 0x20,
	LISTS = 0x10 /* the toxics of a proxy to be made, a profile ... */
};

/* What an apid asks before it serves is what the configuration file says. */
static void
start(struct change *ch)
{
	pending_read(NULL);
	if (!ch->asker->serves) {
		ch->config_print = difference_print(ch);
		ch->source = SOURCE_CONFIG;
	}
	changes_ask(ch);
}

/*
 * Its requests are numbered, one after another; of one that another ctld had,
 * the first that is here has any number.
 */
static int
is_next(struct child *apid, const struct msg *m)
{
	uint32_t next = apid->asked_id + 1;

	if (next == 0)
		next = 1;
	if (apid->state == CHILD_GREETED && apid->first_id == 0)
		next = apid->first_id = m->id;
	if (m->id != next)
		return 0;
	apid->asked_id = next;
	return 1;
}

/* So many PROXY_CREATE_TOXICs come behind it. */
static uint32_t
listed(const struct request *r, const struct msg *m)
{
	if (r->type == MSG_PROXY_PROFILE)
		return msg_get_proxy_profile(m)->ntoxics;
	if (r->type == MSG_SCENARIO_CREATE)
		return msg_get_scenario_spec(m)->ntoxics;
	return r->makes_a_proxy ? msg_get_proxy_create(m)->ntoxics : 0;
}

/* No fault of apid's; it has toxics to come, which nobody can take. */
static int
refuse_unread(struct child *apid, const struct request *r, const struct msg *m)
{
	apid->nunread = listed(r, m);
	changes_answer_unread(apid, m->id, ANSWER_NO_MEMORY);
	return 0;
}

static int
on_caller(struct msg *m)
{
	struct child *c = m->from;

	return caller_take(
	    &c->caller, msg_get_api_caller(m), m->id, msg_take_fd(m));
}

/* Of the one token without tenants nobody asks. */
static int
on_token_used(struct msg *m)
{
	if (!callers_may_be_late())
		return -1;
	token_used(msg_get_token_digest(m));
	return 0;
}

/*
 * Whom it has refused, it lets wait for this.  Where all may ask, nobody is,
 * but for calling too often; and it may not have heard of that yet.
 */
static int
on_refused(struct msg *m)
{
	const struct api_refused *refused = msg_get_api_refused(m);
	struct child *c = m->from;
	struct caller by;

	if (!is_next(c, m) ||
	    !(callers_have_one_token() || callers_may_be_late() ||
		refused->why == REFUSAL_CALLS))
		return -1;
	caller_read(&by, &refused->by, m->id, msg_take_fd(m));
	if (audit_refused(&by, refused) && refused->why == REFUSAL_CALLS)
		event_called_too_often(&by, refused->times);
	changes_answer_unread(c, m->id, ANSWER_OK);
	return 0;
}

/* What the configuration file says, nobody has to bring a token for. */
static int
needs_caller(const struct child *apid)
{
	return !callers_are_open() && apid->serves;
}

/* Whose caller an earlier ctld was told, that died before it read the rest. */
static int
was_halved(const struct child *apid, const struct msg *m)
{
	return apid->state == CHILD_GREETED && apid->first_id == m->id;
}

/*
 * Whom it asks for, and whether that may be.  -1: an honest apid does not ask
 * so.
 */
static int
take_caller(const struct child *c, const struct msg *m, struct caller *by,
    enum answer_code *code)
{
	*by = (struct caller){ .id = 0 };
	*code = ANSWER_OK;
	if (!needs_caller(c))
		return 0;
	*by = c->caller;
	if (by->id == m->id)
		return 0;
	*by = (struct caller){ .id = m->id };
	*code = was_halved(c, m) ? ANSWER_LOST : ANSWER_UNKNOWN;
	return *code == ANSWER_LOST || callers_may_be_late() ? 0 : -1;
}

/* What its caller may not do; its toxics are still to come. */
static void
refuse(struct change *ch, enum answer_code code)
{
	ch->asker->nunread = ch->nlisted;
	changes_refuse(ch, code);
}

/* A proxy, or a profile, comes first, then its toxics: the change starts with
 * the last. */
static int
on_request(struct msg *m)
{
	const struct request *request = request_of(m->type);
	struct child *c = m->from;
	enum answer_code code;
	struct caller by;
	struct change *ch;

	if (!is_next(c, m) || take_caller(c, m, &by, &code) == -1 ||
	    (request->is_of_all && desired_is_read()))
		return -1;
	if ((ch = change_read(request, m, c)) == NULL)
		return errno == ENOMEM ? refuse_unread(c, request, m) : -1;
	ch->caller = by;
	ch->nlisted = listed(request, m);
	ch->is_asked = c->serves;
	if (code == ANSWER_OK && c->serves &&
	    change_counts_for_tenant(ch) == -1)
		code = ANSWER_NO_MEMORY;
	if (code == ANSWER_OK)
		code = change_allowed(ch);
	if (code != ANSWER_OK)
		refuse(ch, code);
	else if (request->is_of_all)
		desired_read(ch);
	else if (ch->nlisted > 0)
		pending_read(ch);
	else
		start(ch);
	return 0;
}

static int
on_create_toxic(struct msg *m)
{
	struct change *ch = pending.reading;
	struct child *c = m->from;
	int r;

	if (ch == NULL) {
		c->nunread--;
		return m->id == c->asked_id ? 0 : -1;
	}
	r = change_read_toxic(ch, m);
	if (r == -2) {
		pending_read(NULL);
		c->nunread = ch->nlisted - ch->ntoxics - 1;
		changes_refuse(ch, ANSWER_NO_MEMORY);
		return 0;
	}
	if (r == 1)
		start(ch);
	return r == 1 ? 0 : r;
}

/* It has what guards it, and nobody has seen to that: see config_file.c. */
static int
on_bad_config(struct msg *m)
{
	const struct config_end *end = msg_get_config_end(m);
	char place[1024], text[1088];

	if (!end->is_bad)
		return -1;
	snprintf(text, sizeof(text), "config file %s",
	    settings_place(end, ctld.options.config, place, sizeof(place)));
	give_up(text);
}

static int
on_serves(struct msg *m)
{
	struct child *c = m->from;

	c->serves = 1;
	config_close();
	store_populated();
	api_sessions_wait();
	health_tick(clock_now()); /* that it runs, it can say itself */
	return 0;
}

static int
on_events_read(struct msg *m)
{
	event_ring_read(m->from, m->id, msg_get_event_question(m));
	return 0;
}

static int
on_watch(struct msg *m)
{
	const struct proxy_watch *watch = msg_get_proxy_watch(m);

	if (watch->proxy.name[0] == '\0') /* no proxy is called so */
		return -1;
	watch_proxy(watch);
	return 0;
}

/* It finishes: the next one will serve this client. */
static int
on_client(struct msg *m)
{
	return clients_given_back(m->from, msg_take_fd(m));
}

static const struct handler from_apid[MSG_MAX] = {
	[MSG_CONFIG_END] = { on_bad_config, POPULATES },
	[MSG_API_SERVES] = { on_serves, LEARNS | POPULATES },
	[MSG_API_HERE] = { takeover_apid_here, IS_GREETED },
	[MSG_API_CLIENT] = { on_client,
	    LEARNS | POPULATES | SERVES | IS_GREETED },
	[MSG_API_CALLER] = { on_caller, SERVES | IS_GREETED },
	[MSG_API_TOKEN_USED] = { on_token_used, SERVES | IS_GREETED },
	[MSG_API_REFUSED] = { on_refused, SERVES | IS_GREETED },
	[MSG_EVENTS_READ] = { on_events_read, SERVES | IS_GREETED },
	[MSG_PROXY_WATCH] = { on_watch, SERVES },
	[MSG_PROXY_CREATE] = { on_request, SERVES | IS_GREETED },
	[MSG_PROXY_POPULATE] = { on_request, POPULATES | SERVES | IS_GREETED },
	[MSG_PROXY_CREATE_TOXIC] = { on_create_toxic, LISTS },
	[MSG_PROXY_UPDATE] = { on_request, SERVES | IS_GREETED },
	[MSG_PROXY_DELETE] = { on_request, SERVES | IS_GREETED },
	[MSG_PROXY_RESET] = { on_request, SERVES | IS_GREETED },
	[MSG_PROXY_PROFILE] = { on_request, SERVES | IS_GREETED },
	[MSG_SCENARIO_CREATE] = { on_request, SERVES | IS_GREETED },
	[MSG_SCENARIO_DELETE] = { on_request, SERVES | IS_GREETED },
	[MSG_PROXY_AWAIT] = { on_request, SERVES | IS_GREETED },
	[MSG_PROXY_SESSIONS] = { on_request, SERVES | IS_GREETED },
	[MSG_PROXY_SESSION_END] = { on_request, SERVES | IS_GREETED },
	[MSG_OWN_TOXIC_CREATE] = { on_request, SERVES | IS_GREETED },
	[MSG_OWN_TOXIC_UPDATE] = { on_request, SERVES | IS_GREETED },
	[MSG_OWN_TOXIC_DELETE] = { on_request, SERVES | IS_GREETED },
	[MSG_TOXIC_CREATE] = { on_request, SERVES | IS_GREETED },
	[MSG_TOXIC_UPDATE] = { on_request, SERVES | IS_GREETED },
	[MSG_TOXIC_DELETE] = { on_request, SERVES | IS_GREETED },
	[MSG_LEASE_RENEW] = { on_request, SERVES | IS_GREETED },
	[MSG_DESIRED_PUT] = { on_request, SERVES | IS_GREETED },
	[MSG_DESIRED_TEXT] = { desired_text, SERVES | IS_GREETED },
	[MSG_DESIRED_PROXY] = { desired_proxy, SERVES | IS_GREETED },
	[MSG_DESIRED_SCENARIO] = { desired_scenario, SERVES | IS_GREETED },
	[MSG_DESIRED_TOXIC] = { desired_toxic, SERVES | IS_GREETED },
	[MSG_DESIRED_SHOW] = { on_request, SERVES | IS_GREETED },
	[MSG_TOKEN_CREATE] = { on_request, SERVES | IS_GREETED },
	[MSG_TOKEN_DELETE] = { on_request, SERVES | IS_GREETED },
	[MSG_SESSION_OPEN] = { on_request, SERVES | IS_GREETED },
	[MSG_SESSION_RENEW] = { on_request, SERVES | IS_GREETED },
	[MSG_SESSION_GONE] = { on_request, SERVES | IS_GREETED },
	[MSG_HALT] = { on_request, SERVES | IS_GREETED },
	[MSG_RESUME] = { on_request, SERVES | IS_GREETED },
};

const struct handler *
apid_may_say(const struct child *c, unsigned int *state)
{
	if (pending.reading != NULL || c->nunread > 0)
		*state = LISTS;
	else if (c->state == CHILD_GREETED)
		*state = IS_GREETED;
	else if (c->serves)
		*state = SERVES;
	else
		*state = c->has_config ? POPULATES : LEARNS;
	return from_apid;
}

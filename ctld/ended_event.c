/* SPDX-License-Identifier: ISC */
/* See ended_event.h. */

#include <string.h>

#include "agreed.h"
#include "child.h"
#include "clock.h"
#include "ended_event.h"
#include "event_make.h"
#include "event_ring.h"
#include "proxies.h"
#include "tenant_limits.h"

/* An honest worker may say all it has at the end of one second, and again at
 * that of the next, which is late. */
#define EVENTS_PER_S (2 * ENDED_KINDS)

/* ---- what it says */

static void
add_address(
    struct event_record *r, const char *key, const struct address *address)
{
	char text[ADDRESS_TEXT_MAX];

	if (address->family != 0)
		event_add_text(r, EVENT_SAYS, key, address_text(address, text));
}

static void
add_session(struct event_record *r, const struct session_ended *e)
{
	char name[SESSION_NAME_MAX + 1];

	if (!e->are_several)
		event_add_text(r, EVENT_SAYS, "session",
		    session_name(e->assignment, e->number, name));
	add_address(r, "client", &e->client);
}

static void
add_cause(struct event_record *r, enum session_end end)
{
	event_add_text(r, EVENT_SAYS, "cause", session_end_word(end));
	event_add_text(r, EVENT_SAYS, "why", session_end_text(end));
}

/* By its last bytes, where there is one alone. */
static void
add_end(struct event_record *r, const struct session_ended *e,
    const struct proxy *p)
{
	add_cause(r, (enum session_end)e->end);
	if (e->toxic[0] != '\0' && proxy_toxic_find(p, e->toxic) != NULL)
		event_add_text(r, EVENT_SAYS, "toxic", e->toxic);
	if (e->are_several)
		return;
	event_add_integer(
	    r, EVENT_SAYS, "bytes_upstream", (int64_t)e->sent[STREAM_UPSTREAM]);
	event_add_integer(r, EVENT_SAYS, "bytes_downstream",
	    (int64_t)e->sent[STREAM_DOWNSTREAM]);
	event_add_integer(r, EVENT_SAYS, "age_ms", (int64_t)e->age_ms);
}

static void
add_dial(struct event_record *r, const struct session_ended *e,
    const struct proxy *p)
{
	char text[1024];

	add_address(r, "address", &e->dial.address);
	event_add_text(r, EVENT_SAYS, "why",
	    endpoint_dial_error_text(
		&p->upstream, &e->dial, text, sizeof(text)));
}

static void
add_limit(struct event_record *r, enum session_end end, const struct proxy *p)
{
	const enum limit limit =
	    end == END_OVER_SESSIONS ? LIMIT_OF_SESSIONS : LIMIT_OF_CONNECTIONS;
	const uint64_t value = limits_of(p->key.tenant, limit);

	event_add_text(r, EVENT_SAYS, "reason", session_end_text(end));
	event_add_text(r, EVENT_SAYS, "limit", limit_rows[limit].name);
	if (value != 0)
		event_add_integer(r, EVENT_SAYS, "value", (int64_t)value);
}

static struct event_record
describe(const struct session_ended *e, const struct proxy *p)
{
	const enum session_end end = (enum session_end)e->end;
	struct event_record r;

	if (end == END_OVER_SESSIONS || end == END_OVER_CONNECTIONS) {
		r = event_about(EVENT_LIMIT_HIT, &p->key);
		add_address(&r, "client", &e->client);
		add_limit(&r, end, p);
	} else if (end == END_NO_UPSTREAM && e->dial.error != ENDPOINT_OK) {
		r = event_about(EVENT_DIAL_FAILED, &p->key);
		add_session(&r, e);
		add_dial(&r, e, p);
	} else {
		r = event_about(EVENT_SESSION_ENDED, &p->key);
		add_session(&r, e);
		add_end(&r, e, p);
	}
	event_add_integer(&r, EVENT_SAYS, "times", (int64_t)e->sessions);
	return r;
}

/* ---- who says it */

static int
may_be_said(struct proxy *p, int64_t now)
{
	if (now - p->ended.since >= NS_PER_S) {
		p->ended.since = now;
		p->ended.events = 0;
	}
	return p->ended.events++ < EVENTS_PER_S;
}

static void
leave_untold(struct proxy *p, uint64_t sessions)
{
	p->ended.untold += sessions;
	if (p->ended.untold > INT64_MAX)
		p->ended.untold = INT64_MAX;
}

int
event_ended(struct child *worker, const struct session_ended *e)
{
	struct proxy *p = worker->proxy;
	struct event_record r;

	if (!session_end_is_news((enum session_end)e->end) ||
	    e->sessions == 0 || e->assignment != p->assignment)
		return -1;
	if (!may_be_said(p, clock_now())) {
		leave_untold(p, e->sessions);
		return 0;
	}
	r = describe(e, p);
	if (p->ended.untold > 0)
		event_add_integer(
		    &r, EVENT_SAYS, "untold", (int64_t)p->ended.untold);
	p->ended.untold = 0;
	event_ring_add(&r, EVENT_OF_TENANT);
	return 0;
}

void
event_ended_with_worker(const struct proxy *p, uint64_t sessions)
{
	struct event_record r = event_about(EVENT_SESSION_ENDED, &p->key);

	add_cause(&r, END_PROXY_CHANGED);
	event_add_integer(&r, EVENT_SAYS, "times", (int64_t)sessions);
	event_ring_add(&r, EVENT_OF_TENANT);
}

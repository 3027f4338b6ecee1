/* SPDX-License-Identifier: ISC */
/*
 * What apid is told of the truth.  A change is said before the answer to the
 * request that made it, on the same channel: a client reads its own writes.
 */

#include <string.h>

#include "child.h"
#include "children.h"
#include "clock.h"
#include "msg.h"
#include "proxies.h"
#include "replica.h"
#include "scenario.h"
#include "text_put.h"
#include "toxic_spec.h"
#include "toxic_tail.h"
#include "toxics_done.h"

/* A greeted worker has not said its own yet. */
static int
are_known(const struct proxy *p)
{
	return children.apid != NULL &&
	    (p->worker == NULL || p->worker->state != CHILD_GREETED);
}

/* Those of its worker on top of those of all workers before it. */
static void
tell_counters(const struct proxy *p)
{
	struct proxy_counters pc = { .proxy_id = p->id,
		.restarts = p->restarts.count,
		.restart_delay_ms = (uint64_t)(p->restart_delay / NS_PER_MS),
		.dial_failed_at = p->dial_failed_at,
		.counters = p->earlier };
	const struct counters *now;

	if (!are_known(p))
		return;
	if (p->worker != NULL) {
		now = &p->worker->counters;
		counters_add(&pc.counters, now);
		pc.counters.open_sessions = now->open_sessions;
		pc.counters.held = now->held;
		pc.counters.own_toxics = now->own_toxics;
	}
	child_send(children.apid, MSG_REPLICA_COUNTERS, 0, &pc, -1);
}

/* Its toxics come after it, with what they have done. */
void
replica_proxy(const struct proxy *p)
{
	struct proxy_state s = { .id = p->id,
		.lease = p->lease,
		.connect = p->connect,
		.enabled = (uint8_t)p->enabled };

	if (children.apid == NULL)
		return;
	s.key = p->key;
	text_put(s.listen, sizeof(s.listen), p->listen.text);
	text_put(s.upstream, sizeof(s.upstream), p->upstream.text);
	child_send(children.apid, MSG_REPLICA_PROXY, 0, &s, -1);
	tell_counters(p); /* what is open goes with a worker */
}

void
replica_proxy_gone(const struct proxy *p)
{
	struct proxy_ref ref = { .id = p->id };

	if (children.apid != NULL)
		child_send(children.apid, MSG_REPLICA_PROXY_GONE, 0, &ref, -1);
}

void
replica_toxic(const struct proxy *p, const struct toxic *t)
{
	struct toxic_state s = { .proxy_id = p->id,
		.counts = toxic_has_done(t) };

	if (children.apid == NULL)
		return;
	toxic_spec_copy(&s.spec, t->spec);
	child_send(children.apid, MSG_REPLICA_TOXIC, 0, &s, -1);
}

void
replica_toxic_gone(const struct proxy *p, const struct toxic *t)
{
	struct toxic_ref ref = { .proxy_id = p->id };

	if (children.apid == NULL)
		return;
	text_put(ref.name, sizeof(ref.name), t->spec->name);
	child_send(children.apid, MSG_REPLICA_TOXIC_GONE, 0, &ref, -1);
}

/* As a whole: its steps' toxics come behind it. */
void
replica_scenario(const struct scenario *s)
{
	struct toxic_create create = { .proxy = s->spec.proxy };
	const struct toxic *t;

	if (children.apid == NULL)
		return;
	child_send(children.apid, MSG_REPLICA_SCENARIO, 0, &s->spec, -1);
	TAILQ_FOREACH (t, &s->toxics, entry) {
		toxic_spec_copy(&create.spec, t->spec);
		child_send(
		    children.apid, MSG_REPLICA_SCENARIO_TOXIC, 0, &create, -1);
	}
}

void
replica_scenario_gone(const struct proxy *p)
{
	if (children.apid != NULL)
		child_send(
		    children.apid, MSG_REPLICA_SCENARIO_GONE, 0, &p->key, -1);
}

static void
tell_toxics(const struct proxy *p)
{
	struct toxic_done done = { .proxy_id = p->id };
	struct toxic *t;

	TAILQ_FOREACH (t, &p->toxics, entry) {
		if (!t->has_news)
			continue;
		t->has_news = 0;
		done.counts = toxic_has_done(t);
		text_put(done.name, sizeof(done.name), t->spec->name);
		child_send(children.apid, MSG_REPLICA_TOXIC_DONE, 0, &done, -1);
	}
}

void
replica_counters(const struct proxy *p)
{
	if (are_known(p))
		tell_toxics(p);
	tell_counters(p);
}

/* All there is, for a new apid. */
void
replica_feed(void)
{
	const struct proxy *p;
	const struct toxic *t;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		replica_proxy(p);
		TAILQ_FOREACH (t, &p->toxics, entry)
			replica_toxic(p, t);
		if (p->scenario != NULL)
			replica_scenario(p->scenario);
	}
}

static void
say(enum msg_type type)
{
	if (children.apid != NULL)
		child_send_nothing(children.apid, type, 0);
}

void
replica_changes(void)
{
	say(MSG_REPLICA_CHANGES);
}

void
replica_changed(void)
{
	say(MSG_REPLICA_CHANGED);
}

/* SPDX-License-Identifier: ISC */
/*
 * What each request does to the truth, once it has been prepared and kept.
 * Nothing here can fail: a request happens whole or not at all.  Each says
 * whether the change has to wait for a worker now: 1, or 0: it is done.
 */

#include <stdlib.h>
#include <string.h>

#include "api_sessions.h"
#include "change.h"
#include "child.h"
#include "commit.h"
#include "door.h"
#include "expiry.h"
#include "halts.h"
#include "listen.h"
#include "losses.h"
#include "msg.h"
#include "owned.h"
#include "ports.h"
#include "proxies.h"
#include "proxy_connect.h"
#include "replica.h"
#include "scenario.h"
#include "text_put.h"
#include "toxic_select.h"
#include "toxics_done.h"
#include "truth.h"
#include "truth_save.h"
#include "workers.h"

/*
 * Sends a worker what has been committed, and 1: the change waits until it has
 * been applied.  Without a worker there is nothing to apply it to: 0.
 */
#define apply(ch, p, type, payload) \
	apply_sized(ch, p, type, payload, sizeof(*(payload)))
static int
apply_sized(struct change *ch, struct proxy *p, enum msg_type type,
    const void *payload, size_t size)
{
	uint32_t serial;

	if (p->worker == NULL)
		return 0;
	serial = change_serial();
	worker_wait(p->worker, ch, serial);
	child_send_sized(p->worker, type, serial, payload, size, -1);
	return 1;
}

/* The listener that has been prepared is the proxy's from now on. */
static void
take_listener(struct change *ch, struct proxy *p)
{
	if (ch->fd == -1)
		return;
	if (p->enabled)
		proxy_listens(p, ch->fd, &ch->bound);
	else
		proxy_holds(p, ch->fd, &ch->bound);
	p->is_lent = ch->was_held; /* a worker may have had it before */
	ch->fd = -1;
}

/* It moves, or is disabled. */
static void
stop_listening(const struct change *ch, struct proxy *p)
{
	const struct difference *d = &ch->difference;

	if (d->listen)
		listen_end(&p->held_fd);
	if (!d->was_enabled || (d->enabled && !d->listen))
		return;
	if (!d->listen && ports_hold(p))
		proxy_rests(p);
	else
		proxy_stops(p);
}

/* .made becomes part of the truth; old, which it replaces, may be NULL. */
void
change_add_proxy(struct change *ch, struct proxy *old)
{
	struct proxy *p = ch->made;
	const struct toxic *t;

	proxy_enter(p, old);
	ch->made = NULL;
	ch->proxy = p;
	p->enabled = ch->u.create.spec.enabled;
	p->lease = ch->lease;
	api_session_ties_proxy(p, &ch->u.create.session);
	p->config_print = ch->config_print;
	p->source = ch->source;
	proxy_toxics_take(p, &ch->toxics);
	expiry_set(p);
	take_listener(ch, p);
	if (p->listen_fd != -1)
		worker_is_wanted(p);
	ports_settle(p);
	replica_proxy(p);
	TAILQ_FOREACH (t, &p->toxics, entry)
		replica_toxic(p, t);
	ch->answer.proxy_id = p->id;
}

/* An old proxy of that name goes with its toxics and sessions. */
int
commit_create(struct change *ch)
{
	struct proxy *old = ch->proxy != ch->made ? ch->proxy : NULL;
	int waits = 0;

	if (old != NULL) {
		replica_proxy_gone(old);
		waits = worker_dismiss(old, ch);
	}
	change_add_proxy(ch, old);
	return waits;
}

/* Why the one before could not be reached says nothing of this one. */
static void
take_upstream(struct proxy *p, const struct endpoint *upstream)
{
	p->upstream = *upstream;
	p->dial_failed_at = 0;
	p->earlier.dial_error = (struct dial_result){ .error = ENDPOINT_OK };
	replica_counters(p);
}

/* What was a session's, and is not any more, is over, whatever was asked for
 * before it was. */
static void
take_lease(const struct change *ch, struct proxy *p)
{
	if (!ch->is_tied || p->session != NULL)
		p->lease = ch->lease;
	expiry_set(p);
}

/*
 * A worker hears of all in order: the change waits for the last of those that
 * are left.
 */
static int
apply_one(struct change *ch, struct proxy *p, enum msg_type type,
    const void *payload, size_t size, uint32_t left)
{
	if (left == 0)
		return apply_sized(ch, p, type, payload, size);
	if (p->worker != NULL)
		child_send_sized(p->worker, type, 0, payload, size, -1);
	return 0;
}

/*
 * What its clients meet may be another than it was.  One that has no worker, or
 * is to get another, says so to that one.
 */
static int
tell_connect(struct change *ch, struct proxy *p, const struct connect_spec *was,
    uint32_t left)
{
	const struct connect_spec *c = proxy_connect(p);

	if (connect_equal(c, was))
		return 0;
	door_set(p);
	return apply_one(ch, p, MSG_RELAY_CONNECT, c, sizeof(*c), left);
}

/* Its own; a step of its scenario may be laid over it, and stays. */
static int
take_connect(struct change *ch, struct proxy *p)
{
	const struct connect_spec was = *proxy_connect(p);

	p->connect = ch->kept.connect;
	return tell_connect(ch, p, &was, 0);
}

int
commit_update(struct change *ch)
{
	const struct proxy_update *u = &ch->u.update;
	struct difference d = ch->difference;
	struct proxy *p = ch->proxy;
	int waits = 0;

	if (d.was_enabled && (d.listen || d.upstream || !d.enabled))
		waits = worker_dismiss(p, ch);
	stop_listening(ch, p);
	if (d.listen) {
		p->listen = u->listen;
		text_put(p->given, sizeof(p->given), u->listen.text);
	}
	if (d.upstream) /* whose worker, and what that has counted, is gone */
		take_upstream(p, &u->upstream);
	p->enabled = d.enabled;
	waits |= take_connect(ch, p);
	take_lease(ch, p);
	take_listener(ch, p);
	if (p->listen_fd != -1 && p->worker == NULL)
		worker_is_wanted(p);
	ports_settle(p);
	replica_proxy(p);
	truth_proxy_changed(p);
	ch->answer.proxy_id = p->id;
	return waits;
}

int
commit_delete(struct change *ch)
{
	struct proxy *p = ch->proxy;
	int waits;

	replica_proxy_gone(p);
	waits = worker_dismiss(p, ch);
	if (p->listen_fd != -1)
		proxy_stops(p);
	proxy_remove(p);
	ch->proxy = NULL;
	return waits;
}

/* The change waits for the last toxic to be gone: a worker goes in order. */
static int
remove_all_toxics(struct change *ch, struct proxy *p)
{
	struct toxic_name name;
	struct toxic *t;
	int waits = 0;

	while ((t = TAILQ_FIRST(&p->toxics)) != NULL) {
		replica_toxic_gone(p, t);
		name = toxic_name_of(t);
		proxy_toxic_remove(p, t);
		if (TAILQ_EMPTY(&p->toxics))
			waits = apply(ch, p, MSG_RELAY_TOXIC_REMOVE, &name);
		else if (p->worker != NULL)
			child_send(
			    p->worker, MSG_RELAY_TOXIC_REMOVE, 0, &name, -1);
	}
	loss_look(p);
	return waits;
}

/*
 * Sessions' own toxics end; is_last: it is that for which the change waits.
 * Their worker alone knows whether there are any: it may have been asked for
 * one of which it has not said yet that it has it.
 */
static int
end_own_toxics(struct change *ch, struct proxy *p, int is_last)
{
	static const struct nothing nothing;

	if (p->worker == NULL)
		return 0;
	if (is_last)
		return apply(ch, p, MSG_RELAY_OWN_GONE, &nothing);
	child_send_nothing(p->worker, MSG_RELAY_OWN_GONE, 0);
	return 0;
}

/* Its toxics are still to go. */
static void
end_scenario(struct proxy *p)
{
	truth_scenario_gone(p);
	replica_scenario_gone(p);
	proxy_scenario_end(p);
}

int
commit_reset(struct change *ch)
{
	struct proxy *p = ch->proxy;
	const struct connect_spec was = *proxy_connect(p);
	const int has_connect = !connect_is_usual(&p->connect);
	const int was_off = ch->fd != -1;
	int waits;

	waits = end_own_toxics(
	    ch, p, TAILQ_EMPTY(&p->toxics) && connect_is_usual(&was));
	if (p->scenario != NULL)
		end_scenario(p);
	p->connect = connect_usual;
	waits |= tell_connect(ch, p, &was, p->ntoxics);
	if (was_off) {
		p->enabled = 1;
		take_listener(ch, p);
		worker_is_wanted(p);
	}
	if (was_off || has_connect)
		replica_proxy(p);
	truth_proxy_changed(p);
	ch->answer.proxy_id = p->id;
	return remove_all_toxics(ch, p) || waits;
}

int
commit_toxic_create(struct change *ch)
{
	struct proxy *p = ch->proxy;
	struct toxic *t;

	proxy_toxics_take(p, &ch->toxics);
	t = TAILQ_LAST(&p->toxics, toxics);
	api_session_ties_toxic(p, t, &ch->u.toxic_create.session);
	expiry_set(p);
	replica_toxic(p, t);
	truth_proxy_changed(p);
	ch->answer.proxy_id = p->id;
	if (p->worker != NULL)
		worker_gets(p->worker, t);
	loss_look(p);
	return apply(ch, p, MSG_RELAY_TOXIC_ADD, t->spec);
}

static int
remove_owned(
    struct change *ch, struct proxy *p, enum owner_kind kind, uint32_t *left)
{
	struct toxic *t = owned_next(p, kind, NULL), *next;
	struct toxic_name name;
	int waits = 0;

	for (; t != NULL; t = next) {
		next = owned_next(p, kind, t);
		name = toxic_name_of(t);
		replica_toxic_gone(p, t);
		proxy_toxic_remove(p, t);
		waits = apply_one(ch, p, MSG_RELAY_TOXIC_REMOVE, &name,
		    sizeof(name), --*left);
	}
	return waits;
}

/* They are the last of the proxy's. */
static int
add_owned(struct change *ch, struct proxy *p, struct toxic *t, uint32_t *left)
{
	int waits = 0;

	for (; t != NULL; t = TAILQ_NEXT(t, entry)) {
		api_session_ties_toxic(p, t, change_session(ch));
		replica_toxic(p, t);
		if (p->worker != NULL)
			worker_gets(p->worker, t);
		waits = apply_one(ch, p, MSG_RELAY_TOXIC_ADD, t->spec,
		    sizeof(*t->spec), --*left);
	}
	return waits;
}

/* Those that are there go, and those of the change come. */
static int
replace_owned(struct change *ch, enum owner_kind kind, uint32_t n)
{
	struct proxy *p = ch->proxy;
	struct toxic *first = TAILQ_FIRST(&ch->toxics);
	uint32_t left = owned_count(p, kind) + n;
	int waits;

	waits = remove_owned(ch, p, kind, &left);
	proxy_toxics_take(p, &ch->toxics);
	waits |= add_owned(ch, p, first, &left);
	loss_look(p);
	expiry_set(p);
	truth_proxy_changed(p);
	ch->answer.proxy_id = p->id;
	return waits;
}

int
commit_profile(struct change *ch)
{
	return replace_owned(ch, OWNER_PROFILE, ch->ntoxics);
}

/* Its toxics and its connect, of which the last is waited for. */
static int
replace_step(struct change *ch, const struct connect_spec *was)
{
	const uint32_t left =
	    owned_count(ch->proxy, OWNER_SCENARIO) + ch->ntoxics;
	const int waits = tell_connect(ch, ch->proxy, was, left);

	return replace_owned(ch, OWNER_SCENARIO, ch->ntoxics) || waits;
}

int
commit_scenario_step(struct change *ch)
{
	const struct connect_spec was = *proxy_connect(ch->proxy);

	ch->proxy->scenario_nth = ch->nth;
	return replace_step(ch, &was);
}

int
commit_scenario_create(struct change *ch)
{
	struct scenario *s = ch->scenario;

	proxy_scenario_take(ch->proxy, s);
	ch->scenario = NULL;
	scenario_goes_on(s, s->spec.began, s->spec.began);
	if (halts_cover(s->spec.proxy.tenant))
		scenario_look_at(s, s->spec.began);
	truth_scenario(s);
	replica_scenario(s);
	return commit_scenario_step(ch);
}

int
commit_scenario_delete(struct change *ch)
{
	const struct connect_spec was = *proxy_connect(ch->proxy);

	end_scenario(ch->proxy);
	return replace_step(ch, &was);
}

/* From now on a toxic is as it has been prepared. */
static struct toxic *
take_spec(struct change *ch)
{
	struct proxy *p = ch->proxy;
	struct toxic *t = proxy_toxic_find(p, ch->spec->name);

	if (ch->is_tied && t->session == NULL) /* as in take_lease() */
		ch->spec->lease = t->spec->lease;
	toxic_select_keep(ch->spec, t->spec);
	free(t->spec);
	t->spec = ch->spec;
	ch->spec = NULL;
	loss_look(p);
	expiry_set(p);
	replica_toxic(p, t);
	truth_proxy_changed(p);
	ch->answer.proxy_id = p->id;
	return t;
}

int
commit_toxic_update(struct change *ch)
{
	const struct toxic *t = take_spec(ch);

	return apply(ch, ch->proxy, MSG_RELAY_TOXIC_UPDATE, t->spec);
}

int
commit_toxic_delete(struct change *ch)
{
	const struct toxic_name *name = &ch->u.toxic_name;
	struct proxy *p = ch->proxy;
	struct toxic *t = proxy_toxic_find(p, name->name);

	replica_toxic_gone(p, t);
	proxy_toxic_remove(p, t);
	loss_look(p);
	truth_proxy_changed(p);
	ch->answer.proxy_id = p->id;
	return apply(ch, p, MSG_RELAY_TOXIC_REMOVE, name);
}

/* No worker knows of it: nothing is waited for. */
int
commit_renewal(struct change *ch)
{
	struct proxy *p = ch->proxy;

	if (ch->spec != NULL) {
		(void)take_spec(ch);
		return 0;
	}
	take_lease(ch, p);
	replica_proxy(p);
	truth_proxy_changed(p);
	ch->answer.proxy_id = p->id;
	return 0;
}

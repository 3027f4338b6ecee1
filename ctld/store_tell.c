/* SPDX-License-Identifier: ISC */
/* What stored is told: changes, and after any doubt the whole truth. */

#include <string.h>

#include "change.h"
#include "clock.h"
#include "clock_boot.h"
#include "event_ring.h"
#include "halts.h"
#include "msg.h"
#include "owned.h"
#include "proxies.h"
#include "requests.h"
#include "scenario.h"
#include "sources.h"
#include "store.h"
#include "store_send.h"
#include "store_tell.h"
#include "tenants.h"
#include "terms.h"
#include "text_put.h"
#include "toxic_owner.h"
#include "toxic_tail.h"
#include "truth.h"

/* After so many deaths in a sync, it is said step by step. */
#define SYNC_DEATHS_MAX 2

/* By the clock that goes on when toxid does not, which no session outlives. */
static int64_t
kept_lease(int64_t lease, int is_of_session)
{
	return is_of_session ? TERM_OF_SESSION : term_on_wall(lease);
}

static void
send_toxic(
    const struct proxy *p, const struct toxic_spec *spec, int is_of_session)
{
	struct toxic_create create = { .proxy = p->key };

	toxic_spec_copy(&create.spec, spec);
	create.spec.lease = kept_lease(spec->lease, is_of_session);
	store_send(MSG_STORE_TOXIC, &create);
}

/* Whole: what is at work of it follows from when it has begun. */
static void
send_scenario(const struct scenario *s)
{
	struct toxic_create create = { .proxy = s->spec.proxy };
	struct scenario_spec spec = s->spec;
	const struct toxic *t;

	spec.began = clock_wall() - (clock_boot() - s->spec.began);
	spec.began /= NS_PER_MS;
	spec.lease = term_on_wall(s->spec.lease);
	store_send(MSG_STORE_SCENARIO, &spec);
	TAILQ_FOREACH (t, &s->toxics, entry) {
		toxic_spec_copy(&create.spec, t->spec);
		store_send(MSG_STORE_SCENARIO_TOXIC, &create);
	}
}

static void
send_proxy(const struct proxy *p)
{
	struct store_proxy k = { .config_print = p->config_print,
		.lease = kept_lease(p->lease, p->session != NULL),
		.connect = p->connect,
		.source = p->source,
		.enabled = (uint8_t)p->enabled };
	const struct toxic *t;

	k.key = p->key;
	text_put(k.listen, sizeof(k.listen), p->listen.text);
	text_put(k.given, sizeof(k.given), p->given);
	text_put(k.upstream, sizeof(k.upstream), p->upstream.text);
	store_send(MSG_STORE_PROXY, &k);
	TAILQ_FOREACH (t, &p->toxics, entry) {
		if (toxic_owner_kind(t->spec) != OWNER_SCENARIO)
			send_toxic(p, t->spec, t->session != NULL);
	}
	if (p->scenario != NULL)
		send_scenario(p->scenario);
}

/* ---- one change */

void
tell_toxic(const struct proxy *p, const struct toxic_spec *spec)
{
	send_toxic(p, spec, 0);
}

/* One that is to be; nothing of its name is there. */
void
tell_made(const struct change *ch)
{
	const struct toxic *t;

	store_send(MSG_STORE_PROXY, &ch->kept);
	TAILQ_FOREACH (t, &ch->toxics, entry)
		send_toxic(ch->made, t->spec, 0);
}

void
tell_toxics(const struct change *ch)
{
	const int is_of_session = !ch->request->makes_a_proxy &&
	    !session_id_is_none(change_session(ch));
	const struct toxic *t;

	TAILQ_FOREACH (t, &ch->toxics, entry)
		send_toxic(ch->proxy, t->spec, is_of_session);
}

void
tell_proxy_gone(const struct change *ch)
{
	store_send(MSG_STORE_PROXY_GONE, &ch->proxy->key);
}

void
tell_create(const struct change *ch)
{
	if (ch->proxy != ch->made)
		tell_proxy_gone(ch);
	store_send(MSG_STORE_PROXY, &ch->kept);
	tell_toxics(ch);
}

void
tell_update(const struct change *ch)
{
	store_send(MSG_STORE_PROXY, &ch->kept);
}

void
tell_reset(const struct change *ch)
{
	store_send(MSG_STORE_PROXY, &ch->kept);
	store_send(MSG_STORE_TOXICS_GONE, &ch->u.key);
	if (ch->proxy->scenario != NULL)
		store_send(MSG_STORE_SCENARIO_GONE, &ch->u.key);
}

void
tell_scenario(const struct change *ch)
{
	send_scenario(ch->scenario);
}

void
tell_scenario_gone(const struct change *ch)
{
	store_send(MSG_STORE_SCENARIO_GONE, &ch->proxy->key);
}

void
tell_toxic_update(const struct change *ch)
{
	const struct toxic *was = proxy_toxic_find(ch->proxy, ch->spec->name);

	if (toxic_owner_kind(was->spec) == OWNER_SCENARIO)
		return; /* its next step makes it anew, and so does a start */
	send_toxic(ch->proxy, ch->spec, was->session != NULL);
}

void
tell_toxic_delete(const struct change *ch)
{
	store_send(MSG_STORE_TOXIC_GONE, &ch->u.toxic_name);
}

void
tell_profile(const struct change *ch)
{
	const struct toxic *t = NULL;
	struct toxic_name name;

	while ((t = owned_next(ch->proxy, OWNER_PROFILE, t)) != NULL) {
		name = toxic_name_of(t);
		name.proxy = ch->proxy->key;
		store_send(MSG_STORE_TOXIC_GONE, &name);
	}
	tell_toxics(ch);
}

void
tell_renewal(const struct change *ch)
{
	if (ch->spec != NULL)
		tell_toxic_update(ch);
	else
		tell_update(ch);
}

void
tell_token(const struct change *ch)
{
	store_send(MSG_STORE_TOKEN, &ch->u.token.row);
}

void
tell_token_gone(const struct change *ch)
{
	const struct credential *row = &ch->u.token.row;
	struct token_name name;

	memcpy(name.tenant, row->tenant, sizeof(name.tenant));
	memcpy(name.name, row->name, sizeof(name.name));
	store_send(MSG_STORE_TOKEN_GONE, &name);
}

void
tell_halt(const struct change *ch)
{
	store_send(MSG_STORE_HALT, &ch->u.halt.row);
}

void
tell_halt_gone(const struct change *ch)
{
	store_send(MSG_STORE_HALT_GONE, &ch->u.halt.row);
}

static void
send_halts(void)
{
	const struct halt *all;
	size_t i, n;

	all = halts_now(&n);
	for (i = 0; i < n; i++)
		store_send(MSG_STORE_HALT, &all[i]);
}

static void
send_event_block(void)
{
	const struct event_block block = { .next = event_ring_next_block() };

	store_send(MSG_STORE_EVENTS, &block);
}

/* All that are kept, used since then. */
static void
send_tokens(int64_t since)
{
	const struct tenants *t = tenants_now();
	const struct credential *c;
	size_t i;

	for (i = 0; i < t->ncredentials; i++) {
		c = &t->credentials[i];
		if (c->is_stored && c->last_used >= since)
			store_send(MSG_STORE_TOKEN, c);
	}
}

/*
 * When tokens were used last, nobody waits for: it goes as a change of its own,
 * one at a time, and what comes meanwhile goes with the next.  Not while others
 * are under way: one that is being revoked is still there, and would come back.
 */
void
store_send_uses(void)
{
	struct store *s = &store;

	if (s->uses_since == 0 || s->uses != 0 || s->serial != 0 ||
	    !s->is_synced || !TAILQ_EMPTY(&s->storing) || !store_is_there())
		return;
	send_tokens(s->uses_since);
	s->uses_since = 0;
	s->uses = change_serial();
	s->nsent++;
	store_send_nothing(MSG_STORE_COMMIT, s->uses);
}

/*
 * What has ended, or is so by itself, and needs nobody's word for it.  Where
 * stored is behind, or cannot keep it, it is told so with the whole truth.
 */
void
store_lapsed(enum msg_type type, const void *payload, size_t size)
{
	struct store *s = &store;

	if (s->serial != 0) { /* that truth had it still */
		s->is_synced = 0;
		s->is_stale = 1;
	} else if (s->is_synced && store_is_there()) {
		store_send_sized(type, 0, payload, size);
		s->nlapses++;
		s->nsent++;
		store_send_nothing(MSG_STORE_COMMIT, STORE_LAPSE);
	}
}

/* No id of a block is given before it is kept that it may have been. */
void
store_event_block(uint64_t next)
{
	const struct event_block block = { .next = next };

	truth_changed();
	store_lapsed(MSG_STORE_EVENTS, &block, sizeof(block));
}

static void
send_change(struct change *ch)
{
	ch->request->store(ch);
	store_send_nothing(MSG_STORE_COMMIT, ch->serial);
	ch->is_sent = 1;
	store.nsent++;
}

/* A change that was in hand when stored died; or NULL. */
static struct change *
suspect_first(void)
{
	struct change *ch;

	TAILQ_FOREACH (ch, &store.storing, entry) {
		if (ch->deaths > 0 && !ch->is_unsure)
			break;
	}
	return ch;
}

/* Suspects go alone, so that another death says which it is. */
void
store_send_waiting(void)
{
	struct store *s = &store;
	struct change *ch = suspect_first();

	if (!store_is_there() || !s->is_synced)
		return;
	if (ch != NULL) {
		if (s->nsent == 0)
			send_change(ch);
		return;
	}
	TAILQ_FOREACH (ch, &store.storing, entry) {
		if (!ch->is_sent && !ch->is_unsure)
			send_change(ch);
	}
}

/* The next to be said step by step: numbers grow along the list. */
static struct proxy *
next_to_probe(void)
{
	struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->id > store.probe && !p->is_left_out)
			break;
	}
	return p;
}

static void
sync_end(void)
{
	store.probe = store.ping = 0;
	store_send_nothing(MSG_STORE_COMMIT, store.serial);
}

/* A question that is answered when all before it has been dealt with. */
static void
ask_if_it_lives(uint32_t id)
{
	store.ping = id;
	store_send_nothing(MSG_PING, id);
}

static void
probe_next(void)
{
	const struct proxy *p = next_to_probe();

	if (p == NULL) {
		sync_end();
		return;
	}
	store.probe = p->id;
	send_proxy(p);
	ask_if_it_lives(p->id);
}

/* -1: that was not asked */
int
store_ponged(uint32_t id)
{
	if (store.serial == 0 || id != store.ping)
		return -1;
	probe_next();
	return 0;
}

/*
 * The whole truth, as one change.  No other may be under way: it would be kept,
 * and then not be in the truth that was sent.
 */
void
store_sync_start(void)
{
	struct store *s = &store;
	const struct proxy *p;

	s->serial = change_serial();
	s->sync_at = CLOCK_NEVER;
	s->is_stale = 0;
	s->probe = s->ping = 0;
	store_send_nothing(MSG_STORE_CLEAR, 0);
	if (s->is_populated)
		store_send_nothing(MSG_STORE_POPULATED, 0);
	s->uses_since = 0;
	send_tokens(0);
	send_halts();
	sources_tell();
	send_event_block();
	if (s->sync_deaths >= SYNC_DEATHS_MAX) {
		ask_if_it_lives(UINT32_MAX); /* no proxy has that number */
		return;
	}
	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (!p->is_left_out)
			send_proxy(p);
	}
	sync_end();
}

/* SPDX-License-Identifier: ISC */
/*
 * All of a request that may fail, before anything of it is done: what is there
 * is looked at, the new address is bound, memory is had.  What has been
 * prepared is done by commit.c, or undone.  Each answers with a code:
 * ANSWER_OK, it can be done; or why not, and what it has prepared so far is to
 * be undone.
 */

#include <string.h>

#include "agreed.h"
#include "ahead.h"
#include "api_sessions.h"
#include "change.h"
#include "endpoint.h"
#include "expiry.h"
#include "lease.h"
#include "losses.h"
#include "msg.h"
#include "owned.h"
#include "ports.h"
#include "prepare.h"
#include "proxies.h"
#include "proxy_spec.h"
#include "requests.h"
#include "scenario.h"
#include "state.h"
#include "store.h"
#include "tenants.h"
#include "terms.h"
#include "text_put.h"
#include "toxic_list.h"
#include "toxic_select.h"
#include "toxic_spec.h"
#include "toxic_tail.h"

/*
 * It is not committed, however far it has been prepared.  Where its new address
 * had been in the way of the old one (listen_bind()), that one listens
 * again.
 */
void
change_undo(struct change *ch)
{
	const int is_elsewhere = ahead_give_up(ch);

	if (ch->request->undo != NULL)
		ch->request->undo(ch);
	scenario_free(ch->scenario);
	ch->scenario = NULL;
	if (ch->made != NULL) {
		if (ch->proxy == ch->made)
			ch->proxy = NULL;
		proxy_discard(ch->made);
		ch->made = NULL;
	}
	if (is_elsewhere && ch->proxy != NULL)
		ahead_restore(ch->proxy);
}

/* When it ends, counted from now; what is not said stays as it was. */
static enum answer_code
agree(struct change *ch, int64_t asked, int64_t was, int64_t *end)
{
	const enum answer_code code = change_lease_allowed(ch, asked);

	if (code != ANSWER_OK)
		return code;
	*end = asked == 0 ? was : term_of_request(asked);
	return *end == 0 || expiry_reserve() == 0 ? ANSWER_OK
						  : ANSWER_NO_MEMORY;
}

/* Of what is made; what is a session's has its end. */
static enum answer_code
agree_new(struct change *ch, int64_t asked, int64_t *end)
{
	if (asked == 0 && session_id_is_none(change_session(ch)))
		asked = change_lease_unasked(ch);
	return agree(ch, asked, 0, end);
}

/* Whose end it is to have, if it is a session's. */
static enum answer_code
agree_session(const struct change *ch)
{
	const struct session_id *id = change_session(ch);

	if (session_id_is_none(id))
		return ANSWER_OK;
	if (api_session_find(change_key(ch)->tenant, id) == NULL)
		return ANSWER_NO_SESSION;
	return expiry_reserve() == 0 ? ANSWER_OK : ANSWER_NO_MEMORY;
}

/* Those that are to be. */
static enum answer_code
agree_toxics(struct change *ch)
{
	enum answer_code code = losses_allowed(ch,
	    change_makes_a_proxy(ch) ? ch->u.create.spec.connect.syn_loss : 0);
	struct toxic *t;

	TAILQ_FOREACH (t, &ch->toxics, entry) {
		if (code != ANSWER_OK)
			break;
		toxic_select_anew(t->spec);
		code = agree_new(ch, t->spec->lease, &t->spec->lease);
	}
	return code;
}

enum answer_code
change_agree_lease(struct change *ch, int64_t *lease)
{
	return agree_new(ch, *lease, lease);
}

enum answer_code
change_agree_toxics(struct change *ch)
{
	const enum answer_code code = agree_session(ch);

	return code != ANSWER_OK ? code : agree_toxics(ch);
}

enum answer_code
change_agree(struct change *ch)
{
	const enum answer_code code =
	    agree_new(ch, ch->u.create.spec.lease, &ch->lease);

	return code != ANSWER_OK ? code : agree_toxics(ch);
}

static int
is_of_session(const struct change *ch)
{
	return ch->made != NULL ? !session_id_is_none(&ch->u.create.session)
				: ch->proxy->session != NULL;
}

/* The proxy as it will be kept; where it is bound, by that address. */
static void
keep_bound(struct change *ch, const struct address *bound, const char *listen,
    const char *given, const char *upstream, int enabled)
{
	struct store_proxy *k = &ch->kept;
	char text[ADDRESS_TEXT_MAX];

	if (bound != NULL)
		listen = address_text(bound, text);
	k->key = *change_key(ch);
	text_put(k->listen, sizeof(k->listen), listen);
	text_put(k->given, sizeof(k->given), given);
	text_put(k->upstream, sizeof(k->upstream), upstream);
	k->enabled = (uint8_t)enabled;
	k->connect = (ch->made != NULL ? ch->made : ch->proxy)->connect;
	k->lease =
	    is_of_session(ch) ? TERM_OF_SESSION : term_on_wall(ch->lease);
	k->config_print =
	    ch->made != NULL ? ch->config_print : ch->proxy->config_print;
	k->source = ch->made != NULL ? ch->source : ch->proxy->source;
}

static void
keep(struct change *ch, const char *listen, const char *given,
    const char *upstream, int enabled)
{
	keep_bound(ch, ch->fd != -1 ? &ch->bound : NULL, listen, given,
	    upstream, enabled);
}

void
change_keep_made(struct change *ch, const struct address *bound)
{
	const struct proxy_spec *spec = &ch->u.create.spec;

	keep_bound(ch, bound, spec->listen.text, spec->listen.text,
	    spec->upstream.text, spec->enabled);
}

void
change_keep_changed(struct change *ch)
{
	const struct proxy *p = ch->proxy;
	struct store_proxy *k = &ch->kept;

	ch->lease = p->lease;
	keep_bound(
	    ch, NULL, p->listen.text, p->given, p->upstream.text, p->enabled);
	k->connect = ch->u.create.spec.connect;
	k->config_print = ch->config_print;
	k->source = ch->source;
}

/* A new proxy; .proxy is the one that it replaces, if any. */
static enum answer_code
make(struct change *ch)
{
	const struct proxy_spec *spec = &ch->u.create.spec;
	enum answer_code code;

	if (!tenants_have(spec->key.tenant))
		return ANSWER_NO_TENANT;
	code = agree_session(ch);
	if (code != ANSWER_OK)
		return code;
	code = change_count_toxics(
	    ch, ch->ntoxics, ch->proxy != NULL ? ch->proxy->ncounted : 0);
	if (code != ANSWER_OK || (code = change_agree(ch)) != ANSWER_OK)
		return code;
	if (ahead_wants_port(spec) &&
	    (code = ahead_bind(ch, ch->proxy)) != ANSWER_OK)
		return code;
	if ((ch->made = proxy_new(spec)) == NULL)
		return ANSWER_NO_MEMORY;
	if (ch->proxy == NULL)
		ch->proxy = ch->made;
	change_keep_made(ch, ch->fd != -1 ? &ch->bound : NULL);
	return ANSWER_OK;
}

enum answer_code
prepare_create(struct change *ch)
{
	enum answer_code code;

	if (proxy_find(change_key(ch)) != NULL)
		return ANSWER_PROXY_EXISTS;
	code = change_count_proxy(ch);
	return code != ANSWER_OK ? code : make(ch);
}

enum answer_code
prepare_populate(struct change *ch)
{
	const struct proxy_spec *spec = &ch->u.create.spec;
	struct proxy *p = proxy_find(change_key(ch));

	if (p != NULL && proxy_listens_at(p, &spec->listen, &ch->address) &&
	    strcmp(spec->upstream.text, p->upstream.text) == 0) {
		if (ch->config_print != 0 &&
		    ch->config_print != p->config_print) {
			p->config_print = ch->config_print;
			p->source = ch->source;
			store_resync(); /* it is kept, too */
		}
		ch->answer.proxy_id = p->id;
		return ANSWER_UNCHANGED;
	}
	if (p == NULL)
		return prepare_create(ch);
	ch->proxy = p;
	return make(ch);
}

static struct difference
difference(const struct change *ch, const struct proxy *p)
{
	const struct proxy_update *u = &ch->u.update;
	struct difference d;

	d.was_enabled = p->enabled;
	d.enabled = u->has_enabled ? u->enabled : d.was_enabled;
	d.listen =
	    u->has_listen && !proxy_listens_at(p, &u->listen, &ch->address);
	d.connect = u->has_connect && !connect_equal(&u->connect, &p->connect);
	d.upstream =
	    u->has_upstream && strcmp(u->upstream.text, p->upstream.text) != 0;
	return d;
}

/*
 * One that is disabled, and whose own port is not to be had, may be changed all
 * the same: it is tried again.
 */
static enum answer_code
move_listener(struct change *ch, struct proxy *p)
{
	const struct difference *d = &ch->difference;

	if (d->listen && (d->enabled || ports_of(NULL, p->key.tenant) != 0))
		return ahead_bind(ch, p);
	return d->enabled && p->listen_fd == -1 ? ahead_again(ch, p)
						: ANSWER_OK;
}

enum answer_code
prepare_update(struct change *ch)
{
	const struct proxy_update *u = &ch->u.update;
	struct proxy *p = proxy_find(change_key(ch));
	enum answer_code code;
	struct difference d;

	if (p == NULL)
		return ANSWER_NO_PROXY;
	ch->proxy = p;
	ch->is_tied = p->session != NULL;
	code = agree(ch, u->has_lease ? u->lease : 0, p->lease, &ch->lease);
	if (code != ANSWER_OK)
		return code;
	d = ch->difference = difference(ch, p);
	if ((code = move_listener(ch, p)) != ANSWER_OK)
		return code;
	keep(ch, d.listen ? u->listen.text : p->listen.text,
	    d.listen ? u->listen.text : p->given,
	    d.upstream ? u->upstream.text : p->upstream.text, d.enabled);
	if (!d.connect)
		return ANSWER_OK;
	ch->kept.connect = u->connect;
	return losses_allowed(ch, u->connect.syn_loss);
}

enum answer_code
prepare_delete(struct change *ch)
{
	ch->proxy = proxy_find(change_key(ch));
	return ch->proxy == NULL ? ANSWER_NO_PROXY : ANSWER_OK;
}

enum answer_code
prepare_reset(struct change *ch)
{
	struct proxy *p = proxy_find(change_key(ch));
	enum answer_code code;

	if (p == NULL)
		return ANSWER_NO_PROXY;
	ch->proxy = p;
	if (p->listen_fd == -1 && (code = ahead_again(ch, p)) != ANSWER_OK)
		return code;
	ch->lease = p->lease;
	keep(ch, p->listen.text, p->given, p->upstream.text, 1);
	ch->kept.connect = connect_usual;
	return ANSWER_OK;
}

/* Nothing is to be done: whoever asks has been told all there was before. */
enum answer_code
prepare_await(struct change *ch)
{
	return proxy_find(change_key(ch)) != NULL ? ANSWER_OK : ANSWER_NO_PROXY;
}

enum answer_code
prepare_toxic_create(struct change *ch)
{
	struct proxy *p = proxy_find(change_key(ch));
	const struct toxic_spec *spec = &ch->u.toxic_create.spec;
	enum answer_code code;

	if (p == NULL)
		return ANSWER_NO_PROXY;
	if (toxic_named(p, spec->name) != NULL)
		return ANSWER_TOXIC_EXISTS;
	if (toxics_room(p) == 0)
		return ANSWER_TOO_MANY;
	code = agree_session(ch);
	if (code != ANSWER_OK)
		return code;
	if ((code = change_count_toxics(ch, 1, 0)) != ANSWER_OK)
		return code;
	if (toxics_add(&ch->toxics, spec) == -1)
		return ANSWER_NO_MEMORY;
	ch->proxy = p;
	return agree_toxics(ch);
}

enum answer_code
prepare_toxic_update(struct change *ch)
{
	const struct toxic_update *u = &ch->u.toxic_update;
	struct proxy *p = proxy_find(change_key(ch));
	struct toxic_fault fault;
	enum answer_code code;
	struct toxic_spec spec;
	const struct toxic *t;

	if (p == NULL)
		return ANSWER_NO_PROXY;
	t = proxy_toxic_find(p, u->spec.name);
	if (t == NULL || t->spec->kind != u->spec.kind)
		return ANSWER_NO_TOXIC;
	toxic_spec_copy(&spec, t->spec);
	toxic_spec_merge(&spec, &u->spec, u->values_given, u->has_toxicity,
	    u->has_select, u->has_waves);
	if (toxic_spec_check(&spec, &fault) == -1) {
		ch->answer.spec = spec;
		return ANSWER_BAD_VALUE;
	}
	if ((code = loss_update_allowed(t->spec, &spec)) != ANSWER_OK)
		return code;
	code = agree(
	    ch, u->has_lease ? u->spec.lease : 0, t->spec->lease, &spec.lease);
	if (code != ANSWER_OK)
		return code;
	if ((ch->spec = toxic_spec_dup(&spec)) == NULL)
		return ANSWER_NO_MEMORY;
	ch->proxy = p;
	ch->is_tied = t->session != NULL;
	return ANSWER_OK;
}

/* The toxic's, or the proxy's, that is as it was but for that. */
enum answer_code
prepare_renewal(struct change *ch)
{
	const struct lease_renewal *r = &ch->u.renewal;
	struct proxy *p = proxy_find(change_key(ch));
	const struct toxic *t = NULL;
	enum answer_code code;

	if (p == NULL)
		return ANSWER_NO_PROXY;
	if (r->of.name[0] != '\0' &&
	    (t = proxy_toxic_find(p, r->of.name)) == NULL)
		return ANSWER_NO_TOXIC;
	ch->proxy = p;
	ch->is_tied = (t != NULL ? t->session : p->session) != NULL;
	if ((code = agree(ch, r->lease, 0, &ch->lease)) != ANSWER_OK)
		return code;
	if (t == NULL)
		keep(
		    ch, p->listen.text, p->given, p->upstream.text, p->enabled);
	else if ((ch->spec = toxic_spec_dup(t->spec)) == NULL)
		return ANSWER_NO_MEMORY;
	else
		ch->spec->lease = ch->lease;
	return ANSWER_OK;
}

enum answer_code
prepare_toxic_delete(struct change *ch)
{
	const struct toxic_name *name = &ch->u.toxic_name;
	struct proxy *p = proxy_find(change_key(ch));

	if (p == NULL)
		return ANSWER_NO_PROXY;
	if (proxy_toxic_find(p, name->name) == NULL)
		return ANSWER_NO_TOXIC;
	ch->proxy = p;
	return ANSWER_OK;
}

/* ---- whose address has to be known before: see change_endpoint() */

const struct endpoint *
endpoint_of_create(const struct change *ch, enum answer_stage *stage)
{
	const struct proxy_spec *spec = &ch->u.create.spec;

	*stage = STAGE_LISTEN;
	return ahead_wants_port(spec) && proxy_find(change_key(ch)) == NULL
	    ? &spec->listen
	    : NULL;
}

/* Of one that is there, too: is it as asked? */
const struct endpoint *
endpoint_of_populate(const struct change *ch, enum answer_stage *stage)
{
	const struct proxy_spec *spec = &ch->u.create.spec;

	if (proxy_find(change_key(ch)) == NULL)
		return endpoint_of_create(ch, stage);
	*stage = STAGE_COMPARE;
	return &spec->listen;
}

const struct endpoint *
endpoint_of_update(const struct change *ch, enum answer_stage *stage)
{
	const struct proxy_update *u = &ch->u.update;
	const struct proxy *p = proxy_find(change_key(ch));

	*stage = STAGE_COMPARE;
	if (p == NULL)
		return NULL;
	return u->has_listen ? &u->listen : &p->listen;
}

const struct endpoint *
endpoint_of_reset(const struct change *ch, enum answer_stage *stage)
{
	const struct proxy *p = proxy_find(change_key(ch));

	*stage = STAGE_LISTEN;
	return p != NULL && p->listen_fd == -1 ? &p->listen : NULL;
}

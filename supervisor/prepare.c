/* SPDX-License-Identifier: ISC */
/*
 * All of a request that may fail, before anything of it is done: what is there
 * is looked at, the new address is bound, memory is had.  What has been
 * prepared is done by commit.c, or undone.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "endpoint.h"
#include "listen.h"
#include "msg.h"
#include "prepare.h"
#include "proxies.h"
#include "proxy_spec.h"
#include "state.h"
#include "store.h"
#include "toxic_spec.h"
#include "toxic_tail.h"

/*
 * It was not committed.  Where its new address had been in the way of the old
 * one (listen_instead()), that one listens again.
 */
void
change_undo(struct change *ch)
{
	int is_elsewhere = ch->fd != -1;

	listen_close(&ch->fd);
	if (ch->made != NULL) {
		if (ch->proxy == ch->made)
			ch->proxy = NULL;
		proxy_discard(ch->made);
		ch->made = NULL;
	}
	if (is_elsewhere && ch->proxy != NULL && ch->proxy->listen_fd != -1)
		listen_again(ch->proxy->listen_fd);
}

/* It listens where it was looked up.  0, or -1: .answer has why. */
static int
bind_ahead(struct change *ch, int old)
{
	if (listen_instead(old, &ch->address, &ch->fd, &ch->bound) == 0)
		return 0;
	ch->answer.stage = STAGE_LISTEN;
	ch->answer.endpoint_error = ENDPOINT_SYSTEM;
	ch->answer.sys_errno = errno;
	ch->answer.listen = ch->endpoint;
	ch->answer.address = ch->address;
	return -1;
}

/* Is this where the proxy listens already?  Port 0 is never the same. */
int
proxy_listens_at(const struct proxy *p, const struct endpoint *given,
    const struct address *address)
{
	char text[ADDRESS_TEXT_MAX];

	if (strcmp(address_text(address, text), p->listen.text) == 0)
		return 1;
	return address_is_wildcard(address) && address->port != 0 &&
	    strcmp(given->text, p->given) == 0;
}

/* The proxy as it will be kept; where it is bound, by that address. */
static void
keep(struct change *ch, const char *name, const char *listen, const char *given,
    const char *upstream, int enabled)
{
	struct store_proxy *k = &ch->kept;
	char text[ADDRESS_TEXT_MAX];

	if (ch->fd != -1)
		listen = address_text(&ch->bound, text);
	snprintf(k->name, sizeof(k->name), "%s", name);
	snprintf(k->listen, sizeof(k->listen), "%s", listen);
	snprintf(k->given, sizeof(k->given), "%s", given);
	snprintf(k->upstream, sizeof(k->upstream), "%s", upstream);
	k->enabled = (uint8_t)enabled;
	k->config_print =
	    ch->made != NULL ? ch->config_print : ch->proxy->config_print;
}

/* A new proxy; .proxy is the one that it replaces, if any. */
static enum answer_code
make(struct change *ch)
{
	const struct proxy_spec *spec = &ch->u.create.spec;
	int old = ch->proxy != NULL ? ch->proxy->listen_fd : -1;

	if (change_count_toxics(ch, ch->ntoxics) == -1)
		return ANSWER_TOO_MANY_TOXICS;
	if (spec->enabled && bind_ahead(ch, old) == -1)
		return ANSWER_BAD_LISTEN;
	if ((ch->made = proxy_new(spec)) == NULL) {
		change_undo(ch);
		return ANSWER_NO_MEMORY;
	}
	if (ch->proxy == NULL)
		ch->proxy = ch->made;
	keep(ch, spec->name, spec->listen.text, spec->listen.text,
	    spec->upstream.text, spec->enabled);
	return ANSWER_OK;
}

static enum answer_code
prepare_create(struct change *ch)
{
	if (proxy_find(ch->u.create.spec.name) != NULL)
		return ANSWER_PROXY_EXISTS;
	if (toxid.nproxies >= (unsigned int)toxid.options.max_proxies)
		return ANSWER_TOO_MANY_PROXIES;
	return make(ch);
}

static enum answer_code
prepare_populate(struct change *ch)
{
	const struct proxy_spec *spec = &ch->u.create.spec;
	struct proxy *p = proxy_find(spec->name);

	if (p != NULL && proxy_listens_at(p, &spec->listen, &ch->address) &&
	    strcmp(spec->upstream.text, p->upstream.text) == 0) {
		if (ch->config_print != 0 &&
		    ch->config_print != p->config_print) {
			p->config_print = ch->config_print;
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
	d.upstream =
	    u->has_upstream && strcmp(u->upstream.text, p->upstream.text) != 0;
	return d;
}

static enum answer_code
prepare_update(struct change *ch)
{
	const struct proxy_update *u = &ch->u.update;
	struct proxy *p = proxy_find(u->name);
	struct difference d;

	if (p == NULL)
		return ANSWER_NO_PROXY;
	ch->proxy = p;
	d = ch->difference = difference(ch, p);
	if (d.enabled && (p->listen_fd == -1 || d.listen) &&
	    bind_ahead(ch, p->listen_fd) == -1)
		return ANSWER_BAD_LISTEN;
	keep(ch, p->name, d.listen ? u->listen.text : p->listen.text,
	    d.listen ? u->listen.text : p->given,
	    d.upstream ? u->upstream.text : p->upstream.text, d.enabled);
	return ANSWER_OK;
}

static enum answer_code
prepare_delete(struct change *ch)
{
	ch->proxy = proxy_find(ch->u.name.proxy);
	return ch->proxy == NULL ? ANSWER_NO_PROXY : ANSWER_OK;
}

static enum answer_code
prepare_reset(struct change *ch)
{
	struct proxy *p = proxy_find(ch->u.name.proxy);

	if (p == NULL)
		return ANSWER_NO_PROXY;
	ch->proxy = p;
	if (p->listen_fd == -1 && bind_ahead(ch, -1) == -1)
		return ANSWER_BAD_LISTEN;
	keep(ch, p->name, p->listen.text, p->given, p->upstream.text, 1);
	return ANSWER_OK;
}

/* Nothing is to be done: whoever asks has been told all there was before. */
static enum answer_code
prepare_await(struct change *ch)
{
	return proxy_find(ch->u.name.proxy) != NULL ? ANSWER_OK
						    : ANSWER_NO_PROXY;
}

static enum answer_code
prepare_toxic_create(struct change *ch)
{
	struct proxy *p = proxy_find(ch->u.toxic_create.proxy);
	const struct toxic_spec *spec = &ch->u.toxic_create.spec;

	if (p == NULL)
		return ANSWER_NO_PROXY;
	if (proxy_toxic_find(p, spec->name) != NULL)
		return ANSWER_TOXIC_EXISTS;
	if (p->ntoxics == PROXY_TOXICS_MAX)
		return ANSWER_TOO_MANY;
	if (change_count_toxics(ch, 1) == -1)
		return ANSWER_TOO_MANY_TOXICS;
	if (toxics_add(&ch->toxics, spec) == -1)
		return ANSWER_NO_MEMORY;
	ch->proxy = p;
	return ANSWER_OK;
}

/* Into the toxic as it was: the whole, as it would become. */
static void
merge(struct toxic_spec *spec, const struct toxic_update *u)
{
	int i;

	if (u->has_toxicity)
		spec->toxicity = u->spec.toxicity;
	for (i = 0; i < TOXIC_ATTRIBUTES_MAX; i++) {
		if ((u->values_given & 1U << i) != 0)
			toxic_spec_take(spec, i, &u->spec);
	}
}

static enum answer_code
prepare_toxic_update(struct change *ch)
{
	const struct toxic_update *u = &ch->u.toxic_update;
	struct proxy *p = proxy_find(u->proxy);
	struct toxic_fault fault;
	struct toxic_spec spec;
	const struct toxic *t;

	if (p == NULL)
		return ANSWER_NO_PROXY;
	t = proxy_toxic_find(p, u->spec.name);
	if (t == NULL || t->spec->kind != u->spec.kind)
		return ANSWER_NO_TOXIC;
	toxic_spec_copy(&spec, t->spec);
	merge(&spec, u);
	if (toxic_spec_check(&spec, &fault) == -1) {
		ch->answer.spec = spec;
		return ANSWER_BAD_VALUE;
	}
	free(ch->spec);
	if ((ch->spec = toxic_spec_dup(&spec)) == NULL)
		return ANSWER_NO_MEMORY;
	ch->proxy = p;
	return ANSWER_OK;
}

static enum answer_code
prepare_toxic_delete(struct change *ch)
{
	const struct toxic_name *name = &ch->u.toxic_name;
	struct proxy *p = proxy_find(name->proxy);

	if (p == NULL)
		return ANSWER_NO_PROXY;
	if (proxy_toxic_find(p, name->name) == NULL)
		return ANSWER_NO_TOXIC;
	ch->proxy = p;
	return ANSWER_OK;
}

/*
 * The endpoint whose address this change has to know before it can be
 * prepared; NULL: none.  The stage says what for: the wording depends on it.
 */
const struct endpoint *
change_endpoint(const struct change *ch, enum answer_stage *stage)
{
	const struct proxy *p;

	switch (ch->type) {
	case MSG_PROXY_CREATE:
	case MSG_PROXY_POPULATE:
		p = proxy_find(ch->u.create.spec.name);
		if (p != NULL && ch->type == MSG_PROXY_CREATE)
			return NULL;
		*stage = p != NULL ? STAGE_COMPARE : STAGE_LISTEN;
		return p != NULL || ch->u.create.spec.enabled
		    ? &ch->u.create.spec.listen
		    : NULL;
	case MSG_PROXY_UPDATE:
		*stage = STAGE_COMPARE;
		if ((p = proxy_find(ch->u.update.name)) == NULL)
			return NULL;
		return ch->u.update.has_listen ? &ch->u.update.listen
					       : &p->listen;
	case MSG_PROXY_RESET:
		*stage = STAGE_LISTEN;
		p = proxy_find(ch->u.name.proxy);
		return p != NULL && p->listen_fd == -1 ? &p->listen : NULL;
	default:
		return NULL;
	}
}

enum answer_code
change_prepare(struct change *ch)
{
	static enum answer_code (*const prepares[MSG_MAX])(struct change *) = {
		[MSG_PROXY_CREATE] = prepare_create,
		[MSG_PROXY_POPULATE] = prepare_populate,
		[MSG_PROXY_UPDATE] = prepare_update,
		[MSG_PROXY_DELETE] = prepare_delete,
		[MSG_PROXY_RESET] = prepare_reset,
		[MSG_PROXY_AWAIT] = prepare_await,
		[MSG_TOXIC_CREATE] = prepare_toxic_create,
		[MSG_TOXIC_UPDATE] = prepare_toxic_update,
		[MSG_TOXIC_DELETE] = prepare_toxic_delete,
	};

	return prepares[ch->type](ch);
}

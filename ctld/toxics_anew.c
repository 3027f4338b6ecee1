/* SPDX-License-Identifier: ISC */
/* See toxics_anew.h. */

#include <string.h>

#include "agreed.h"
#include "change.h"
#include "change_event.h"
#include "child.h"
#include "connect_spec.h"
#include "difference_print.h"
#include "door.h"
#include "expiry.h"
#include "losses.h"
#include "msg.h"
#include "owned.h"
#include "prepare.h"
#include "proxies.h"
#include "proxy_connect.h"
#include "proxy_spec.h"
#include "replica.h"
#include "store_send.h"
#include "store_tell.h"
#include "toxic_list.h"
#include "toxic_owner.h"
#include "toxic_select.h"
#include "toxic_spec.h"
#include "toxics_anew.h"
#include "truth.h"
#include "workers.h"

/* ---- whose a toxic is */

static int
is_its_own(const struct toxic *t)
{
	return t->session == NULL && toxic_owner_kind(t->spec) == OWNER_NONE;
}

/* The first of the proxy's own behind that one, or of all. */
static struct toxic *
next_own(const struct proxy *p, const struct toxic *t)
{
	struct toxic *next =
	    t == NULL ? TAILQ_FIRST(&p->toxics) : TAILQ_NEXT(t, entry);

	while (next != NULL && !is_its_own(next))
		next = TAILQ_NEXT(next, entry);
	return next;
}

static uint32_t
count_own(const struct proxy *p)
{
	const struct toxic *t = NULL;
	uint32_t n = 0;

	while ((t = next_own(p, t)) != NULL)
		n++;
	return n;
}

/* What is not its own has none of their names. */
static int
names_are_free(const struct change *ch, const struct proxy *p)
{
	const struct toxic *t, *there;

	TAILQ_FOREACH (t, &ch->toxics, entry) {
		there = proxy_toxic_find(p, t->spec->name);
		if (there == NULL ? toxic_named(p, t->spec->name) != NULL
				  : !is_its_own(there))
			return 0;
	}
	return 1;
}

static int
is_where_it_was(const struct change *ch, const struct proxy *p)
{
	const struct proxy_spec *s = &ch->u.create.spec;

	return strcmp(s->listen.text, p->given) == 0 ||
	    proxy_listens_at(p, &s->listen, &ch->address);
}

int
toxics_anew_will_do(const struct change *ch, const struct proxy *p)
{
	const struct proxy_spec *s = &ch->u.create.spec;

	return is_where_it_was(ch, p) &&
	    strcmp(s->upstream.text, p->upstream.text) == 0 &&
	    s->enabled == p->enabled && p->session == NULL && p->lease == 0 &&
	    names_are_free(ch, p) &&
	    ch->ntoxics <= toxics_room(p) + count_own(p);
}

uint32_t
toxics_anew_more(const struct change *ch, const struct proxy *p)
{
	const uint32_t n = count_own(p);

	return ch->ntoxics > n ? ch->ntoxics - n : 0;
}

/* ---- what may fail */

enum answer_code
toxics_anew_prepare(struct change *ch)
{
	enum answer_code code =
	    change_count_toxics(ch, ch->ntoxics, count_own(ch->proxy));

	if (code == ANSWER_OK)
		code = change_agree_toxics(ch);
	ch->difference = (struct difference){ .was_enabled = ch->proxy->enabled,
		.enabled = ch->proxy->enabled,
		.connect = !connect_equal(
		    &ch->u.create.spec.connect, &ch->proxy->connect) };
	change_keep_changed(ch);
	return code;
}

/* ---- the difference */

/* It may become the other where it is. */
static int
is_same(const struct toxic *there, const struct toxic *t)
{
	return there != NULL && t != NULL &&
	    strcmp(there->spec->name, t->spec->name) == 0 &&
	    there->spec->kind == t->spec->kind &&
	    there->spec->stream == t->spec->stream;
}

static int
is_as_it_was(const struct toxic *there, const struct toxic *t)
{
	return difference_toxic_print(there->spec) ==
	    difference_toxic_print(t->spec);
}

void
toxics_anew_tell(const struct change *ch)
{
	const struct proxy *p = ch->proxy;
	const struct toxic *there = next_own(p, NULL);
	const struct toxic *t = TAILQ_FIRST(&ch->toxics);
	struct toxic_name name;

	store_send(MSG_STORE_PROXY, &ch->kept);
	for (; is_same(there, t); t = TAILQ_NEXT(t, entry)) {
		if (!is_as_it_was(there, t))
			tell_toxic(p, t->spec);
		there = next_own(p, there);
	}
	for (; there != NULL; there = next_own(p, there)) {
		name = toxic_name_of(there);
		name.proxy = p->key;
		store_send(MSG_STORE_TOXIC_GONE, &name);
	}
	for (; t != NULL; t = TAILQ_NEXT(t, entry))
		tell_toxic(p, t->spec);
}

/* ---- it is done */

static void
tell_worker(
    struct proxy *p, enum msg_type type, const void *payload, size_t size)
{
	if (p->worker != NULL)
		child_send_sized(p->worker, type, 0, payload, size, -1);
}

/* The one that is there has the other's spec from then on, and that its. */
static void
become(const struct change *ch, struct proxy *p, struct toxic *there,
    struct toxic *t)
{
	struct toxic_spec *was = there->spec;

	event_toxic_changed(ch, &p->key, was, t->spec);
	toxic_select_keep(t->spec, was);
	there->spec = t->spec;
	t->spec = was;
	replica_toxic(p, there);
	tell_worker(
	    p, MSG_RELAY_TOXIC_UPDATE, there->spec, sizeof(*there->spec));
}

static void
go(const struct change *ch, struct proxy *p, struct toxic *t)
{
	const struct toxic_name name = toxic_name_of(t);

	event_toxic_goes(ch, &p->key, t->spec);
	replica_toxic_gone(p, t);
	proxy_toxic_remove(p, t);
	tell_worker(p, MSG_RELAY_TOXIC_REMOVE, &name, sizeof(name));
}

/* They are the last of the proxy's. */
static void
come(const struct change *ch, struct proxy *p, struct toxic *t)
{
	for (; t != NULL; t = TAILQ_NEXT(t, entry)) {
		event_toxic_comes(ch, &p->key, t->spec);
		replica_toxic(p, t);
		if (p->worker != NULL)
			worker_gets(p->worker, t);
		tell_worker(p, MSG_RELAY_TOXIC_ADD, t->spec, sizeof(*t->spec));
	}
}

static void
replace(struct change *ch, struct proxy *p)
{
	struct toxic *there = next_own(p, NULL), *t, *next;

	while (is_same(there, t = TAILQ_FIRST(&ch->toxics))) {
		if (!is_as_it_was(there, t))
			become(ch, p, there, t);
		TAILQ_REMOVE(&ch->toxics, t, entry);
		toxic_free(t);
		there = next_own(p, there);
	}
	for (; there != NULL; there = next) {
		next = next_own(p, there);
		go(ch, p, there);
	}
	proxy_toxics_take(p, &ch->toxics);
	come(ch, p, t);
}

/* What its clients meet is said last, as it is: then all is applied. */
static int
wait_for_worker(struct proxy *p, struct change *wait)
{
	const struct connect_spec *c = proxy_connect(p);
	const uint32_t serial = change_serial();

	if (p->worker == NULL)
		return 0;
	worker_wait(p->worker, wait, serial);
	child_send(p->worker, MSG_RELAY_CONNECT, serial, c, -1);
	return 1;
}

int
toxics_anew_apply(struct change *ch, struct change *wait)
{
	struct proxy *p = ch->proxy;

	change_uncount_toxics(ch);
	event_proxy_updated(ch);
	replace(ch, p);
	p->connect = ch->u.create.spec.connect;
	p->config_print = ch->config_print;
	p->source = ch->source;
	door_set(p);
	loss_look(p);
	expiry_set(p);
	replica_proxy(p);
	truth_proxy_changed(p);
	return wait_for_worker(p, wait);
}

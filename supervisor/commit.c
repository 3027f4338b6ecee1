/* SPDX-License-Identifier: ISC */
/*
 * What each request does to the truth, once it has been prepared: how it is
 * kept (stored), and what is then done.  Nothing here can fail: a request
 * happens whole or not at all.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor.h"

/* ---- what stored is told */

static void
store_toxics(const struct change *ch)
{
	struct toxic_create create = { .proxy = "" };
	const struct toxic *t;

	snprintf(create.proxy, sizeof(create.proxy), "%s", ch->proxy->name);
	TAILQ_FOREACH (t, &ch->toxics, entry) {
		toxic_spec_copy(&create.spec, t->spec);
		store_send(MSG_STORE_TOXIC, &create);
	}
}

static void
store_proxy_gone(const struct change *ch)
{
	struct proxy_name name = { .proxy = "" };

	snprintf(name.proxy, sizeof(name.proxy), "%s", ch->proxy->name);
	store_send(MSG_STORE_PROXY_GONE, &name);
}

static void
store_create(const struct change *ch)
{
	if (ch->proxy != ch->made)
		store_proxy_gone(ch);
	store_send(MSG_STORE_PROXY, &ch->kept);
	store_toxics(ch);
}

static void
store_update(const struct change *ch)
{
	store_send(MSG_STORE_PROXY, &ch->kept);
}

static void
store_reset(const struct change *ch)
{
	store_send(MSG_STORE_PROXY, &ch->kept);
	store_send(MSG_STORE_TOXICS_GONE, &ch->u.name);
}

static void
store_toxic_update(const struct change *ch)
{
	struct toxic_create create = { .proxy = "" };

	toxic_spec_copy(&create.spec, ch->spec);
	snprintf(create.proxy, sizeof(create.proxy), "%s", ch->proxy->name);
	store_send(MSG_STORE_TOXIC, &create);
}

static void
store_toxic_delete(const struct change *ch)
{
	store_send(MSG_STORE_TOXIC_GONE, &ch->u.toxic_name);
}

/* ---- what is done */

/*
 * Sends a worker what has been committed; the change is answered when it has
 * been applied.  Without a worker there is nothing to apply it to.
 */
#define apply(ch, p, type, payload) \
	apply_sized(ch, p, type, payload, sizeof(*(payload)))
static void
apply_sized(struct change *ch, struct proxy *p, enum msg_type type,
    const void *payload, size_t size)
{
	uint32_t serial;

	if (p->worker == NULL) {
		change_answer(ch);
		return;
	}
	serial = change_serial();
	worker_wait(p->worker, ch, serial);
	child_send_sized(p->worker, type, serial, payload, size, -1);
}

/* The listener that has been prepared is the proxy's from now on. */
static void
take_listener(struct change *ch, struct proxy *p)
{
	if (ch->fd == -1)
		return;
	proxy_listens(p, ch->fd, &ch->bound);
	ch->fd = -1;
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
	p->config_print = ch->config_print;
	proxy_toxics_take(p, &ch->toxics);
	take_listener(ch, p);
	if (p->listen_fd != -1)
		worker_assign(p);
	replica_proxy(p);
	TAILQ_FOREACH (t, &p->toxics, entry)
		replica_toxic(p, t);
	ch->answer.proxy_id = p->id;
}

/* An old proxy of that name goes with its toxics and sessions. */
static void
create(struct change *ch)
{
	struct proxy *old = ch->proxy != ch->made ? ch->proxy : NULL;
	int waits = 0;

	if (old != NULL) {
		replica_proxy_gone(old);
		waits = worker_dismiss(old, ch);
	}
	change_add_proxy(ch, old);
	if (!waits)
		change_answer(ch);
}

static void
update(struct change *ch)
{
	const struct proxy_update *u = &ch->u.update;
	struct difference d = ch->difference;
	struct proxy *p = ch->proxy;
	int waits = 0;

	if (d.was_enabled && (d.listen || d.upstream || !d.enabled))
		waits = worker_dismiss(p, ch);
	if (d.was_enabled && (d.listen || !d.enabled))
		proxy_stops(p);
	if (d.listen) {
		p->listen = u->listen;
		snprintf(p->given, sizeof(p->given), "%s", u->listen.text);
	}
	if (d.upstream)
		p->upstream = u->upstream;
	p->enabled = d.enabled;
	take_listener(ch, p);
	if (p->listen_fd != -1 && p->worker == NULL)
		worker_assign(p);
	replica_proxy(p);
	ch->answer.proxy_id = p->id;
	if (!waits)
		change_answer(ch);
}

static void delete (struct change *ch)
{
	struct proxy *p = ch->proxy;
	int waits;

	replica_proxy_gone(p);
	waits = worker_dismiss(p, ch);
	if (p->listen_fd != -1)
		proxy_stops(p);
	proxy_remove(p);
	ch->proxy = NULL;
	if (!waits)
		change_answer(ch);
}

/* The change waits for the last toxic to be gone: a worker goes in order. */
static void
remove_all_toxics(struct change *ch, struct proxy *p)
{
	struct toxic_name name = { .proxy = "" };
	struct toxic *t;

	while ((t = TAILQ_FIRST(&p->toxics)) != NULL) {
		replica_toxic_gone(p, t);
		snprintf(name.name, sizeof(name.name), "%s", t->spec->name);
		proxy_toxic_remove(p, t);
		if (TAILQ_EMPTY(&p->toxics))
			apply(ch, p, MSG_RELAY_TOXIC_REMOVE, &name);
		else if (p->worker != NULL)
			child_send(
			    p->worker, MSG_RELAY_TOXIC_REMOVE, 0, &name, -1);
	}
}

static void
reset(struct change *ch)
{
	struct proxy *p = ch->proxy;

	if (ch->fd != -1) {
		p->enabled = 1;
		take_listener(ch, p);
		worker_assign(p);
		replica_proxy(p);
	}
	ch->answer.proxy_id = p->id;
	if (TAILQ_EMPTY(&p->toxics))
		change_answer(ch);
	else
		remove_all_toxics(ch, p);
}

static void
toxic_create(struct change *ch)
{
	struct proxy *p = ch->proxy;
	const struct toxic *t;

	proxy_toxics_take(p, &ch->toxics);
	t = TAILQ_LAST(&p->toxics, toxics);
	replica_toxic(p, t);
	ch->answer.proxy_id = p->id;
	apply(ch, p, MSG_RELAY_TOXIC_ADD, t->spec);
}

static void
toxic_update(struct change *ch)
{
	struct proxy *p = ch->proxy;
	struct toxic *t = proxy_toxic_find(p, ch->spec->name);

	free(t->spec);
	t->spec = ch->spec;
	ch->spec = NULL;
	replica_toxic(p, t);
	ch->answer.proxy_id = p->id;
	apply(ch, p, MSG_RELAY_TOXIC_UPDATE, t->spec);
}

static void
toxic_delete(struct change *ch)
{
	const struct toxic_name *name = &ch->u.toxic_name;
	struct proxy *p = ch->proxy;
	struct toxic *t = proxy_toxic_find(p, name->name);

	replica_toxic_gone(p, t);
	proxy_toxic_remove(p, t);
	ch->answer.proxy_id = p->id;
	apply(ch, p, MSG_RELAY_TOXIC_REMOVE, name);
}

/* ---- the two together */

static const struct commit {
	void (*store)(const struct change *);
	void (*do_it)(struct change *);
} commits[MSG_MAX] = {
	[MSG_PROXY_CREATE] = { store_create, create },
	[MSG_PROXY_POPULATE] = { store_create, create },
	[MSG_PROXY_UPDATE] = { store_update, update },
	[MSG_PROXY_DELETE] = { store_proxy_gone, delete },
	[MSG_PROXY_RESET] = { store_reset, reset },
	[MSG_TOXIC_CREATE] = { store_toxics, toxic_create },
	[MSG_TOXIC_UPDATE] = { store_toxic_update, toxic_update },
	[MSG_TOXIC_DELETE] = { store_toxic_delete, toxic_delete },
};

static void
happen(struct change *ch)
{
	change_log(ch);
	change_uncount_toxics(ch);
	commits[ch->type].do_it(ch);
}

/* Or puts another in its place. */
static int
ends_a_proxy(const struct change *ch)
{
	return ch->type == MSG_PROXY_DELETE || ch->type == MSG_PROXY_POPULATE;
}

void
change_commit(struct change *ch)
{
	if (toxid.is_draining) {
		change_refuse(ch, ANSWER_ENDING);
		return;
	}
	if (change_has_to_wait(ch)) {
		pending_queue(ch);
		return;
	}
	if (change_prepare(ch) == -1)
		return;
	if (!store_is_used()) {
		happen(ch);
		return;
	}
	if (ch->proxy->is_left_out && !ends_a_proxy(ch)) {
		change_undo(ch);
		change_refuse(ch, ANSWER_STORE_FAILED);
		return;
	}
	ch->proxy->storing = ch;
	store_change(ch);
}

void
change_send_to_store(const struct change *ch)
{
	struct nothing nothing = { 0 };

	commits[ch->type].store(ch);
	store_send_sized(
	    MSG_STORE_COMMIT, ch->serial, &nothing, sizeof(nothing));
}

static enum answer_code
answer_code(enum store_code code)
{
	switch (code) {
	case STORE_FULL:
		return ANSWER_STORE_FULL;
	case STORE_UNSURE:
		return ANSWER_STORE_UNSURE;
	default:
		return ANSWER_STORE_FAILED;
	}
}

/* What was not kept does not happen. */
void
change_stored(struct change *ch, enum store_code code)
{
	char proxy[PROXY_NAME_MAX + 1];

	snprintf(proxy, sizeof(proxy), "%s", ch->proxy->name);
	ch->proxy->storing = NULL;
	if (code == STORE_OK) {
		happen(ch);
	} else {
		change_undo(ch);
		change_refuse(ch, answer_code(code));
	}
	changes_start_queued(proxy);
}

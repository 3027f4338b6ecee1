/* SPDX-License-Identifier: ISC */
/*
 * What each request does to the truth.  Everything that may fail comes first;
 * from the first change on nothing can: a request happens whole or not at all.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nitems.h"
#include "supervisor.h"

static void
refuse(struct change *ch, enum answer_code code)
{
	ch->answer.code = code;
	change_answer(ch);
}

/* The listening descriptor for what was looked up, or the answer: why not. */
static int
bind_or_refuse(struct change *ch, int old, int *fd, struct address *bound)
{
	if (listen_instead(old, &ch->address, fd, bound) == 0)
		return 0;
	ch->answer.code = ANSWER_BAD_LISTEN;
	ch->answer.stage = STAGE_LISTEN;
	ch->answer.endpoint_error = ENDPOINT_SYSTEM;
	ch->answer.sys_errno = errno;
	ch->answer.listen = ch->endpoint;
	ch->answer.address = ch->address;
	change_answer(ch);
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

void
change_add_proxy(struct change *ch, int fd, const struct address *bound)
{
	const struct proxy_spec *spec = &ch->u.create.spec;
	const struct toxic *t;
	struct proxy *p;

	if ((p = proxy_add(spec->name, &spec->listen, &spec->upstream)) ==
	    NULL) {
		listen_close(&fd);
		ch->answer.code = ANSWER_NO_MEMORY;
		return;
	}
	p->config_print = ch->config_print;
	proxy_toxics_take(p, &ch->toxics);
	if (fd != -1) {
		proxy_listens(p, fd, bound);
		worker_assign(p);
	}
	replica_proxy(p);
	TAILQ_FOREACH (t, &p->toxics, entry)
		replica_toxic(p, t);
	ch->answer.proxy_id = p->id;
}

static void
create(struct change *ch)
{
	struct address bound;
	int fd = -1;

	if (proxy_find(ch->u.create.spec.name) != NULL) {
		refuse(ch, ANSWER_PROXY_EXISTS);
		return;
	}
	if (ch->u.create.spec.enabled &&
	    bind_or_refuse(ch, -1, &fd, &bound) == -1)
		return;
	change_add_proxy(ch, fd, &bound);
	change_answer(ch);
}

/* The old proxy goes with its toxics and sessions, once the new one can be. */
static void
replace(struct change *ch, struct proxy *old)
{
	struct address bound;
	int fd = -1, waits;

	if (ch->u.create.spec.enabled &&
	    bind_or_refuse(ch, old->listen_fd, &fd, &bound) == -1)
		return;
	replica_proxy_gone(old);
	waits = worker_dismiss(old, ch);
	proxy_remove(old);
	change_add_proxy(ch, fd, &bound);
	if (!waits)
		change_answer(ch);
}

static void
populate(struct change *ch)
{
	const struct proxy_spec *spec = &ch->u.create.spec;
	struct proxy *p = proxy_find(spec->name);

	if (p == NULL) {
		create(ch);
	} else if (proxy_listens_at(p, &spec->listen, &ch->address) &&
	    strcmp(spec->upstream.text, p->upstream.text) == 0) {
		if (ch->config_print != 0)
			p->config_print = ch->config_print;
		ch->answer.proxy_id = p->id;
		refuse(ch, ANSWER_UNCHANGED);
	} else {
		replace(ch, p);
	}
}

/* What an update comes to, before anything of it is done. */
struct difference {
	int was_enabled, enabled; /* before, after */
	int listen, upstream;     /* are they another now? */
};

static struct difference
difference(const struct change *ch, const struct proxy *p)
{
	const struct proxy_update *u = &ch->u.update;
	struct difference d;

	d.was_enabled = p->listen_fd != -1;
	d.enabled = u->has_enabled ? u->enabled : d.was_enabled;
	d.listen =
	    u->has_listen && !proxy_listens_at(p, &u->listen, &ch->address);
	d.upstream =
	    u->has_upstream && strcmp(u->upstream.text, p->upstream.text) != 0;
	return d;
}

static void
update(struct change *ch)
{
	const struct proxy_update *u = &ch->u.update;
	struct proxy *p = proxy_find(u->name);
	struct address bound;
	struct difference d;
	int fd = -1, waits = 0;

	if (p == NULL) {
		refuse(ch, ANSWER_NO_PROXY);
		return;
	}
	d = difference(ch, p);
	if (d.enabled && (!d.was_enabled || d.listen) &&
	    bind_or_refuse(ch, p->listen_fd, &fd, &bound) == -1)
		return;
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
	if (fd != -1)
		proxy_listens(p, fd, &bound);
	if (d.enabled && p->worker == NULL)
		worker_assign(p);
	replica_proxy(p);
	ch->answer.proxy_id = p->id;
	if (!waits)
		change_answer(ch);
}

static void delete (struct change *ch)
{
	struct proxy *p = proxy_find(ch->u.name.proxy);
	int waits;

	if (p == NULL) {
		refuse(ch, ANSWER_NO_PROXY);
		return;
	}
	replica_proxy_gone(p);
	waits = worker_dismiss(p, ch);
	if (p->listen_fd != -1)
		proxy_stops(p);
	proxy_remove(p);
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
		snprintf(name.name, sizeof(name.name), "%s", t->spec.name);
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
	struct proxy *p = proxy_find(ch->u.name.proxy);
	struct address bound;
	int fd = -1;

	if (p == NULL) {
		refuse(ch, ANSWER_NO_PROXY);
		return;
	}
	if (p->listen_fd == -1) {
		if (bind_or_refuse(ch, -1, &fd, &bound) == -1)
			return;
		proxy_listens(p, fd, &bound);
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
	struct proxy *p = proxy_find(ch->u.toxic_create.proxy);
	const struct toxic_spec *spec = &ch->u.toxic_create.spec;
	struct toxic *t;

	if (p == NULL) {
		refuse(ch, ANSWER_NO_PROXY);
	} else if (proxy_toxic_find(p, spec->name) != NULL) {
		refuse(ch, ANSWER_TOXIC_EXISTS);
	} else if (p->ntoxics == PROXY_TOXICS_MAX) {
		refuse(ch, ANSWER_TOO_MANY);
	} else if ((t = proxy_toxic_add(p, spec)) == NULL) {
		refuse(ch, ANSWER_NO_MEMORY);
	} else {
		replica_toxic(p, t);
		ch->answer.proxy_id = p->id;
		apply(ch, p, MSG_RELAY_TOXIC_ADD, &t->spec);
	}
}

/* The whole toxic as it would become. */
static struct toxic_spec
merged(const struct toxic_spec *was, const struct toxic_update *u)
{
	struct toxic_spec spec = *was;
	size_t i;

	if (u->has_toxicity)
		spec.toxicity = u->toxicity;
	for (i = 0; i < nitems(spec.attributes); i++) {
		if ((u->attributes_given & 1U << i) != 0)
			spec.attributes[i] = u->attributes[i];
	}
	return spec;
}

static void
toxic_update(struct change *ch)
{
	const struct toxic_update *u = &ch->u.toxic_update;
	struct proxy *p = proxy_find(u->proxy);
	struct toxic_fault fault;
	struct toxic_spec spec;
	struct toxic *t;

	if (p == NULL) {
		refuse(ch, ANSWER_NO_PROXY);
		return;
	}
	t = proxy_toxic_find(p, u->name);
	if (t == NULL || t->spec.kind != u->kind) {
		refuse(ch, ANSWER_NO_TOXIC);
		return;
	}
	spec = merged(&t->spec, u);
	if (toxic_spec_check(&spec, &fault) == -1) {
		ch->answer.spec = spec;
		refuse(ch, ANSWER_BAD_VALUE);
		return;
	}
	t->spec = spec;
	replica_toxic(p, t);
	ch->answer.proxy_id = p->id;
	apply(ch, p, MSG_RELAY_TOXIC_UPDATE, &t->spec);
}

static void
toxic_delete(struct change *ch)
{
	struct toxic_name *name = &ch->u.toxic_name;
	struct proxy *p = proxy_find(name->proxy);
	struct toxic *t;

	if (p == NULL) {
		refuse(ch, ANSWER_NO_PROXY);
	} else if ((t = proxy_toxic_find(p, name->name)) == NULL) {
		refuse(ch, ANSWER_NO_TOXIC);
	} else {
		replica_toxic_gone(p, t);
		proxy_toxic_remove(p, t);
		ch->answer.proxy_id = p->id;
		apply(ch, p, MSG_RELAY_TOXIC_REMOVE, name);
	}
}

/*
 * The endpoint whose address this change has to know before it can be
 * committed; NULL: none.  The stage says what for: the wording depends on it.
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

void
change_commit(struct change *ch)
{
	static void (*const commits[MSG_MAX])(struct change *) = {
		[MSG_PROXY_CREATE] = create,
		[MSG_PROXY_POPULATE] = populate,
		[MSG_PROXY_UPDATE] = update,
		[MSG_PROXY_DELETE] = delete,
		[MSG_PROXY_RESET] = reset,
		[MSG_TOXIC_CREATE] = toxic_create,
		[MSG_TOXIC_UPDATE] = toxic_update,
		[MSG_TOXIC_DELETE] = toxic_delete,
	};

	if (toxid.is_draining)
		refuse(ch, ANSWER_ENDING);
	else
		commits[ch->type](ch);
}

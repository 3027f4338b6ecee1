/* SPDX-License-Identifier: ISC */
/*
 * Where the proxies of a document will listen: bound before anything of it is
 * done, also where a proxy listens that leaves by it.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ahead.h"
#include "change.h"
#include "difference.h"
#include "document.h"
#include "endpoint.h"
#include "listen.h"
#include "ports.h"
#include "proxies.h"
#include "proxy_spec.h"

static int
is_same_address(const struct address *a, const struct address *b)
{
	if (address_is_wildcard(a) && address_is_wildcard(b))
		return a->port == b->port;
	return address_equal(a, b);
}

/*
 * A proxy that leaves has the address: its socket stays, with who waits in the
 * backlog, and so does a port that is held.  It closes its own copy only.  To
 * one: two entries with one address cannot both have it.
 */
static enum endpoint_error
take_over(struct wanted *w, const struct address *a)
{
	const int is_on = w->change->u.create.spec.enabled;
	struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->leaving != LEAVES || proxy_bound_fd(p) == -1 ||
		    !is_same_address(&p->listen.address, a))
			continue;
		w->bound = p->listen.address;
		w->fd = listen_dup(proxy_bound_fd(p));
		if (w->fd == -1)
			return ENDPOINT_SYSTEM;
		w->is_shared = 1;
		if (is_on && p->held_fd != -1 && listen_release(w->fd) == -1)
			return ENDPOINT_SYSTEM;
		p->leaving = is_on ? LEAVES_SOCKET : LEAVES_PORT;
		return ENDPOINT_OK;
	}
	errno = EADDRINUSE;
	return ENDPOINT_SYSTEM;
}

/*
 * One that is disabled, too, where its tenant has ports of its own: nobody is
 * to come in between.  But where it is the first that has one its address may
 * not be known: that has time, see restore.c.
 */
static int
has_listener(const struct wanted *w, const struct limits *limits)
{
	const struct change *ch = w->change;

	return ch->u.create.spec.enabled ||
	    (ch->address.family != 0 &&
		ports_of(limits, change_key(ch)->tenant) != 0);
}

/* Who has asked for any port, and asks so again, stays where it is. */
static void
keep_port(const struct wanted *w, const struct proxy *old, struct address *a)
{
	const struct endpoint *listen = &w->change->u.create.spec.listen;

	if (old != NULL && old->leaving == LEAVES && a->port == 0 &&
	    proxy_bound_fd(old) != -1 && strcmp(old->given, listen->text) == 0)
		*a = old->listen.address;
}

static enum endpoint_error
bind_ahead(struct wanted *w, const struct limits *limits)
{
	const struct change *ch = w->change;
	const struct proxy_key *key = change_key(ch);
	const struct proxy *old = proxy_find(key);
	struct address a = ch->address;
	enum endpoint_error e;

	keep_port(w, old, &a);
	ports_keep(limits, key, old, &a);
	e = ports_bind(limits, key, NULL, &a, &w->fd, &w->bound);
	if (e != ENDPOINT_SYSTEM || errno != EADDRINUSE)
		return e;
	if (take_over(w, &a) == ENDPOINT_OK)
		return ENDPOINT_OK;
	/* not one that has been given away: it would stop for both */
	if (old == NULL || old->leaving != LEAVES)
		return ENDPOINT_SYSTEM;
	return ports_bind(limits, key, old, &a, &w->fd, &w->bound);
}

static void
say_failure(const struct wanted *w, enum endpoint_error e)
{
	const struct endpoint *listen = &w->change->u.create.spec.listen;
	char reason[384], text[768];

	snprintf(text, sizeof(text), "listen %s: %s", listen->text,
	    listen_error_text(e, listen, reason, sizeof(reason)));
	document_fault(w->document, w, DESIRED_LISTEN, "", text);
}

int
listen_ahead(struct wanted *w, const struct limits *limits)
{
	enum endpoint_error e;

	if (!wanted_is_new(w))
		return 0;
	if (!document_has_address(w))
		return -1;
	if (!has_listener(w, limits))
		return 0;
	if ((e = bind_ahead(w, limits)) == ENDPOINT_OK)
		return 0;
	say_failure(w, e);
	return -1;
}

void
listen_give_up(struct wanted *w)
{
	if (w->is_shared)
		listen_close(&w->fd);
	else
		listen_end(&w->fd);
	w->is_shared = 0;
}

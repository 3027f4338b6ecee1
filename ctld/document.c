/* SPDX-License-Identifier: ISC */
/* See document.h. */

#include <search.h>
#include <stdlib.h>

#include "agreed.h"
#include "change.h"
#include "container_of.h"
#include "difference_print.h"
#include "dispatch_resolvd.h"
#include "document.h"
#include "endpoint.h"
#include "msg.h"
#include "names.h"
#include "proxies.h"
#include "proxy_spec.h"
#include "requests.h"

static int
compare_keys(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	return proxy_key_compare(change_key(x->change), change_key(y->change));
}

static void
wanted_free(struct wanted *w)
{
	struct document *d = w->document;

	names_forget(&w->waiter);
	tdelete(w, &d->by_key, compare_keys);
	TAILQ_REMOVE(&d->all, w, entry);
	change_free(w->change);
	free(w);
}

void
document_open(struct document *d, void (*moved)(void))
{
	*d = (struct document){ .moved = moved };
	TAILQ_INIT(&d->all);
}

void
document_free(struct document *d)
{
	struct wanted *w;

	while ((w = TAILQ_FIRST(&d->all)) != NULL)
		wanted_free(w);
	if (d->reading != NULL)
		change_free(d->reading); /* it was never whole */
	d->reading = NULL;
}

/* ---- reading */

/* As in /populate, the last of two of one key counts.  0, or -1: no memory. */
static int
add(struct document *d, struct wanted *w)
{
	struct wanted **found;

	if ((found = tfind(w, &d->by_key, compare_keys)) != NULL)
		wanted_free(*found);
	if (tsearch(w, &d->by_key, compare_keys) == NULL)
		return -1;
	TAILQ_INSERT_TAIL(&d->all, w, entry);
	return 0;
}

/* That one is whole. */
static enum document_fault
want(struct document *d, struct change *ch)
{
	struct wanted *w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return DOCUMENT_NO_MEMORY;
	ch->config_print = difference_print(ch);
	ch->source = SOURCE_CONFIG;
	w->document = d;
	w->change = ch;
	w->line = d->line;
	w->column = d->column;
	w->fd = -1;
	if (add(d, w) == -1) {
		free(w);
		return DOCUMENT_NO_MEMORY;
	}
	d->reading = NULL;
	return DOCUMENT_OK;
}

enum document_fault
document_proxy(struct document *d, const struct msg *m)
{
	const struct request *populate = request_of(MSG_PROXY_POPULATE);
	const struct config_proxy *proxy = msg_get_config_proxy(m);
	struct change *ch;

	/* the reader numbers them */
	if (++d->n > POPULATE_MAX || m->id != d->n)
		return DOCUMENT_ODD;
	if ((ch = change_new(populate, m->id, NULL)) == NULL)
		return DOCUMENT_NO_MEMORY;
	ch->u.create = proxy->create;
	ch->nlisted = proxy->create.ntoxics;
	d->line = proxy->line;
	d->column = proxy->column;
	d->reading = ch;
	return ch->nlisted == 0 ? want(d, ch) : DOCUMENT_OK;
}

enum document_fault
document_toxic(struct document *d, const struct msg *m)
{
	int r = change_read_toxic(d->reading, m);

	if (r == -2)
		return DOCUMENT_NO_MEMORY;
	if (r < 0)
		return DOCUMENT_ODD;
	if (++d->ntoxics > TOXICS_MAX)
		return DOCUMENT_TOO_MANY;
	return r == 1 ? want(d, d->reading) : DOCUMENT_OK;
}

/* ---- looking up */

static int
needs_address(const struct wanted *w)
{
	enum answer_stage stage;

	return w->plan != PLAN_KEEP && w->change->address.family == 0 &&
	    change_endpoint(w->change, &stage) != NULL;
}

/* At once, which document_look_up() sees, or later. */
static void
looked_up(struct waiter *waiter, const struct lookup_result *r)
{
	struct wanted *w = container_of(waiter, struct wanted, waiter);
	struct change *ch = w->change;

	ch->answer.endpoint_error = r->error;
	ch->answer.sys_errno = r->sys_errno;
	if (r->error == ENDPOINT_OK)
		ch->address = resolver_to_bind(r);
	if (!w->document->is_asking)
		w->document->moved();
}

static void
ask(struct document *d, struct wanted *w)
{
	w->is_asked = 1;
	w->waiter.done = looked_up;
	d->is_asking = 1;
	names_ask(&w->waiter, &w->change->u.create.spec.listen);
	d->is_asking = 0;
}

static void
say_failure(const struct wanted *w, char *why, size_t size)
{
	const struct proxy_spec *spec = &w->change->u.create.spec;
	char text[384];

	endpoint_error_text(&spec->listen, w->change->answer.endpoint_error,
	    w->change->answer.sys_errno, text, sizeof(text));
	wanted_failure(w, text, why, size);
}

int
document_look_up(struct document *d, char *why, size_t size)
{
	struct wanted *w;
	int n = 0;

	TAILQ_FOREACH (w, &d->all, entry) {
		if (!needs_address(w))
			continue;
		if (!w->is_asked)
			ask(d, w);
		if (w->change->answer.endpoint_error != ENDPOINT_OK) {
			say_failure(w, why, size);
			return -1;
		}
		n += w->change->address.family == 0;
	}
	return n;
}

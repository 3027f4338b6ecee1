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
#include "text_put.h"

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
	if (w->wait != NULL)
		change_free(w->wait);
	change_free(w->change);
	free(w);
}

static void
scenario_wanted_free(struct document *d, struct wanted_scenario *w)
{
	TAILQ_REMOVE(&d->scenarios, w, entry);
	if (w->change != NULL)
		change_free(w->change);
	free(w);
}

void
document_open(struct document *d)
{
	TAILQ_INIT(&d->all);
	TAILQ_INIT(&d->scenarios);
}

void
document_free(struct document *d)
{
	struct wanted_scenario *s, *s_next;
	struct wanted *w, *w_next;

	for (s = TAILQ_FIRST(&d->scenarios); s != NULL; s = s_next) {
		s_next = TAILQ_NEXT(s, entry);
		scenario_wanted_free(d, s);
	}
	for (w = TAILQ_FIRST(&d->all); w != NULL; w = w_next) {
		w_next = TAILQ_NEXT(w, entry);
		wanted_free(w);
	}
	if (d->reading != NULL)
		change_free(d->reading); /* it was never whole */
	d->reading = NULL;
}

/* ---- what is at fault */

void
document_fault(struct document *d, const struct wanted *w,
    enum desired_field field, const char *owner, const char *why)
{
	struct desired_fault fault = { .field = (uint8_t)field };

	fault.item = w != NULL ? w->nth : DESIRED_NO_ITEM;
	text_put(fault.source, sizeof(fault.source), owner);
	text_put(fault.why, sizeof(fault.why), why);
	d->nfaults++;
	d->fault(d, w, &fault);
}

void
document_scenario_fault(struct document *d, const struct wanted_scenario *w,
    enum desired_field field, const char *why)
{
	struct desired_fault fault = {
		.field = (uint8_t)field, .is_scenario = 1, .item = w->nth
	};

	text_put(fault.why, sizeof(fault.why), why);
	d->nfaults++;
	d->fault(d, NULL, &fault);
}

const char *
document_refusal(enum answer_code code)
{
	switch (code) {
	case ANSWER_NO_LOSS:
		return "tcp_loss, syn_loss and unplug cannot be had here: see "
		       "/health";
	case ANSWER_LOSS_TAKEN:
		return "there would be more tcp_loss and syn_loss than toxid "
		       "has programs for";
	case ANSWER_TOXIC_EXISTS:
		return "the proxy has a toxic of the name of one of its";
	case ANSWER_TOO_MANY:
		return "the proxy would have too many toxics";
	case ANSWER_OVER_LIMIT:
	case ANSWER_TENANT_TOXICS:
		return "the tenant would have more than it may";
	default:
		return "there would be too many toxics";
	}
}

/* ---- reading */

/* 0, or -1: no memory. */
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

/* The proxy in hand is whole. */
static enum document_read
want(struct document *d, struct change *ch)
{
	struct wanted *w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return DOCUMENT_NO_MEMORY;
	ch->config_print = difference_print(ch);
	w->document = d;
	w->change = ch;
	w->nth = d->n - 1;
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

static struct wanted *
find(struct document *d, const struct proxy_key *key)
{
	struct change of = { .request = request_of(MSG_PROXY_POPULATE) };
	struct wanted w = { .change = &of }, **found;

	of.u.create.spec.key = *key;
	found = tfind(&w, &d->by_key, compare_keys);
	return found != NULL ? *found : NULL;
}

/* Likewise, the scenario. */
static enum document_read
want_scenario(struct document *d, struct change *ch)
{
	struct wanted *on = find(d, &ch->u.scenario.proxy);
	struct wanted_scenario *w;

	if (on == NULL || on->has_scenario)
		return DOCUMENT_ODD;
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return DOCUMENT_NO_MEMORY;
	on->has_scenario = 1;
	w->change = ch;
	w->on = on;
	w->nth = d->nscenarios - 1;
	w->print = difference_scenario_print(ch);
	TAILQ_INSERT_TAIL(&d->scenarios, w, entry);
	d->reading = NULL;
	return DOCUMENT_OK;
}

static enum document_read
is_whole(struct document *d, struct change *ch)
{
	return ch->request->type == MSG_SCENARIO_CREATE ? want_scenario(d, ch)
							: want(d, ch);
}

/* Whose messages all have the id of the request; a file's are numbered. */
static struct change *
part(const struct document *d, enum msg_type type)
{
	struct change *ch = change_new(
	    request_of(type), d->asked != NULL ? d->asked->id : d->n, NULL);

	if (ch != NULL && d->asked != NULL)
		ch->caller = d->asked->caller;
	return ch;
}

/* What a client asks for is its tenants'; a file's is nobody's. */
static int
count(const struct document *d, struct change *ch)
{
	return d->asked != NULL ? change_counts_for_tenant(ch) : 0;
}

enum document_read
document_proxy(struct document *d, const struct proxy_create *create,
    uint32_t line, uint32_t column)
{
	struct change *ch;

	if (++d->n > POPULATE_MAX || !session_id_is_none(&create->session))
		return DOCUMENT_ODD;
	if ((ch = part(d, MSG_PROXY_POPULATE)) == NULL)
		return DOCUMENT_NO_MEMORY;
	ch->u.create = *create;
	ch->nlisted = create->ntoxics;
	d->line = line;
	d->column = column;
	d->reading = ch;
	if (count(d, ch) == -1)
		return DOCUMENT_NO_MEMORY;
	return ch->nlisted == 0 ? want(d, ch) : DOCUMENT_OK;
}

enum document_read
document_scenario(struct document *d, const struct scenario_spec *spec)
{
	struct change *ch;

	if (++d->nscenarios > POPULATE_MAX || spec->began != 0 ||
	    spec->lease != 0)
		return DOCUMENT_ODD;
	if ((ch = part(d, MSG_SCENARIO_CREATE)) == NULL)
		return DOCUMENT_NO_MEMORY;
	ch->u.scenario = *spec;
	ch->nlisted = spec->ntoxics;
	d->reading = ch;
	if (count(d, ch) == -1)
		return DOCUMENT_NO_MEMORY;
	return ch->nlisted == 0 ? want_scenario(d, ch) : DOCUMENT_OK;
}

enum document_read
document_toxic(struct document *d, const struct msg *m)
{
	int r = change_read_toxic(d->reading, m);

	if (r == -2)
		return DOCUMENT_NO_MEMORY;
	if (r < 0)
		return DOCUMENT_ODD;
	if (++d->ntoxics > TOXICS_MAX)
		return DOCUMENT_TOO_MANY;
	return r == 1 ? is_whole(d, d->reading) : DOCUMENT_OK;
}

/* ---- looking up */

static int
has_none(const struct wanted *w)
{
	enum answer_stage stage;

	return w->change->address.family == 0 &&
	    change_endpoint(w->change, &stage) != NULL;
}

/* What a client asks for may have to wait, and be new by then. */
static int
may_need_address(const struct wanted *w)
{
	return has_none(w) && (wanted_is_new(w) || w->document->asked != NULL);
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
		w->document->moved(w->document);
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
say_failure(struct document *d, const struct wanted *w)
{
	const struct proxy_spec *spec = &w->change->u.create.spec;
	char text[384];

	endpoint_error_text(&spec->listen, w->change->answer.endpoint_error,
	    w->change->answer.sys_errno, text, sizeof(text));
	document_fault(d, w, DESIRED_LISTEN, "", text);
}

static int
has_failed(const struct wanted *w)
{
	return w->change->answer.endpoint_error != ENDPOINT_OK;
}

void
document_give_up_looking(struct document *d)
{
	struct wanted *w;

	TAILQ_FOREACH (w, &d->all, entry) {
		if (!w->is_asked || !has_none(w) || has_failed(w))
			continue;
		names_forget(&w->waiter);
		w->change->answer.endpoint_error = ENDPOINT_TIMED_OUT;
	}
}

int
document_look_up(struct document *d)
{
	struct wanted *w;
	int n = 0;

	TAILQ_FOREACH (w, &d->all, entry) {
		if (!may_need_address(w))
			continue;
		if (!w->is_asked)
			ask(d, w);
		n += w->change->address.family == 0 && !has_failed(w);
	}
	return n;
}

int
document_has_address(struct wanted *w)
{
	if (!has_none(w))
		return 1;
	if (has_failed(w))
		say_failure(w->document, w);
	else /* nobody has asked: it is new since a moment ago */
		document_fault(w->document, w, DESIRED_LISTEN, "",
		    "its address is not known yet");
	return 0;
}

/* SPDX-License-Identifier: ISC */
/* See difference.h. */

#include <stdio.h>
#include <string.h>

#include "ahead.h"
#include "change.h"
#include "change_event.h"
#include "commit.h"
#include "difference.h"
#include "document.h"
#include "event_make.h"
#include "listen.h"
#include "losses.h"
#include "own_toxics.h"
#include "prepare.h"
#include "proxies.h"
#include "proxy_spec.h"
#include "replica.h"
#include "requests.h"
#include "sources.h"
#include "store_send.h"
#include "store_tell.h"
#include "tenants.h"
#include "toxics_anew.h"
#include "truth.h"
#include "truth_save.h"
#include "workers.h"

/* ---- what is to be done with each */

/*
 * A client's document changes as little as will do.  The configuration file's
 * entry is made anew, as it always was.
 */
static enum plan
plan_of_another(const struct wanted *w, const struct proxy *p)
{
	return w->document->asked != NULL && toxics_anew_will_do(w->change, p)
	    ? PLAN_CHANGE
	    : PLAN_REPLACE;
}

/*
 * Nobody's proxy gives way to a document; but where it is what a configuration
 * file's says, toxics apart, it is the file's from then on, as in /populate.
 */
static enum plan
plan_of_nobodys(const struct wanted *w, const struct proxy *p)
{
	const struct change *ch = w->change;
	const struct proxy_spec *s = &ch->u.create.spec;

	return w->document->source == SOURCE_CONFIG &&
		proxy_listens_at(p, &s->listen, &ch->address) &&
		strcmp(p->upstream.text, s->upstream.text) == 0
	    ? PLAN_ADOPT
	    : plan_of_another(w, p);
}

/*
 * An item that is as it was is left alone, whatever the API has done to its
 * proxy: the tests of others run on it.
 */
static enum plan
plan_of(const struct wanted *w, const struct proxy *p)
{
	if (p == NULL)
		return PLAN_MAKE;
	if (p->source == SOURCE_NONE)
		return plan_of_nobodys(w, p);
	if (p->source != w->document->source)
		return PLAN_TAKEN;
	return p->config_print == w->change->config_print
	    ? PLAN_KEEP
	    : plan_of_another(w, p);
}

/* Those that were in the last document and are not in this leave, too. */
void
difference_plan(struct document *d)
{
	struct wanted *w;
	struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry)
		p->leaving = p->source == d->source ? LEAVES : STAYS;
	TAILQ_FOREACH (w, &d->all, entry) {
		p = proxy_find(change_key(w->change));
		w->change->source = d->source;
		w->plan = plan_of(w, p);
		if (p != NULL)
			p->leaving = w->plan == PLAN_REPLACE ? LEAVES : STAYS;
	}
	scenarios_plan(d);
}

/* ---- what may fail */

/* Some may have stopped for a moment, to see whether another could be had. */
void
difference_undo(struct document *d)
{
	struct wanted *w;
	struct proxy *p;

	scenarios_undo(d);
	TAILQ_FOREACH (w, &d->all, entry) {
		listen_give_up(w);
		if (w->change->made != NULL)
			proxy_discard(w->change->made);
		w->change->made = w->change->proxy = NULL;
		change_uncount_toxics(w->change);
	}
	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->leaving != STAYS)
			ahead_restore(p);
		p->leaving = STAYS;
	}
}

/* Of whom is what has its name? */
static void
check_names(struct document *d)
{
	const struct wanted *w;
	const struct proxy *p;
	const char *owner;
	char why[200];

	TAILQ_FOREACH (w, &d->all, entry) {
		if (w->plan != PLAN_TAKEN)
			continue;
		p = proxy_find(change_key(w->change));
		owner = source_name(p->source);
		snprintf(why, sizeof(why),
		    "a proxy of that name is there already, and is of the "
		    "source \"%s\"",
		    owner);
		document_fault(d, w, DESIRED_NAME, owner, why);
	}
}

static void
check_tenants(struct document *d)
{
	const struct wanted *w;

	if (d->asked == NULL) /* the file's come with it */
		return;
	TAILQ_FOREACH (w, &d->all, entry) {
		if (!tenants_have(change_key(w->change)->tenant))
			document_fault(d, w, DESIRED_TENANT, "",
			    "there is no such tenant");
	}
}

static enum answer_code
make(struct change *ch)
{
	ch->made = proxy_new(&ch->u.create.spec);
	return ch->made != NULL ? change_agree(ch) : ANSWER_NO_MEMORY;
}

static enum answer_code
change(struct wanted *w)
{
	w->wait = change_new(request_of(MSG_PROXY_UPDATE), 0, NULL);
	if (w->wait == NULL)
		return ANSWER_NO_MEMORY;
	w->change->proxy = proxy_find(change_key(w->change));
	return toxics_anew_prepare(w->change);
}

static enum answer_code
prepare_one(struct wanted *w, unsigned int programs_back)
{
	w->change->programs_back = programs_back;
	if (w->plan == PLAN_CHANGE)
		return change(w);
	return wanted_is_new(w) ? make(w->change) : ANSWER_OK;
}

/* Those that are to be, or to be changed: nobody sees that yet. */
static enum answer_code
prepare_all(struct document *d)
{
	unsigned int back = 0;
	enum answer_code code;
	const struct proxy *p;
	struct wanted *w;

	TAILQ_FOREACH (p, &proxies.all, entry)
		back += p->leaving != STAYS ? loss_programs_of(p) : 0;
	TAILQ_FOREACH (w, &d->all, entry) {
		if ((code = prepare_one(w, back)) == ANSWER_OK)
			continue;
		if (code == ANSWER_NO_MEMORY)
			return code;
		document_fault(
		    d, w, DESIRED_TOXICS, "", document_refusal(code));
	}
	return ANSWER_OK;
}

static void
listen_all(struct document *d, const struct limits *limits)
{
	struct wanted *w;

	TAILQ_FOREACH (w, &d->all, entry) {
		if (listen_ahead(w, limits) == 0 && w->change->made != NULL)
			change_keep_made(
			    w->change, w->fd != -1 ? &w->bound : NULL);
	}
}

static int
has_room(const struct document *d, size_t journal_room)
{
	const unsigned int n = count_proxies_to_be(d);
	const unsigned int ntoxics = count_toxics_to_be(d);

	return truth_reserve(n, ntoxics, journal_room) == 0 &&
	    truth_has_room(n, ntoxics, journal_room);
}

/* What is at fault is said of all items; what it costs is had if nothing is. */
static enum answer_code
prepare(struct document *d, const struct limits *limits, size_t journal_room)
{
	enum answer_code code;

	check_names(d);
	check_tenants(d);
	counts_check(d);
	if (!has_room(d, journal_room))
		return ANSWER_NO_MEMORY;
	if ((code = prepare_all(d)) != ANSWER_OK)
		return code;
	listen_all(d, limits);
	if ((code = scenarios_prepare(d)) != ANSWER_OK)
		return code;
	return d->nfaults > 0 ? ANSWER_FAULTS : ANSWER_OK;
}

enum answer_code
difference_prepare(
    struct document *d, const struct limits *limits, size_t journal_room)
{
	const enum answer_code code = prepare(d, limits, journal_room);

	if (code != ANSWER_OK)
		difference_undo(d);
	return code;
}

/* ---- what stored is told */

void
difference_tell(const struct document *d)
{
	const struct wanted *w;
	const struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->leaving != STAYS)
			store_send(MSG_STORE_PROXY_GONE, &p->key);
	}
	TAILQ_FOREACH (w, &d->all, entry) {
		if (wanted_is_new(w))
			tell_made(w->change);
		else if (w->plan == PLAN_CHANGE)
			toxics_anew_tell(w->change);
	}
	scenarios_tell(d);
}

/* ---- and then nothing fails: no memory is asked for */

/* It serves nobody any more; it is there until its successor is. */
static void
leave(struct proxy *p)
{
	const int was_on = p->listen_fd != -1;

	event_proxy_leaves(p);
	replica_proxy_gone(p);
	worker_dismiss(p, NULL);
	if (p->leaving != LEAVES) /* its successor has it */
		listen_close(was_on ? &p->listen_fd : &p->held_fd);
	if (was_on && p->leaving != LEAVES_SOCKET)
		proxy_stops(p);
}

static unsigned int
leave_all(void)
{
	struct proxy *p;
	unsigned int n = 0;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->leaving == STAYS)
			continue;
		leave(p);
		n++;
	}
	return n;
}

/* Those that have left without a successor. */
static void
remove_all(void)
{
	struct proxy *p, *next;

	for (p = TAILQ_FIRST(&proxies.all); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		if (p->leaving != STAYS)
			proxy_remove(p);
	}
}

/* Who has asked for all of it is answered when its worker has applied it. */
static void
become(struct wanted *w)
{
	struct change *whole = w->document->asked;

	if (!toxics_anew_apply(w->change, w->wait))
		return;
	w->wait->whole = whole;
	w->wait = NULL;
	whole->nparts++;
}

/* One whose lease has ended since is gone. */
static void
stay(struct wanted *w, struct proxy *p)
{
	if (p != NULL && w->plan == PLAN_CHANGE)
		become(w);
	if (p == NULL || w->plan != PLAN_ADOPT)
		return;
	p->config_print = w->change->config_print;
	p->source = w->document->source;
	truth_proxy_changed(p);
}

static void
come(struct wanted *w)
{
	struct change *ch = w->change;
	struct proxy *old = proxy_find(change_key(ch));

	if (!wanted_is_new(w)) {
		stay(w, old);
		return;
	}
	ch->fd = w->fd;
	ch->bound = w->bound;
	ch->was_held = w->is_shared;
	w->fd = -1;
	change_uncount_toxics(ch);
	event_proxy_comes(ch);
	change_add_proxy(ch, old);
}

struct difference_counts
difference_apply(struct document *d)
{
	unsigned int counts[PLAN_MAX] = { 0 }, left;
	struct difference_counts n;
	struct wanted *w;

	replica_changes();
	scenarios_end(d);
	left = leave_all();
	TAILQ_FOREACH (w, &d->all, entry) {
		come(w);
		counts[w->plan]++;
	}
	remove_all();
	scenarios_begin(d);
	replica_changed();
	n.made = counts[PLAN_MAKE];
	n.changed = counts[PLAN_CHANGE];
	n.replaced = counts[PLAN_REPLACE];
	n.removed = left - counts[PLAN_REPLACE];
	n.unchanged = counts[PLAN_KEEP] + counts[PLAN_ADOPT];
	return n;
}

/* SPDX-License-Identifier: ISC */
/*
 * What is to be done so that the truth has what the configuration file says:
 * all of it, or nothing.  Everything that may fail comes first, as in
 * commit.c.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agreed.h"
#include "ahead.h"
#include "change.h"
#include "change_event.h"
#include "commit.h"
#include "difference.h"
#include "endpoint.h"
#include "event_make.h"
#include "listen.h"
#include "log.h"
#include "losses.h"
#include "own_toxics.h"
#include "ports.h"
#include "prepare.h"
#include "proxies.h"
#include "proxy_spec.h"
#include "replica.h"
#include "state.h"
#include "store.h"
#include "truth.h"
#include "truth_save.h"
#include "workers.h"

/* ---- what is to be done with each */

/*
 * An entry that is as it was is left alone, whatever the API has done to its
 * proxy: the tests of others run on it.
 */
static enum plan
plan_of(const struct wanted *w, const struct proxy *p)
{
	const struct change *ch = w->change;
	const struct proxy_spec *s = &ch->u.create.spec;

	if (p == NULL)
		return PLAN_MAKE;
	if (p->config_print == ch->config_print)
		return PLAN_KEEP;
	if (p->config_print == 0 &&
	    proxy_listens_at(p, &s->listen, &ch->address) &&
	    strcmp(p->upstream.text, s->upstream.text) == 0)
		return PLAN_ADOPT;
	return PLAN_REPLACE;
}

/* Those that came from the file and are no more in it leave, too. */
void
difference_plan(struct wanteds *all)
{
	struct wanted *w;
	struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry)
		p->leaving = p->config_print != 0 ? LEAVES : STAYS;
	TAILQ_FOREACH (w, all, entry) {
		p = proxy_find(change_key(w->change));
		w->plan = plan_of(w, p);
		if (p != NULL)
			p->leaving = w->plan == PLAN_REPLACE ? LEAVES : STAYS;
	}
}

static int
is_new(const struct wanted *w)
{
	return w->plan == PLAN_MAKE || w->plan == PLAN_REPLACE;
}

/* ---- listening ahead */

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

	if (!is_new(w))
		return 0;
	return ch->u.create.spec.enabled ||
	    (ch->address.family != 0 &&
		ports_of(limits, change_key(ch)->tenant) != 0);
}

/* By the limits that come with it. */
static enum endpoint_error
listen_ahead(struct wanted *w, const struct limits *limits)
{
	const struct change *ch = w->change;
	const struct proxy_key *key = change_key(ch);
	const struct proxy *old = proxy_find(key);
	struct address a = ch->address;
	enum endpoint_error e;

	if (!has_listener(w, limits))
		return ENDPOINT_OK;
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

/* Some may have stopped for a moment, to see whether another could be had. */
static void
undo(struct wanteds *all)
{
	struct wanted *w;
	struct proxy *p;

	TAILQ_FOREACH (w, all, entry) {
		if (w->is_shared)
			listen_close(&w->fd);
		else
			listen_end(&w->fd);
		w->is_shared = 0;
		if (w->change->made != NULL)
			proxy_discard(w->change->made);
		w->change->made = NULL;
		change_uncount_toxics(w->change);
	}
	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->leaving != STAYS)
			ahead_restore(p);
	}
}

/* How many proxies there will be; those that a client is making, too. */
static unsigned int
count_to_be(const struct wanteds *all)
{
	const struct wanted *w;
	const struct proxy *p;
	unsigned int n = proxies.n;

	TAILQ_FOREACH (p, &proxies.all, entry)
		n -= p->leaving != STAYS;
	TAILQ_FOREACH (w, all, entry)
		n += (unsigned int)is_new(w);
	return n;
}

static unsigned int
count_toxics_to_be(const struct wanteds *all)
{
	const struct wanted *w;
	const struct proxy *p;
	unsigned int n = proxies.ntoxics + change_counts.toxics_to_be;

	TAILQ_FOREACH (p, &proxies.all, entry)
		n -= p->leaving != STAYS ? p->ncounted : 0;
	TAILQ_FOREACH (w, all, entry)
		n += is_new(w) ? w->change->ntoxics : 0;
	return n;
}

/* "ctld.json:3:14: proxy \"web\": why" */
void
wanted_failure(const struct wanted *w, const char *text, char *why, size_t size)
{
	char proxy[PROXY_KEY_TEXT_MAX + 1];

	proxy_key_text(change_key(w->change), proxy);
	snprintf(why, size, "%s:%u:%u: proxy \"%s\": %s", ctld.options.config,
	    w->line, w->column, proxy, text);
}

static void
say_failure(
    const struct wanted *w, enum endpoint_error e, char *why, size_t size)
{
	const struct endpoint *listen = &w->change->u.create.spec.listen;
	char reason[384], text[768];

	snprintf(text, sizeof(text), "listen %s: %s", listen->text,
	    listen_error_text(e, listen, reason, sizeof(reason)));
	wanted_failure(w, text, why, size);
}

static int
are_too_many(const struct wanteds *all, char *why, size_t size)
{
	if (count_to_be(all) > (unsigned int)ctld.options.max_proxies) {
		snprintf(why, size, "there would be more than %lld proxies",
		    (long long)ctld.options.max_proxies);
		return 1;
	}
	if (count_toxics_to_be(all) + own_toxics_to_be() > TOXICS_MAX) {
		snprintf(why, size, "there would be more than %d toxics",
		    TOXICS_MAX);
		return 1;
	}
	return 0;
}

static void
say_refusal(
    const struct wanted *w, enum answer_code code, char *why, size_t size)
{
	if (code == ANSWER_NO_LOSS)
		wanted_failure(w,
		    "tcp_loss, syn_loss and unplug cannot be had here: see "
		    "/health",
		    why, size);
	else if (code == ANSWER_LOSS_TAKEN)
		wanted_failure(w,
		    "there would be more tcp_loss and syn_loss than toxid has "
		    "programs for",
		    why, size);
	else
		snprintf(why, size, "out of memory");
}

static enum answer_code
make(struct change *ch, unsigned int programs_back)
{
	ch->programs_back = programs_back;
	ch->made = proxy_new(&ch->u.create.spec);
	return ch->made != NULL ? change_agree(ch) : ANSWER_NO_MEMORY;
}

/* Those that are to be: nobody sees them yet. */
static int
make_all(struct wanteds *all, char *why, size_t size)
{
	unsigned int back = 0;
	enum answer_code code;
	const struct proxy *p;
	struct wanted *w;

	TAILQ_FOREACH (p, &proxies.all, entry)
		back += p->leaving != STAYS ? loss_programs_of(p) : 0;
	TAILQ_FOREACH (w, all, entry) {
		if (!is_new(w) || (code = make(w->change, back)) == ANSWER_OK)
			continue;
		say_refusal(w, code, why, size);
		return -1;
	}
	return 0;
}

static int
listen_all(
    struct wanteds *all, const struct limits *limits, char *why, size_t size)
{
	enum endpoint_error e;
	struct wanted *w;

	TAILQ_FOREACH (w, all, entry) {
		if ((e = listen_ahead(w, limits)) == ENDPOINT_OK)
			continue;
		say_failure(w, e, why, size);
		return -1;
	}
	return 0;
}

int
difference_prepare(struct wanteds *all, const struct limits *limits,
    size_t journal_room, char *why, size_t size)
{
	if (are_too_many(all, why, size))
		return -1;
	if (truth_reserve(count_to_be(all), count_toxics_to_be(all),
		journal_room) == -1 ||
	    !truth_has_room(
		count_to_be(all), count_toxics_to_be(all), journal_room))
		snprintf(why, size, "out of memory");
	else if (make_all(all, why, size) == 0 &&
	    listen_all(all, limits, why, size) == 0)
		return 0;
	undo(all);
	return -1;
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

static void
come(struct wanted *w)
{
	struct change *ch = w->change;
	struct proxy *old = proxy_find(change_key(ch));

	if (!is_new(w)) {
		old->config_print = ch->config_print;
		old->source = ch->source;
		truth_proxy_changed(old);
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

void
difference_apply(struct wanteds *all)
{
	unsigned int counts[PLAN_MAX] = { 0 }, left;
	struct wanted *w;

	truth_begin();
	left = leave_all();
	TAILQ_FOREACH (w, all, entry) {
		come(w);
		counts[w->plan]++;
	}
	remove_all();
	truth_commit();
	store_resync();
	event_reloaded(counts[PLAN_MAKE], counts[PLAN_REPLACE],
	    left - counts[PLAN_REPLACE],
	    counts[PLAN_KEEP] + counts[PLAN_ADOPT]);
	log_event(LOG_INFO, "Reloaded configuration",
	    LOG_INT("made", counts[PLAN_MAKE]),
	    LOG_INT("replaced", counts[PLAN_REPLACE]),
	    LOG_INT("deleted", left - counts[PLAN_REPLACE]),
	    LOG_INT("unchanged", counts[PLAN_KEEP] + counts[PLAN_ADOPT]));
}

/* SPDX-License-Identifier: ISC */
/* The truth: all proxies and their toxics. */

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agenda.h"
#include "change.h"
#include "clock.h"
#include "door.h"
#include "due.h"
#include "endpoint.h"
#include "expiry.h"
#include "listen.h"
#include "log.h"
#include "names.h"
#include "payload_relay.h"
#include "proxies.h"
#include "proxy_spec.h"
#include "restarts.h"
#include "scenario.h"
#include "text_put.h"
#include "toxic_list.h"
#include "toxic_owner.h"
#include "toxic_spec.h"
#include "truth.h"
#include "usage.h"

struct proxies proxies = { .all = TAILQ_HEAD_INITIALIZER(proxies.all) };

static int
compare_keys(const void *a, const void *b)
{
	const struct proxy *x = a, *y = b;

	return proxy_key_compare(&x->key, &y->key);
}

/* ... and of its tenant's */
static void
count(struct proxy *p)
{
	proxies.n++;
	usage_more(p->usage, USAGE_PROXIES, 1);
}

/* It, and its toxics. */
static void
uncount(struct proxy *p)
{
	proxies.n--;
	proxies.ntoxics -= p->ncounted;
	proxies.nwatched -= p->is_watched;
	if (p->ncounted > 0)
		usage_less(p->usage, USAGE_TOXICS, p->ncounted);
	usage_less(p->usage, USAGE_PROXIES, 1);
}

static void
count_more(struct proxy *p, uint32_t n)
{
	p->ncounted += n;
	proxies.ntoxics += n;
	usage_more(p->usage, USAGE_TOXICS, n);
}

static void
count_less(struct proxy *p, uint32_t n)
{
	p->ncounted -= n;
	proxies.ntoxics -= n;
	usage_less(p->usage, USAGE_TOXICS, n);
}

/* Those of a scenario are counted with it: no step of it is one too many. */
static int
is_counted(const struct toxic *t)
{
	return toxic_owner_kind(t->spec) != OWNER_SCENARIO;
}

static void
count_toxic(struct proxy *p, const struct toxic *t)
{
	p->ntoxics++;
	if (is_counted(t))
		count_more(p, 1);
}

static struct proxy **
find(const struct proxy_key *key)
{
	struct proxy like;

	like.key = *key;
	return tfind(&like, &proxies.by_key, compare_keys);
}

struct proxy *
proxy_find(const struct proxy_key *key)
{
	struct proxy **found = find(key);

	return found != NULL && !(*found)->is_new ? *found : NULL;
}

/* The change about the proxy of that key that is being committed. */
struct change *
proxy_storing(const struct proxy_key *key)
{
	struct proxy **found = find(key);

	return found != NULL ? (*found)->storing : NULL;
}

/*
 * One that is to be, disabled and without toxics: nobody sees it before
 * proxy_enter(), but it holds its key, unless that is another's.  NULL: no
 * memory.
 */
struct proxy *
proxy_new(const struct proxy_spec *spec)
{
	struct proxy *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->key = spec->key;
	if ((p->usage = usage_for(p->key.tenant)) == NULL) {
		free(p);
		return NULL;
	}
	count(p);
	if (tsearch(p, &proxies.by_key, compare_keys) == NULL) {
		uncount(p);
		free(p);
		return NULL;
	}
	p->is_new = 1;
	p->listen = spec->listen;
	text_put(p->given, sizeof(p->given), spec->listen.text);
	p->upstream = spec->upstream;
	p->connect = spec->connect;
	p->listen_fd = p->held_fd = -1;
	p->restart_at = p->bind_at = p->tell_at = CLOCK_NEVER;
	restarts_init(&p->restarts);
	TAILQ_INIT(&p->toxics);
	return p;
}

void
proxy_discard(struct proxy *p)
{
	struct proxy **found = find(&p->key);

	if (found != NULL && *found == p)
		tdelete(p, &proxies.by_key, compare_keys);
	uncount(p);
	toxics_free(&p->toxics);
	proxy_not_due(p);
	expiry_forget(p);
	scenario_free(p->scenario);
	free(p);
}

/*
 * From now on it is part of the truth; old, if it is not NULL, is the one of
 * its key that is not any more, and gone.  Cannot fail.
 */
void
proxy_enter(struct proxy *p, struct proxy *old)
{
	if (old != NULL) {
		truth_proxy_gone(old);
		*find(&p->key) = p;
		TAILQ_REMOVE(&proxies.all, old, entry);
		uncount(old);
		names_forget(&old->waiter);
		listen_end(&old->listen_fd);
		listen_end(&old->held_fd);
		toxics_free(&old->toxics);
		proxy_not_due(old);
		expiry_forget(old);
		scenario_free(old->scenario);
		free(old);
	}
	p->is_new = 0;
	p->id = ++proxies.last_id;
	TAILQ_INSERT_TAIL(&proxies.all, p, entry);
	agenda_add(AGENDA_STATUS);
	truth_proxy_changed(p);
}

void
proxies_ids_after(uint32_t id)
{
	if (proxies.last_id < id)
		proxies.last_id = id;
}

void
proxies_assignments_after(uint64_t assignment)
{
	if (proxies.last_assignment < assignment)
		proxies.last_assignment = assignment;
}

void
counters_add(struct counters *sum, const struct counters *more)
{
	int i;

	for (i = 0; i < STREAM_MAX; i++) {
		sum->received[i] += more->received[i];
		sum->sent[i] += more->sent[i];
	}
	sum->sessions += more->sessions;
	sum->dial_failures += more->dial_failures;
	sum->gave_way += more->gave_way;
	sum->over_sessions += more->over_sessions;
	sum->over_connections += more->over_connections;
	histogram_add(&sum->dialled, &more->dialled);
	histogram_add(&sum->lasted, &more->lasted);
	if (more->dial_failures > 0)
		sum->dial_error = more->dial_error;
}

/* To be in the journal before anybody is told of it. */
void
proxy_assign(struct proxy *p)
{
	p->assignment = ++proxies.last_assignment;
	p->assignments++;
	truth_changed();
	truth_proxy_changed(p);
}

uint64_t
proxy_first_session(const struct proxy *p)
{
	return (p->assignments - 1) * SESSIONS_BLOCK;
}

void
proxy_watched(struct proxy *p, int is_watched)
{
	proxies.nwatched -= p->is_watched;
	p->is_watched = is_watched != 0;
	proxies.nwatched += p->is_watched;
}

/* Its worker must have been dismissed. */
void
proxy_remove(struct proxy *p)
{
	truth_proxy_gone(p);
	names_forget(&p->waiter);
	listen_end(&p->listen_fd);
	listen_end(&p->held_fd);
	tdelete(p, &proxies.by_key, compare_keys);
	TAILQ_REMOVE(&proxies.all, p, entry);
	agenda_add(AGENDA_STATUS);
	uncount(p);
	toxics_free(&p->toxics);
	proxy_not_due(p);
	expiry_forget(p);
	scenario_free(p->scenario);
	free(p);
}

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

/* From now on the proxy is at the address that was bound, also when it is
 * disabled and enabled again: its port stays. */
void
proxy_listens(struct proxy *p, int fd, const struct address *bound)
{
	names_forget(&p->waiter);
	p->listen_fd = fd;
	door_set(p);
	p->is_lent = 0;
	p->bind_at = CLOCK_NEVER;
	endpoint_of_address(&p->listen, bound);
	truth_proxy_changed(p);
	log_event(LOG_INFO, "Started proxy",
	    LOG_OWNED("name", p->key.tenant, p->key.name),
	    LOG_STR("listen", p->listen.text),
	    LOG_STR("upstream", p->upstream.text));
}

/* It is disabled. */
void
proxy_holds(struct proxy *p, int fd, const struct address *bound)
{
	names_forget(&p->waiter);
	listen_hold(fd);
	p->held_fd = fd;
	p->bind_at = CLOCK_NEVER;
	endpoint_of_address(&p->listen, bound);
	truth_proxy_changed(p);
}

void
proxy_rests(struct proxy *p)
{
	const struct address where = p->listen.address;

	if (p->listen_fd != -1)
		proxy_holds(p, p->listen_fd, &where);
	p->listen_fd = -1;
	proxy_stops(p);
}

void
proxy_stops(struct proxy *p)
{
	names_forget(&p->waiter);
	listen_end(&p->listen_fd);
	p->bind_at = CLOCK_NEVER;
	p->has_lost_worker = 0;
	truth_proxy_changed(p);
	log_event(LOG_INFO, "Terminated proxy",
	    LOG_OWNED("name", p->key.tenant, p->key.name),
	    LOG_STR("listen", p->listen.text),
	    LOG_STR("upstream", p->upstream.text));
}

struct toxic *
proxy_toxic_find(const struct proxy *p, const char *name)
{
	struct toxic *t;

	TAILQ_FOREACH (t, &p->toxics, entry) {
		if (strcmp(t->spec->name, name) == 0)
			break;
	}
	return t;
}

struct toxic_name
toxic_name_of(const struct toxic *t)
{
	struct toxic_name name = { .name = "" }; /* of no proxy */

	text_put(name.name, sizeof(name.name), t->spec->name);
	return name;
}

struct toxic *
proxy_toxic_add(struct proxy *p, const struct toxic_spec *spec)
{
	if (toxics_add(&p->toxics, spec) == -1)
		return NULL;
	count_toxic(p, TAILQ_LAST(&p->toxics, toxics));
	return TAILQ_LAST(&p->toxics, toxics);
}

/* All of a list, in order. */
void
proxy_toxics_take(struct proxy *p, struct toxics *toxics)
{
	struct toxic *t;

	while ((t = TAILQ_FIRST(toxics)) != NULL) {
		TAILQ_REMOVE(toxics, t, entry);
		TAILQ_INSERT_TAIL(&p->toxics, t, entry);
		count_toxic(p, t);
	}
}

void
proxy_toxic_remove(struct proxy *p, struct toxic *t)
{
	TAILQ_REMOVE(&p->toxics, t, entry);
	p->ntoxics--;
	if (is_counted(t))
		count_less(p, 1);
	toxic_free(t);
}

void
proxy_scenario_take(struct proxy *p, struct scenario *s)
{
	p->scenario = s;
	p->scenario_nth = SCENARIO_NO_STEP;
	s->proxy = p;
	count_more(p, scenario_counts(s));
}

void
proxy_scenario_end(struct proxy *p)
{
	count_less(p, scenario_counts(p->scenario));
	scenario_free(p->scenario);
	p->scenario = NULL;
}

/* ---- which ones */

int
proxy_names_add(struct proxy_names *n, const struct proxy *p, const char *where)
{
	const size_t size = sizeof(n->text);
	char name[PROXY_KEY_TEXT_MAX + 1];

	proxy_key_text(&p->key, name);
	n->len += (size_t)snprintf(n->text + n->len, size - n->len, "%s%s",
	    n->len > 0 ? ", " : "", name);
	if (where != NULL && n->len < size)
		n->len += (size_t)snprintf(
		    n->text + n->len, size - n->len, " (%s)", where);
	return n->len < size;
}

/* SPDX-License-Identifier: ISC */
/*
 * Names on their way to resolvd and back; and which of them it may have died
 * of, so that it does not die of them again and again.
 */

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "names.h"
#include "suspects.h"

/* Being looked up, or to be. */
#define NAMES_MAX 20000

/*
 * For so long a look-up goes on that nobody waits for: who asks meanwhile
 * joins it, so that askers who come and go make no more look-ups than one who
 * stays.
 */
#define UNWANTED_FOR NS_PER_S

/*
 * What was in hand when resolvd died is suspected, and the more so if it had
 * been sent within FRESH: what kills does so soon, mostly.  Those are sent
 * again one after the other, FRESH apart, the last first.  Guilty is who was
 * fresh at two deaths, or there at four.
 */
#define FRESH (NS_PER_S / 2)
#define WEIGHT_FRESH 2
#define WEIGHT_OLD 1
#define TO_BE_TRIED WEIGHT_FRESH
#define GUILTY (2 * WEIGHT_FRESH)
/* No waiting for other processes' suspects goes on for longer. */
#define HOLD_MAX_MS 2500

struct name {
	TAILQ_ENTRY(name) entry;
	uint32_t id;
	int is_sent;
	int64_t sent_at;
	struct endpoint endpoint;
	TAILQ_HEAD(, waiter) waiters;
	TAILQ_ENTRY(name) unwanted;
	int64_t cancel_at; /* among the unwanted, until then; or 0 */
};
TAILQ_HEAD(names, name);

static void (*say_to_resolvd)(enum msg_type, uint32_t, const void *, size_t);
static int is_there;
static uint32_t last_id;
static unsigned int nnames;
static struct names unsent = TAILQ_HEAD_INITIALIZER(unsent);
static struct names in_hand = TAILQ_HEAD_INITIALIZER(in_hand); /* oldest 1st */
static struct names unwanted = TAILQ_HEAD_INITIALIZER(unwanted); /* as above */
static void *by_key, *by_id; /* tsearch(3) of struct name */

static uint64_t tried; /* the suspect that is asked for alone; 0: none */
static int64_t tried_at, suspects_at;

static int
compare_keys(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int r = strcmp(x->endpoint.host, y->endpoint.host);

	return r != 0 ? r : strcmp(x->endpoint.service, y->endpoint.service);
}

static int
compare_ids(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int
is_guilty(const struct name *n, int64_t now)
{
	const struct suspect *s = suspects_find(n->endpoint.host, now);

	return s != NULL && s->weight >= GUILTY;
}

/* ---- names */

static struct name *
name_find(const struct endpoint *e)
{
	struct name key, **found;

	memcpy(key.endpoint.host, e->host, sizeof(e->host));
	memcpy(key.endpoint.service, e->service, sizeof(e->service));
	found = tfind(&key, &by_key, compare_keys);
	return found != NULL ? *found : NULL;
}

static struct name *
name_new(const struct endpoint *e)
{
	struct name *n;

	if (nnames == NAMES_MAX || (n = calloc(1, sizeof(*n))) == NULL)
		return NULL;
	do
		n->id = ++last_id;
	while (n->id == 0 || tfind(n, &by_id, compare_ids) != NULL);
	n->endpoint = *e;
	TAILQ_INIT(&n->waiters);
	if (tsearch(n, &by_id, compare_ids) == NULL) {
		free(n);
		return NULL;
	}
	if (tsearch(n, &by_key, compare_keys) == NULL) {
		tdelete(n, &by_id, compare_ids);
		free(n);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&unsent, n, entry);
	nnames++;
	return n;
}

static void
set_unwanted(struct name *n, int64_t now)
{
	n->cancel_at = now + UNWANTED_FOR;
	TAILQ_INSERT_TAIL(&unwanted, n, unwanted);
}

static void
set_wanted(struct name *n)
{
	if (n->cancel_at == 0)
		return;
	n->cancel_at = 0;
	TAILQ_REMOVE(&unwanted, n, unwanted);
}

/* One that has been cancelled is not found by its key any more. */
static void
name_free(struct name *n)
{
	set_wanted(n);
	if (name_find(&n->endpoint) == n)
		tdelete(n, &by_key, compare_keys);
	tdelete(n, &by_id, compare_ids);
	TAILQ_REMOVE(n->is_sent ? &in_hand : &unsent, n, entry);
	nnames--;
	free(n);
}

/* A waiter's done() may ask again: that is a new name. */
static void
finish(struct name *n, const struct lookup_result *r)
{
	struct waiter *w;

	tdelete(n, &by_key, compare_keys);
	while ((w = TAILQ_FIRST(&n->waiters)) != NULL) {
		TAILQ_REMOVE(&n->waiters, w, entry);
		w->name = NULL;
		w->done(w, r);
	}
	name_free(n);
}

static void
finish_with(struct name *n, enum endpoint_error error)
{
	const struct lookup_result r = { .error = (uint8_t)error };

	finish(n, &r);
}

static void
send_name(struct name *n, int64_t now)
{
	TAILQ_REMOVE(&unsent, n, entry);
	TAILQ_INSERT_TAIL(&in_hand, n, entry);
	n->is_sent = 1;
	n->sent_at = now;
	say_to_resolvd(MSG_LOOKUP, n->id, &n->endpoint, sizeof(n->endpoint));
}

/* Not a suspect whose turn has not come. */
static int
may_be_sent(const struct name *n, int64_t now)
{
	const struct suspect *s = suspects_find(n->endpoint.host, now);

	return is_there &&
	    (s == NULL || s->weight < TO_BE_TRIED || s->order == tried);
}

/* Of those that are asked for, the one that was blamed last. */
static void
try_next_suspect(int64_t now)
{
	const struct suspect *s;
	const struct name *n;

	if (now < suspects_at || (tried != 0 && now - tried_at < FRESH))
		return;
	tried = 0;
	tried_at = now;
	TAILQ_FOREACH (n, &unsent, entry) {
		s = suspects_find(n->endpoint.host, now);
		if (s != NULL && s->order > tried)
			tried = s->order;
	}
}

static void
send_all(int64_t now)
{
	struct name *n, *next;

	if (!is_there || TAILQ_EMPTY(&unsent))
		return;
	if (suspects_are_any())
		try_next_suspect(now);
	for (n = TAILQ_FIRST(&unsent); n != NULL; n = next) {
		next = TAILQ_NEXT(n, entry);
		if (may_be_sent(n, now))
			send_name(n, now);
	}
}

/* ---- for those who ask */

void
names_open(void (*say)(enum msg_type, uint32_t, const void *, size_t))
{
	say_to_resolvd = say;
}

static void
refuse(struct waiter *w, enum endpoint_error error)
{
	const struct lookup_result r = { .error = (uint8_t)error };

	w->done(w, &r);
}

void
names_ask(struct waiter *w, const struct endpoint *e)
{
	struct lookup_result known = { .n = 1, .addresses = { e->address } };
	struct name *n = NULL;

	if (e->error != ENDPOINT_OK) {
		refuse(w, (enum endpoint_error)e->error);
		return;
	}
	if (e->literal) {
		w->done(w, &known);
		return;
	}
	if ((n = name_find(e)) == NULL && (n = name_new(e)) == NULL) {
		refuse(w, ENDPOINT_LOOKUP_FAILED);
		return;
	}
	w->name = n;
	TAILQ_INSERT_TAIL(&n->waiters, w, entry);
	set_wanted(n);
	if (n->is_sent)
		return;
	if (is_guilty(n, clock_now()))
		finish_with(n, ENDPOINT_POISONOUS);
	else if (may_be_sent(n, clock_now()))
		send_name(n, clock_now());
	else
		send_all(clock_now());
}

/* A name that is being answered is not found by its key: it goes anyhow. */
void
names_forget(struct waiter *w)
{
	struct name *n = w->name;

	if (n == NULL)
		return;
	TAILQ_REMOVE(&n->waiters, w, entry);
	w->name = NULL;
	if (!TAILQ_EMPTY(&n->waiters) || name_find(&n->endpoint) != n)
		return;
	if (n->is_sent)
		set_unwanted(n, clock_now());
	else
		name_free(n);
}

/* What resolvd has is in its hand until it has answered the cancel, too. */
static void
cancel_unwanted(int64_t now)
{
	const struct nothing nothing = { 0 };
	struct name *n;

	while ((n = TAILQ_FIRST(&unwanted)) != NULL && now >= n->cancel_at) {
		set_wanted(n);
		tdelete(n, &by_key, compare_keys);
		say_to_resolvd(
		    MSG_LOOKUP_CANCEL, n->id, &nothing, sizeof(nothing));
	}
}

int
names_answered(const struct msg *m)
{
	const struct lookup_result *r = msg_get_lookup_result(m);
	struct name key = { .id = m->id }, **found, *n;
	struct suspect *s;

	if ((r->error == ENDPOINT_OK && r->n == 0) ||
	    (found = tfind(&key, &by_id, compare_ids)) == NULL ||
	    !(*found)->is_sent)
		return -1;
	n = *found;
	if (TAILQ_EMPTY(&n->waiters)) {
		name_free(n); /* perhaps cancelled: says nothing for it */
		return 0;
	}
	s = suspects_find(n->endpoint.host, clock_now());
	if (s != NULL && s->order == tried)
		tried = 0;
	if (s != NULL)
		suspects_clear(s);
	finish(n, r);
	send_all(clock_now());
	return 0;
}

/* ---- resolvd comes and goes */

void
names_found(int64_t suspects_from)
{
	is_there = 1;
	suspects_at = suspects_from;
	send_all(clock_now());
}

static void
blame_all(int64_t now)
{
	const struct name *n = TAILQ_LAST(&in_hand, names);
	int is_any_fresh = n != NULL && now - n->sent_at < FRESH, is_fresh;

	suspects_another_death();
	TAILQ_FOREACH (n, &in_hand, entry) {
		is_fresh = !is_any_fresh || now - n->sent_at < FRESH;
		suspects_blame(n->endpoint.host,
		    is_fresh ? WEIGHT_FRESH : WEIGHT_OLD, now);
	}
}

static struct name *
first_guilty(int64_t now)
{
	struct name *n;

	TAILQ_FOREACH (n, &unsent, entry) {
		if (is_guilty(n, now))
			break;
	}
	return n;
}

/* All that it had is asked of the next one, but what is not wanted. */
static void
take_back(void)
{
	struct name *n;

	is_there = 0;
	tried = 0;
	while ((n = TAILQ_FIRST(&in_hand)) != NULL) {
		if (TAILQ_EMPTY(&n->waiters)) {
			name_free(n);
			continue;
		}
		TAILQ_REMOVE(&in_hand, n, entry);
		TAILQ_INSERT_TAIL(&unsent, n, entry);
		n->is_sent = 0;
	}
}

void
names_interrupted(void)
{
	if (is_there)
		take_back();
}

void
names_lost(void)
{
	int64_t now = clock_now();
	struct name *n;

	if (!is_there)
		return;
	blame_all(now);
	take_back();
	while ((n = first_guilty(now)) != NULL) {
		log_event(LOG_WARN, "A name is refused: resolvd has died of it",
		    LOG_STR("name", n->endpoint.host));
		finish_with(n, ENDPOINT_POISONOUS);
	}
}

/* Of suspects, or CLOCK_NEVER. */
static int64_t
next_turn(int64_t now)
{
	int64_t next;

	if (!is_there || TAILQ_EMPTY(&unsent))
		return CLOCK_NEVER;
	next = tried != 0 ? tried_at + FRESH : now;
	return next > suspects_at ? next : suspects_at;
}

int
names_wait(void)
{
	return !TAILQ_EMPTY(&unsent) || !TAILQ_EMPTY(&unwanted);
}

int64_t
names_tick(int64_t now)
{
	const struct name *n;
	int64_t next;

	cancel_unwanted(now);
	send_all(now);
	next = next_turn(now);
	n = TAILQ_FIRST(&unwanted);
	return n != NULL && n->cancel_at < next ? n->cancel_at : next;
}

uint32_t
names_hold_ms(void)
{
	uint64_t ms = 0;
	struct name *n;

	TAILQ_FOREACH (n, &unsent, entry) {
		if (suspects_find(n->endpoint.host, clock_now()) != NULL)
			ms += (uint64_t)(FRESH / NS_PER_MS);
	}
	return ms < HOLD_MAX_MS ? (uint32_t)ms : HOLD_MAX_MS;
}

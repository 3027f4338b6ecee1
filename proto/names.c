/* SPDX-License-Identifier: ISC */
/*
 * Names on their way to resolvd and back; and which of them it may have died
 * of, so that it does not die of them again and again.
 */

#include "clock.h"
#include "name.h"
#include "names.h"
#include "suspects.h"

/*
 * For so long a look-up goes on that nobody waits for: who asks meanwhile
 * joins it, so that askers who come and go make no more look-ups than one who
 * stays.
 */
#define UNWANTED_FOR NS_PER_S

/* Thousands may wait for an answer; each then has some 25 us of work to do. */
#define TOLD_PER_TURN 4

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

static void (*say_to_resolvd)(enum msg_type, uint32_t, const void *, size_t);
static int is_there;
static uint32_t npolicies = 1;
static struct names unsent = TAILQ_HEAD_INITIALIZER(unsent);
static struct names in_hand = TAILQ_HEAD_INITIALIZER(in_hand); /* oldest 1st */
static struct names answered = TAILQ_HEAD_INITIALIZER(answered);
static struct names unwanted = TAILQ_HEAD_INITIALIZER(unwanted); /* as above */

static uint64_t tried; /* the suspect that is asked for alone; 0: none */
static int64_t tried_at, suspects_at;

static int
is_guilty(const struct name *n, int64_t now)
{
	const struct suspect *s = suspects_find(n->endpoint.host, now);

	return s != NULL && s->weight >= GUILTY;
}

/* ---- where a name is */

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

static void
move_to(struct name *n, struct names *list)
{
	TAILQ_REMOVE(n->list, n, entry);
	n->list = list;
	TAILQ_INSERT_TAIL(list, n, entry);
}

static struct name *
begin(const struct endpoint *e, uint32_t policy_id)
{
	struct name *n = name_new(e, policy_id);

	if (n == NULL)
		return NULL;
	n->list = &unsent;
	TAILQ_INSERT_TAIL(n->list, n, entry);
	return n;
}

static void
unlist(struct name *n)
{
	set_wanted(n);
	name_unlist(n);
}

static void
drop(struct name *n)
{
	if (n->list != &answered)
		unlist(n);
	TAILQ_REMOVE(n->list, n, entry);
	name_free(n);
}

/* Who asks from now on asks for a new name. */
static void
finish(struct name *n, const struct lookup_result *r)
{
	unlist(n);
	n->result = *r;
	move_to(n, &answered);
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
	struct lookup_request request = { .policy_id = n->policy_id,
		.npolicies = npolicies };

	move_to(n, &in_hand);
	n->sent_at = now;
	request.endpoint = n->endpoint;
	say_to_resolvd(MSG_LOOKUP, n->id, &request, sizeof(request));
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

void
names_divide(uint32_t n)
{
	npolicies = n > 0 ? n : 1;
}

void
names_ask(struct waiter *w, const struct endpoint *e)
{
	const struct lookup_result bad = { .error = e->error };
	const struct lookup_result failed = { .error = ENDPOINT_LOOKUP_FAILED };
	const struct lookup_result known = { .n = 1,
		.addresses = { e->address } };
	struct name *n;

	if (e->error != ENDPOINT_OK || e->literal) {
		w->done(w, e->error != ENDPOINT_OK ? &bad : &known);
		return;
	}
	if ((n = name_find(e, w->policy_id)) == NULL &&
	    (n = begin(e, w->policy_id)) == NULL) {
		w->done(w, &failed);
		return;
	}
	w->name = n;
	TAILQ_INSERT_TAIL(&n->waiters, w, entry);
	set_wanted(n);
	if (n->list == &in_hand)
		return;
	if (is_guilty(n, clock_now()))
		finish_with(n, ENDPOINT_POISONOUS);
	else if (may_be_sent(n, clock_now()))
		send_name(n, clock_now());
	else
		send_all(clock_now());
}

static void
leave(struct waiter *w)
{
	TAILQ_REMOVE(&w->name->waiters, w, entry);
	w->name = NULL;
}

/* A name that is answered is not found by its key: it goes anyhow. */
void
names_forget(struct waiter *w)
{
	struct name *n = w->name;

	if (n == NULL)
		return;
	leave(w);
	if (!TAILQ_EMPTY(&n->waiters) || !name_has_key(n))
		return;
	if (n->list == &in_hand)
		set_unwanted(n, clock_now());
	else
		drop(n);
}

/* What resolvd has is in its hand until it has answered the cancel, too. */
static void
cancel_unwanted(int64_t now)
{
	const struct nothing nothing = { 0 };
	struct name *n;

	while ((n = TAILQ_FIRST(&unwanted)) != NULL && now >= n->cancel_at) {
		set_wanted(n);
		name_unkey(n);
		say_to_resolvd(
		    MSG_LOOKUP_CANCEL, n->id, &nothing, sizeof(nothing));
	}
}

int
names_answered(const struct msg *m)
{
	const struct lookup_result *r = msg_get_lookup_result(m);
	struct name *n = name_of_id(m->id);
	struct suspect *s;

	if ((r->error == ENDPOINT_OK && r->n == 0) || n == NULL ||
	    n->list != &in_hand)
		return -1;
	if (TAILQ_EMPTY(&n->waiters)) {
		drop(n); /* perhaps cancelled: says nothing for it */
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

/* Names take turns: nobody waits for all of another one's waiters. */
void
names_serve(void)
{
	struct waiter *w;
	struct name *n;
	int told = 0;

	while (told < TOLD_PER_TURN && (n = TAILQ_FIRST(&answered)) != NULL) {
		if ((w = TAILQ_FIRST(&n->waiters)) != NULL) {
			leave(w);
			w->done(w, &n->result);
			told++;
		}
		if (TAILQ_EMPTY(&n->waiters))
			drop(n);
		else
			move_to(n, &answered); /* behind the others */
	}
}

int
names_have_answers(void)
{
	return !TAILQ_EMPTY(&answered);
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
			drop(n);
			continue;
		}
		move_to(n, &unsent);
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

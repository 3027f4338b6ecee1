/* SPDX-License-Identifier: ISC */
/*
 * Changes that wait: for an address (resolving), or for another change about
 * their proxy (queued).  There may be thousands, of whoever asks the API: they
 * are found by key, and not one after another.
 */

#include <string.h>
#include <sys/random.h>

#include "change.h"
#include "child.h"
#include "children.h"
#include "expiry.h"
#include "halts.h"
#include "later.h"
#include "log.h"
#include "pending.h"
#include "proxies.h"
#include "requests.h"
#include "scenario.h"
#include "store.h"
#include "tokens.h"

#define BUCKETS 1024

struct pending pending;

static struct changes makers[BUCKETS]; /* resolving, of a proxy to be */
static struct changes queued[BUCKETS];
static uint64_t seed;

void
pending_init(void)
{
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		TAILQ_INIT(&makers[i]);
		TAILQ_INIT(&queued[i]);
	}
	TAILQ_INIT(&pending.resolving);
	TAILQ_INIT(&pending.queued);
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		fatal("%s", __func__);
}

/* Whoever chooses names does not know which share a bucket. */
static uint64_t
hash_text(uint64_t hash, const char *text)
{
	for (; *text != '\0'; text++) {
		hash = (hash ^ (uint8_t)*text) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 32;
	}
	return hash;
}

static size_t
bucket_of(const struct proxy_key *key)
{
	return hash_text(hash_text(seed, key->tenant), key->name) % BUCKETS;
}

static struct changes *
makers_of(const struct change *ch)
{
	return &makers[bucket_of(change_key(ch))];
}

static struct changes *
queued_of(const struct change *ch)
{
	return &queued[bucket_of(change_key(ch))];
}

void
pending_read(struct change *ch)
{
	pending.reading = ch;
}

/* ---- resolving: in the order of their deadlines */

void
pending_resolve(struct change *ch)
{
	TAILQ_INSERT_TAIL(&pending.resolving, ch, entry);
	if (change_makes_a_proxy(ch))
		TAILQ_INSERT_TAIL(makers_of(ch), ch, of_same_name);
}

void
pending_resolved(struct change *ch)
{
	TAILQ_REMOVE(&pending.resolving, ch, entry);
	if (change_makes_a_proxy(ch))
		TAILQ_REMOVE(makers_of(ch), ch, of_same_name);
}

static struct change *
find(const struct changes *table, const struct proxy_key *proxy)
{
	struct change *ch;

	TAILQ_FOREACH (ch, &table[bucket_of(proxy)], of_same_name) {
		if (proxy_key_compare(change_key(ch), proxy) == 0)
			break;
	}
	return ch;
}

static int
is_being_made(const struct proxy_key *proxy)
{
	return find(makers, proxy) != NULL;
}

/*
 * A ctld that follows another does not know yet what its worker knows.  NULL:
 * it does, or there is no worker.
 */
static struct child *
stranger(const struct proxy_key *proxy)
{
	const struct proxy *p = proxy_find(proxy);

	return p != NULL && p->worker != NULL &&
		p->worker->state == CHILD_GREETED
	    ? p->worker
	    : NULL;
}

/* What it is about is as good as gone. */
static int
is_over(const struct proxy_key *proxy)
{
	const struct proxy *p = proxy_find(proxy);

	return p != NULL && expiry_is_over(p);
}

static int
is_storing(const struct change *ch)
{
	const struct proxy_key *key = change_key(ch);

	return ch->request->is_of_tenant ? *tokens_storing(key->tenant) != NULL
					 : proxy_storing(key) != NULL;
}

/* A halt ends all scenarios that it is about: not before they are over. */
static int
is_before_its_halt(const struct change *ch)
{
	const struct halt *h = &ch->u.halt.row;

	return ch->request->type == MSG_RESUME && halts_have(h->tenant) &&
	    scenarios_have(h);
}

/* Does one wait that is about that tenant?  of: its key, see get_halt(). */
static int
is_resumed(const struct proxy_key *of, const char *tenant)
{
	const struct change *ch;

	TAILQ_FOREACH (ch, &queued[bucket_of(of)], of_same_name) {
		if (ch->request->type == MSG_RESUME &&
		    halt_covers(&ch->u.halt.row, tenant))
			break;
	}
	return ch != NULL;
}

/* Whoever begins one after another holds up nobody who waits for that. */
static int
is_in_the_way(const struct change *ch)
{
	const char *tenant = change_key(ch)->tenant;
	struct proxy_key of = { .name = "" };

	if (ch->request->type != MSG_SCENARIO_CREATE)
		return 0;
	if (is_resumed(&of, tenant))
		return 1;
	memcpy(of.tenant, tenant, sizeof(of.tenant));
	return is_resumed(&of, tenant);
}

/*
 * Changes about one proxy, or about one tenant, are committed one after
 * another: each is prepared for the truth as it is.  And what is asked
 * about a proxy that is being made is not answered "there is none": it would be
 * left behind.  One that may be about all of them has them for itself, and what
 * came behind it waits for it, so that it comes to its turn.
 */
int
change_has_to_wait(const struct change *ch)
{
	const struct proxy_key *proxy = change_key(ch);

	if (ch->request->is_of_all)
		return pending.whole != NULL || !TAILQ_EMPTY(&store.storing) ||
		    !children_have_answered();
	if (pending.whole != NULL || pending.nwhole > 0)
		return 1;
	return is_storing(ch) || stranger(proxy) != NULL || is_over(proxy) ||
	    is_before_its_halt(ch) || is_in_the_way(ch) ||
	    (!change_makes_a_proxy(ch) && is_being_made(proxy));
}

/* ---- queued: in the order in which they came */

/* What it waits for is its worker's word, perhaps: that one is asked next. */
void
pending_queue(struct change *ch)
{
	struct child *worker = stranger(change_key(ch));

	if (worker != NULL)
		later_now(worker);
	pending.nwhole += (unsigned int)ch->request->is_of_all;
	TAILQ_INSERT_TAIL(&pending.queued, ch, entry);
	TAILQ_INSERT_TAIL(queued_of(ch), ch, of_same_name);
}

void
pending_dequeue(struct change *ch)
{
	pending.nwhole -= (unsigned int)ch->request->is_of_all;
	TAILQ_REMOVE(&pending.queued, ch, entry);
	TAILQ_REMOVE(queued_of(ch), ch, of_same_name);
}

struct change *
pending_queued(const struct proxy_key *proxy)
{
	return find(queued, proxy);
}

const struct change *
pending_scenario(const struct scenario_name *wanted)
{
	const struct change *ch;

	TAILQ_FOREACH (ch, &pending.queued, entry) {
		if (ch->request->type == MSG_SCENARIO_CREATE &&
		    strcmp(ch->u.scenario.name, wanted->name) == 0 &&
		    strcmp(change_key(ch)->tenant, wanted->proxy.tenant) == 0)
			break;
	}
	return ch;
}

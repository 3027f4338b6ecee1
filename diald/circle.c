/* SPDX-License-Identifier: ISC */
/*
 * A proxy that leads to itself, alone or through others, would be a chain
 * reaction: each client of it makes another.  ctld says where each proxy
 * listens; where each one leads to is known here.  So at each dial the way from
 * the address on is followed, from proxy to proxy.
 *
 * Of an upstream that is a name, what counts is what was found when it was last
 * dialled, for a while: a name may move.  Nothing is missed by that, as each
 * proxy on the way has to look its own name up first, and asks here then.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "diald.h"
#include "log.h"

#define BUCKETS 4096
#define NAME_COUNTS_FOR (30 * NS_PER_S)

struct proxy {
	LIST_ENTRY(proxy) by_id, by_listen;
	SLIST_ENTRY(proxy) visit; /* in a walk */
	uint64_t walk;            /* the last one that has been here */
	uint64_t clear;           /* version in which it was in no circle */
	uint32_t id;
	struct address listen;
	struct address upstreams[ADDRESSES_MAX];
	size_t nupstreams;
	int64_t until; /* that is known of a name; CLOCK_NEVER: a number */
};
LIST_HEAD(proxies, proxy);
SLIST_HEAD(visits, proxy);

static struct proxies by_id[BUCKETS], by_listen[BUCKETS];
static uint64_t version = 1; /* of all that is known */
static uint64_t walks;
static unsigned int nwildcards;

/* ---- what is where */

static struct proxies *
bucket_of_id(uint32_t id)
{
	return &by_id[id % BUCKETS];
}

/* Nobody who chooses addresses knows which share a bucket. */
static struct proxies *
bucket_of_listen(const struct address *a)
{
	static uint64_t seed;
	uint64_t hash, word[2];

	while (seed == 0) {
		if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
			fatal("%s", __func__);
	}
	memcpy(word, a->ip, sizeof(word));
	hash = seed + a->port;
	hash = (hash ^ word[0]) * 0x9e3779b97f4a7c15;
	hash = (hash ^ hash >> 29 ^ word[1] ^ seed) * 0xbf58476d1ce4e5b9;
	return &by_listen[(hash >> 32) % BUCKETS];
}

/* IPv4 in IPv6's clothes is IPv4. */
static struct address
plain(const struct address *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct address b = *a;

	b.reserved = 0;
	if (a->family != 6 || memcmp(a->ip, mapped, sizeof(mapped)) != 0)
		return b;
	memset(&b, 0, sizeof(b));
	b.family = 4;
	b.port = a->port;
	memcpy(b.ip, a->ip + sizeof(mapped), 4);
	return b;
}

static struct proxy *
find(uint32_t id)
{
	struct proxy *p;

	LIST_FOREACH (p, bucket_of_id(id), by_id) {
		if (p->id == id)
			break;
	}
	return p;
}

static struct proxy *
find_listener(const struct address *a)
{
	struct proxy *p;

	LIST_FOREACH (p, bucket_of_listen(a), by_listen) {
		if (address_equal(&p->listen, a))
			break;
	}
	return p;
}

void
circle_forget(uint32_t proxy_id)
{
	struct proxy *p = find(proxy_id);

	if (p == NULL)
		return;
	nwildcards -= (unsigned int)address_is_wildcard(&p->listen);
	own_port_closed(p->listen.port);
	LIST_REMOVE(p, by_id);
	LIST_REMOVE(p, by_listen);
	free(p);
	version++;
}

void
circle_proxy(const struct dial_policy *policy)
{
	struct proxy *p;

	circle_forget(policy->proxy_id);
	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("%s", __func__);
	p->id = policy->proxy_id;
	p->listen = plain(&policy->listen);
	if (policy->upstream.literal) {
		p->upstreams[0] = address_to_reach(&policy->upstream.address);
		p->nupstreams = 1;
		p->until = CLOCK_NEVER;
	}
	nwildcards += (unsigned int)address_is_wildcard(&p->listen);
	own_port_opened(p->listen.port);
	LIST_INSERT_HEAD(bucket_of_id(p->id), p, by_id);
	LIST_INSERT_HEAD(bucket_of_listen(&p->listen), p, by_listen);
	version++;
}

void
circle_leads_to(uint32_t proxy_id, const struct lookup_result *r)
{
	struct proxy *p = find(proxy_id);
	struct address found[ADDRESSES_MAX];
	int64_t now = clock_now();
	size_t i;

	if (p == NULL || p->until == CLOCK_NEVER)
		return;
	for (i = 0; i < r->n; i++)
		found[i] = address_to_reach(&r->addresses[i]);
	if (now >= p->until || p->nupstreams != r->n ||
	    memcmp(p->upstreams, found, r->n * sizeof(*found)) != 0)
		version++;
	memcpy(p->upstreams, found, r->n * sizeof(*found));
	p->nupstreams = r->n;
	p->until = now + NAME_COUNTS_FOR;
}

/* ---- the way */

struct walk {
	struct visits visits;
	int asked_the_host; /* whose addresses change without a word to us */
};

static void
visit(struct walk *w, struct proxy *p)
{
	if (p == NULL || p->walk == walks)
		return;
	p->walk = walks;
	SLIST_INSERT_HEAD(&w->visits, p, visit);
}

/* All that listen where this leads to; a wildcard of IPv6 has IPv4 as well. */
static void
follow(struct walk *w, const struct address *given)
{
	struct address bare = plain(given), a = address_to_reach(&bare);
	struct address any = { .family = 6, .port = a.port };
	struct address any4 = { .family = 4, .port = a.port };
	struct proxy *six = NULL, *four = NULL;

	visit(w, find_listener(&a));
	if (nwildcards > 0) {
		six = find_listener(&any);
		four = a.family == 4 ? find_listener(&any4) : NULL;
	}
	if (six == NULL && four == NULL)
		return;
	if (!address_is_loopback(&a)) {
		w->asked_the_host = 1;
		if (own_has(&a) != 1)
			return;
	}
	visit(w, six);
	visit(w, four);
}

static int
leads_to(struct walk *w, const struct address *to, const struct proxy *goal)
{
	int64_t now = clock_now();
	struct proxy *p;
	size_t i;

	SLIST_INIT(&w->visits);
	walks++;
	follow(w, to);
	while ((p = SLIST_FIRST(&w->visits)) != NULL) {
		SLIST_REMOVE_HEAD(&w->visits, visit);
		if (p == goal)
			return 1;
		if (now >= p->until)
			continue;
		for (i = 0; i < p->nupstreams; i++)
			follow(w, &p->upstreams[i]);
	}
	return 0;
}

/* Mostly there is one address, and nothing has changed since the last time. */
int
circle_would_close(uint32_t proxy_id, const struct address *to)
{
	struct proxy *p = find(proxy_id);
	struct walk w = { .asked_the_host = 0 };
	int is_all;

	if (p == NULL)
		return 0;
	is_all = p->nupstreams == 1 && address_equal(&p->upstreams[0], to);
	if (is_all && p->clear == version)
		return 0;
	if (leads_to(&w, to, p))
		return 1;
	if (is_all && !w.asked_the_host)
		p->clear = version;
	return 0;
}

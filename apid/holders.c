/* SPDX-License-Identifier: ISC */
/*
 * Addresses, and how many connections each has.  Only when there is no room
 * left does it matter: then the one that has most gives one up, so that nobody
 * is kept out by somebody else.
 */

#include <netinet/in.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "clients.h"
#include "clock.h"
#include "crowds.h"
#include "log.h"
#include "msg.h"

/* A request that is younger may well be about to be whole. */
#define YOUNG NS_PER_S

/* Whoever has an IPv6 address has the 2^64 beside it. */
struct holder {
	LIST_ENTRY(holder) entry; /* of those that have as many */
	uint8_t address[16];      /* IPv4: mapped */
	unsigned int count;
	unsigned int counts[CLIENT_STATES];
	struct clients clients[CLIENT_STATES];
	int64_t turn;           /* see client_turn() */
	unsigned int streams;   /* see client_streams() */
	struct clients waiting; /* see holder_waits() */
	unsigned int nwaiting;
	TAILQ_ENTRY(holder) next;
};

static LIST_HEAD(, holder) having[API_CLIENTS_MAX + 1];
static unsigned int most; /* what the one with most has */
static void *by_address;  /* tsearch(3) */
/* Those whose clients wait; the first one's turn is next. */
static TAILQ_HEAD(, holder) turns = TAILQ_HEAD_INITIALIZER(turns);

static int
compare(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	return memcmp(x->address, y->address, sizeof(x->address));
}

static void
map(uint8_t address[16], const struct in_addr *a)
{
	memset(address + 10, 0xff, 2);
	memcpy(address + 12, a, 4);
}

/*
 * A user of the socket: no IPv6 address has anything behind its first 64 bits
 * here but a mapped one, which begins otherwise.
 */
static const uint8_t of_user[12] = { [8] = 'u', 'i', 'd' };

static void
set_user(uint8_t address[16], uint32_t uid)
{
	memcpy(address, of_user, sizeof(of_user));
	memcpy(address + sizeof(of_user), &uid, sizeof(uid));
}

int
holder_user(const uint8_t address[16], uint32_t *uid)
{
	memcpy(uid, address + sizeof(of_user), sizeof(*uid));
	return memcmp(address, of_user, sizeof(of_user)) == 0;
}

static void
set_address(struct holder *h, const struct client *c, const struct sockaddr *sa)
{
	struct sockaddr_in6 sin6;
	struct sockaddr_in sin;

	if (c->is_local) {
		set_user(h->address, c->user.uid);
	} else if (sa->sa_family == AF_INET) {
		memcpy(&sin, sa, sizeof(sin));
		map(h->address, &sin.sin_addr);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&sin6, sa, sizeof(sin6));
		memcpy(h->address, &sin6.sin6_addr,
		    IN6_IS_ADDR_V4MAPPED(&sin6.sin6_addr) ? 16 : 8);
	}
}

static struct holder *
holder_of(const struct client *c, const struct sockaddr *sa)
{
	struct holder *h, **found;
	int state;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		fatal("%s", __func__);
	set_address(h, c, sa);
	if ((found = tsearch(h, &by_address, compare)) == NULL)
		fatal("%s", __func__);
	if (*found != h) {
		free(h);
		return *found;
	}
	for (state = 0; state < CLIENT_STATES; state++)
		TAILQ_INIT(&h->clients[state]);
	TAILQ_INIT(&h->waiting);
	LIST_INSERT_HEAD(&having[0], h, entry);
	return h;
}

/* by: 1 or -1 */
static void
count(struct holder *h, int by)
{
	LIST_REMOVE(h, entry);
	h->count += (unsigned int)by;
	LIST_INSERT_HEAD(&having[h->count], h, entry);
	if (h->count > most)
		most = h->count;
	while (most > 0 && LIST_EMPTY(&having[most]))
		most--;
}

static void
list(struct client *c)
{
	TAILQ_INSERT_TAIL(&c->holder->clients[c->state], c, entry);
	c->holder->counts[c->state]++;
}

static void
unlist(struct client *c)
{
	TAILQ_REMOVE(&c->holder->clients[c->state], c, entry);
	c->holder->counts[c->state]--;
}

void
holder_take(struct client *c, const struct sockaddr *sa)
{
	c->holder = holder_of(c, sa);
	count(c->holder, 1);
	list(c);
}

/* It has made room: from now on it is not counted. */
void
holder_leave(struct client *c)
{
	if (!c->is_leaving)
		count(c->holder, -1);
	c->is_leaving = 1;
}

void
holder_drop(struct client *c)
{
	struct holder *h = c->holder;
	int state;

	holder_leave(c);
	unlist(c);
	for (state = 0; state < CLIENT_STATES; state++) {
		if (h->counts[state] > 0)
			return;
	}
	LIST_REMOVE(h, entry);
	tdelete(h, &by_address, compare);
	free(h);
}

void
holder_move(struct client *c, enum client_state state)
{
	unlist(c);
	c->state = state;
	list(c);
}

const uint8_t *
holder_address(const struct holder *h)
{
	return h->address;
}

int64_t *
holder_turn(struct holder *h)
{
	return &h->turn;
}

unsigned int *
holder_streams(struct holder *h)
{
	return &h->streams;
}

/* Those that are leaving make no room a second time. */
static struct client *
first_of(const struct holder *h, enum client_state state)
{
	struct client *c;

	TAILQ_FOREACH (c, &h->clients[state], entry) {
		if (!c->is_leaving)
			break;
	}
	return c;
}

/*
 * The oldest request that is not at its end, or the connection longest without
 * one.  Whichever is more of what there is goes first, as that is the flood; a
 * request that has had its second does in any case.
 */
struct client *
holders_choose(int64_t now)
{
	const struct holder *h = LIST_FIRST(&having[most]);
	struct client *busy, *idle;

	if (most == 0)
		return NULL;
	busy = first_of(h, CLIENT_BUSY);
	idle = first_of(h, CLIENT_IDLE);
	if (busy == NULL && idle == NULL)
		return first_of(h, CLIENT_HELD);
	if (busy == NULL)
		return idle;
	if (idle == NULL || now - busy->since > YOUNG ||
	    h->counts[CLIENT_BUSY] >= h->counts[CLIENT_IDLE])
		return busy;
	return idle;
}

/* ---- whose turn it is */

void
holder_waits(struct client *c)
{
	struct holder *h = c->holder;

	if (TAILQ_EMPTY(&h->waiting))
		TAILQ_INSERT_TAIL(&turns, h, next);
	TAILQ_INSERT_TAIL(&h->waiting, c, waiting);
	h->nwaiting++;
}

void
holder_waits_no_more(struct client *c)
{
	struct holder *h = c->holder;

	TAILQ_REMOVE(&h->waiting, c, waiting);
	h->nwaiting--;
	if (TAILQ_EMPTY(&h->waiting))
		TAILQ_REMOVE(&turns, h, next);
}

static int
is_crowd(const struct holder *h)
{
	return h->nwaiting > CROWD;
}

/* Whoever has been waiting for longest, or who is no crowd. */
static struct holder *
next_of(int64_t now)
{
	const int crowds_may = crowds_rest(now) == 0;
	struct holder *h;

	TAILQ_FOREACH (h, &turns, next) {
		if (crowds_may || !is_crowd(h))
			break;
	}
	return h;
}

/* The address is behind all others then. */
struct client *
holders_next(int64_t now)
{
	struct holder *h = next_of(now);
	struct client *c;

	if (h == NULL)
		return NULL;
	if (is_crowd(h))
		crowds_begin();
	else
		crowds_see_another(now);
	c = TAILQ_FIRST(&h->waiting);
	TAILQ_REMOVE(&turns, h, next);
	TAILQ_REMOVE(&h->waiting, c, waiting);
	h->nwaiting--;
	if (!TAILQ_EMPTY(&h->waiting))
		TAILQ_INSERT_TAIL(&turns, h, next);
	return c;
}

int64_t
holders_wait(int64_t now)
{
	if (TAILQ_EMPTY(&turns))
		return CLOCK_NEVER;
	return next_of(now) != NULL ? 0 : crowds_rest(now);
}

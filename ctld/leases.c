/* SPDX-License-Identifier: ISC */
/*
 * -total-buffer: the bytes that all workers together may hold back.  Each has a
 * share of its own, set aside for as many proxies as there may be; the rest is
 * lent.  What is lent, or can be, is counted here and nowhere else: a worker
 * that holds more than it was lent has its limit of memory.
 *
 * When all is lent, a worker with less than an even part of it comes before
 * those with more, who are told to return what it asks for.
 *
 * A tenant may have a limit of its own (limits.bytes_held), shares included.
 * Who asks for more than is left of that waits in the tenant's own line, so
 * that nobody else has to look at it.
 */

#include "agreed.h"
#include "child.h"
#include "children.h"
#include "leases.h"
#include "least.h"
#include "tenant_limits.h"
#include "msg.h"
#include "state.h"

/* Less is not worth a message, unless no more was asked for. */
#define LEAST ((uint64_t)128 * 1024)

struct leases leases = {
	.borrowers = TAILQ_HEAD_INITIALIZER(leases.borrowers),
};

/* An upgrade may have brought options that make it less than what is lent. */
static uint64_t
lendable(void)
{
	return minus((uint64_t)ctld.options.total_buffer,
	    (uint64_t)ctld.options.max_proxies * RELAY_OWN_HELD);
}

/* 0: it has no limit. */
static uint64_t
lendable_to(const struct limit_state *of)
{
	const uint64_t most =
	    of != NULL ? limits_of(of->tenant, LIMIT_OF_HELD) : 0;

	if (most == 0)
		return 0;
	return minus(most, of->nworkers * RELAY_OWN_HELD) + 1;
}

static uint64_t
left_to_tenant(const struct child *c)
{
	const uint64_t most = lendable_to(c->lease_of);

	return most != 0 ? minus(most - 1, c->lease_of->lent) : UINT64_MAX;
}

static int
is_short(const struct child *c)
{
	const uint64_t left = left_to_tenant(c);

	return left < c->borrows && left < LEAST;
}

/* 0, unless there is something worth lending to it. */
static uint64_t
affordable(const struct child *c)
{
	uint64_t left = minus(lendable(), leases.lent);

	if (left > left_to_tenant(c))
		left = left_to_tenant(c);
	if (left >= c->borrows)
		return c->borrows;
	return left >= LEAST ? left : 0;
}

static void
say(struct child *c, enum msg_type type, uint64_t bytes)
{
	struct relay_bytes payload = { .bytes = bytes };

	child_send(c, type, 0, &payload, -1);
}

/* ---- who waits, and for what */

static void
wait_for_all(struct child *c)
{
	c->is_short = 0;
	TAILQ_INSERT_TAIL(&leases.borrowers, c, borrower);
}

static void
wait_for_tenant(struct child *c)
{
	c->is_short = 1;
	leases.nshort++;
	TAILQ_INSERT_TAIL(&c->lease_of->borrowers, c, borrower);
}

static void
leave(struct child *c)
{
	if (c->is_short) {
		leases.nshort--;
		TAILQ_REMOVE(&c->lease_of->borrowers, c, borrower);
	} else {
		TAILQ_REMOVE(&leases.borrowers, c, borrower);
	}
	c->is_short = 0;
}

/* Of those in a tenant's line, whoever it has something for again. */
static void
revive(struct limit_state *of)
{
	struct child *c;

	while (of != NULL && (c = TAILQ_FIRST(&of->borrowers)) != NULL &&
	    !is_short(c)) {
		leave(c);
		wait_for_all(c);
	}
}

static void
forget(struct child *c)
{
	if (c->borrows == 0)
		return;
	c->borrows = 0;
	leave(c);
}

static void
count(struct child *c, uint64_t more, uint64_t less)
{
	c->lent += more - less;
	leases.lent += more - less;
	if (c->lease_of != NULL)
		c->lease_of->lent += more - less;
}

static void
lend(struct child *c, uint64_t bytes)
{
	forget(c);
	count(c, bytes, 0);
	c->lent_keep = UINT64_MAX;
	say(c, MSG_RELAY_LEND, bytes);
}

/* An even part of so much, for those of a tenant, or of all, that have some or
 * want some. */
static uint64_t
even_part(const struct limit_state *of, uint64_t all)
{
	const struct child *c;
	uint64_t n = 0;

	TAILQ_FOREACH (c, &children.all, entry)
		n += (c->lent > 0 || c->borrows > 0) &&
		    (of == NULL || c->lease_of == of);
	return n > 0 ? all / n : 0;
}

/* Those that have little, in the order in which they asked; then others. */
static struct child *
next_borrower(uint64_t part)
{
	struct child *c;

	TAILQ_FOREACH (c, &leases.borrowers, borrower) {
		if (c->lent < part)
			return c;
	}
	return TAILQ_FIRST(&leases.borrowers);
}

/* Each of a tenant, or of all, is asked once: it returns when what it holds has
 * gone on. */
static void
recall(const struct limit_state *of, uint64_t bytes, uint64_t part)
{
	uint64_t keep;
	struct child *c;

	TAILQ_FOREACH (c, &children.all, entry) {
		if (c->lent <= part || c->lent_keep != UINT64_MAX ||
		    c->state != CHILD_RUNNING ||
		    (of != NULL && c->lease_of != of))
			continue;
		keep = minus(c->lent, bytes);
		c->lent_keep = keep > part ? keep : part;
		say(c, MSG_RELAY_RECALL, c->lent_keep);
	}
}

/* What it asks for others of its tenant have. */
static void
put_aside(struct child *c)
{
	const struct limit_state *of = c->lease_of;
	const uint64_t part = even_part(of, lendable_to(of) - 1);

	leave(c);
	wait_for_tenant(c);
	if (c->lent < part)
		recall(of, c->borrows, part);
}

/* Something has come, or somebody wants something. */
static void
serve(void)
{
	uint64_t part, bytes;
	struct child *c;

	while (!TAILQ_EMPTY(&leases.borrowers)) {
		part = even_part(NULL, lendable());
		c = next_borrower(part);
		if (is_short(c)) {
			put_aside(c);
			continue;
		}
		if ((bytes = affordable(c)) == 0) {
			if (c->lent < part)
				recall(NULL, c->borrows, part);
			return;
		}
		lend(c, bytes);
	}
}

/* -1: the worker has asked before, or for what it may not have. */
int
lease_borrow(struct child *c, uint64_t bytes)
{
	if (bytes == 0 || c->borrows != 0 ||
	    bytes > minus((uint64_t)ctld.options.worker_buffer, c->lent))
		return -1;
	c->borrows = bytes;
	wait_for_all(c);
	serve();
	return 0;
}

int
lease_return(struct child *c, uint64_t bytes)
{
	if (bytes == 0 || bytes > c->lent)
		return -1;
	count(c, 0, bytes);
	if (c->lent <= c->lent_keep)
		c->lent_keep = UINT64_MAX;
	revive(c->lease_of);
	serve();
	return 0;
}

/* As the program before this one had it. */
void
lease_adopt(struct child *c, uint64_t lent, uint64_t borrows)
{
	count(c, lent, 0);
	c->borrows = borrows;
	if (borrows > 0)
		wait_for_all(c);
}

/* The worker keeps what it has, and the share that its successor gets, too. */
void
lease_retire(struct child *c)
{
	forget(c);
	count(c, RELAY_OWN_HELD, 0);
	if (c->lease_of != NULL)
		c->lease_of->nworkers--;
}

/* It is dead. */
void
lease_end(struct child *c)
{
	forget(c);
	count(c, 0, c->lent);
	if (c->lease_of != NULL && c->retired_from == 0)
		c->lease_of->nworkers--;
	revive(c->lease_of);
	c->lease_of = NULL;
	serve();
}

/* A retired one has its own share among what it was lent. */
void
lease_belongs(struct child *c, struct limit_state *of)
{
	if (c->lease_of != NULL || of == NULL)
		return;
	c->lease_of = of;
	of->lent += c->lent;
	of->nworkers += c->retired_from == 0;
}

void
leases_look(void)
{
	struct child *c;

	TAILQ_FOREACH (c, &children.all, entry) {
		if (c->is_short)
			revive(c->lease_of);
	}
	serve();
}

unsigned int
leases_waiting(void)
{
	const struct child *c;
	unsigned int n = leases.nshort;

	TAILQ_FOREACH (c, &leases.borrowers, borrower)
		n++;
	return n;
}

/* SPDX-License-Identifier: ISC */
/*
 * -total-buffer: the bytes that all workers together may hold back.  Each has a
 * share of its own, set aside for as many proxies as there may be; the rest is
 * lent.  What is lent, or can be, is counted here and nowhere else: a worker
 * that holds more than it was lent has its limit of memory.
 *
 * When all is lent, a worker with less than an even part of it comes before
 * those with more, who are told to return what it asks for.
 */

#include "agreed.h"
#include "child.h"
#include "children.h"
#include "leases.h"
#include "msg.h"
#include "state.h"

/* Less is not worth a message, unless no more was asked for. */
#define LEAST ((uint64_t)128 * 1024)

struct leases leases = {
	.borrowers = TAILQ_HEAD_INITIALIZER(leases.borrowers),
};

static uint64_t
minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* An upgrade may have brought options that make it less than what is lent. */
static uint64_t
lendable(void)
{
	return minus((uint64_t)ctld.options.total_buffer,
	    (uint64_t)ctld.options.max_proxies * RELAY_OWN_HELD);
}

/* 0, unless there is something worth lending to it. */
static uint64_t
affordable(const struct child *c)
{
	uint64_t left = minus(lendable(), leases.lent);

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

static void
forget(struct child *c)
{
	if (c->borrows == 0)
		return;
	c->borrows = 0;
	TAILQ_REMOVE(&leases.borrowers, c, borrower);
}

static void
lend(struct child *c, uint64_t bytes)
{
	forget(c);
	c->lent += bytes;
	c->lent_keep = UINT64_MAX;
	leases.lent += bytes;
	say(c, MSG_RELAY_LEND, bytes);
}

/* An even part of all, for those that have some or want some. */
static uint64_t
even_part(void)
{
	const struct child *c;
	uint64_t n = 0;

	TAILQ_FOREACH (c, &children.all, entry)
		n += c->lent > 0 || c->borrows > 0;
	return n > 0 ? lendable() / n : 0;
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

/* Each is asked once: it returns when what it holds has gone on. */
static void
recall(uint64_t bytes, uint64_t part)
{
	uint64_t keep;
	struct child *c;

	TAILQ_FOREACH (c, &children.all, entry) {
		if (c->lent <= part || c->lent_keep != UINT64_MAX ||
		    c->state != CHILD_RUNNING)
			continue;
		keep = minus(c->lent, bytes);
		c->lent_keep = keep > part ? keep : part;
		say(c, MSG_RELAY_RECALL, c->lent_keep);
	}
}

/* Something has come, or somebody wants something. */
static void
serve(void)
{
	uint64_t part, bytes;
	struct child *c;

	while (!TAILQ_EMPTY(&leases.borrowers)) {
		part = even_part();
		c = next_borrower(part);
		if ((bytes = affordable(c)) == 0) {
			if (c->lent < part)
				recall(c->borrows, part);
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
	TAILQ_INSERT_TAIL(&leases.borrowers, c, borrower);
	serve();
	return 0;
}

int
lease_return(struct child *c, uint64_t bytes)
{
	if (bytes == 0 || bytes > c->lent)
		return -1;
	c->lent -= bytes;
	leases.lent -= bytes;
	if (c->lent <= c->lent_keep)
		c->lent_keep = UINT64_MAX;
	serve();
	return 0;
}

/* As the program before this one had it. */
void
lease_adopt(struct child *c, uint64_t lent, uint64_t borrows)
{
	c->lent = lent;
	leases.lent += lent;
	c->borrows = borrows;
	if (borrows > 0)
		TAILQ_INSERT_TAIL(&leases.borrowers, c, borrower);
}

/* The worker keeps what it has, and the share that its successor gets, too. */
void
lease_retire(struct child *c)
{
	forget(c);
	c->lent += RELAY_OWN_HELD;
	leases.lent += RELAY_OWN_HELD;
}

/* It is dead. */
void
lease_end(struct child *c)
{
	forget(c);
	leases.lent -= c->lent;
	c->lent = 0;
	serve();
}

unsigned int
leases_waiting(void)
{
	const struct child *c;
	unsigned int n = 0;

	TAILQ_FOREACH (c, &leases.borrowers, borrower)
		n++;
	return n;
}

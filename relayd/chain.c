/* SPDX-License-Identifier: ISC */
/* Chunks on their way from stage to stage, and what the stages may do. */

#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "log.h"

/* What the sink has not written yet, above which the source has to wait. */
#define OUT_MAX ((size_t)256 * 1024)

/* Bytes that fill less of a chunk are copied into one of their size. */
#define FILLED_ENOUGH (CHUNK_MAX / 2)

static void pass_chunk(struct chain *, struct stage *, struct chunk *);
static void pass_eof(struct chain *, struct stage *);

/* ---- chunks, and what they cost */

static size_t
chunk_cost(const struct chunk *k)
{
	return sizeof(*k) + k->size;
}

static struct chunk *
chunk_alloc(uint32_t size)
{
	struct chunk *k = malloc(sizeof(*k) + size);

	if (k == NULL)
		fatalx("no memory for bytes in transit");
	memset(k, 0, sizeof(*k));
	k->size = size;
	return k;
}

/* From now on it counts. */
static struct chunk *
chunk_start(struct chain *c, struct chunk *k, uint32_t len)
{
	k->born = k->due = c->now;
	k->len = len;
	c->held += chunk_cost(k);
	c->budget->held += chunk_cost(k);
	return k;
}

static struct chunk *
chunk_new(struct chain *c, const void *data, uint32_t len)
{
	struct chunk *k = chunk_alloc(len);

	memcpy(k->data, data, len);
	return chunk_start(c, k, len);
}

static void
chunk_free(struct chain *c, struct chunk *k)
{
	c->held -= chunk_cost(k);
	c->budget->held -= chunk_cost(k);
	free(k);
}

static void
chunks_free(struct chain *c, struct chunks *list)
{
	struct chunk *k;

	while ((k = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, entry);
		chunk_free(c, k);
	}
}

/* ---- from stage to stage */

/* The first one at work, from s on; NULL: there is only the sink. */
static struct stage *
next_active(struct stage *s)
{
	while (s != NULL && !s->active)
		s = TAILQ_NEXT(s, entry);
	return s;
}

/* To s, if it is at work, or else to what comes behind it. */
static void
pass_chunk(struct chain *c, struct stage *s, struct chunk *k)
{
	while ((s = next_active(s)) != NULL && s->ops->data == NULL)
		s = TAILQ_NEXT(s, entry);
	if (s == NULL) {
		STAILQ_INSERT_TAIL(&c->out, k, entry);
		c->out_bytes += k->len;
	} else if (s->cut)
		chunk_free(c, k);
	else
		s->ops->data(s, k);
}

static void
sink_eof(struct chain *c)
{
	if (c->end == CHAIN_RESET)
		return;
	c->end = c->closing ? CHAIN_CLOSE : CHAIN_EOF;
}

/* One end is enough: where one is held, another does not overtake it. */
static void
pass_eof(struct chain *c, struct stage *s)
{
	while ((s = next_active(s)) != NULL && s->ops->eof == NULL)
		s = TAILQ_NEXT(s, entry);
	if (s == NULL)
		sink_eof(c);
	else if (!s->cut && !s->eof_held)
		s->ops->eof(s);
}

/* What is held goes on as if the stage were not here. */
static void
stage_release(struct stage *s)
{
	struct chunk *k;

	s->deadline = CLOCK_NEVER;
	while ((k = stage_take(s)) != NULL)
		stage_emit(s, k);
	if (s->eof_held)
		stage_emit_eof(s);
}

static void
stage_drop_all(struct stage *s)
{
	s->deadline = CLOCK_NEVER;
	s->eof_held = 0;
	s->held_bytes = 0;
	chunks_free(s->chain, &s->held);
}

/* ---- what a toxic may do */

int64_t
stage_attribute(const struct stage *s, int slot)
{
	return s->toxic->spec.attributes[slot];
}

int64_t
stage_now(const struct stage *s)
{
	return s->chain->now;
}

int64_t
stage_random(struct stage *s, int64_t below)
{
	return random_below(s->chain->random, below);
}

void
stage_arm(struct stage *s, int64_t deadline)
{
	s->deadline = s->cut ? CLOCK_NEVER : deadline;
}

void
stage_emit(struct stage *s, struct chunk *k)
{
	if (s->cut)
		chunk_free(s->chain, k);
	else
		pass_chunk(s->chain, TAILQ_NEXT(s, entry), k);
}

void
stage_drop(struct stage *s, struct chunk *k)
{
	chunk_free(s->chain, k);
}

int
stage_may_split(const struct stage *s)
{
	const struct chain *c = s->chain;

	return STAILQ_EMPTY(&c->out) ||
	    (c->held <= c->held_max && budget_room(c->budget) >= CHUNK_COST);
}

struct chunk *
stage_split(struct stage *s, struct chunk *k, uint32_t n)
{
	struct chunk *first = chunk_new(s->chain, k->data + k->off, n);

	first->born = k->born;
	first->due = k->due;
	k->off += n;
	k->len -= n;
	return first;
}

void
stage_hold(struct stage *s, struct chunk *k)
{
	if (s->cut) {
		chunk_free(s->chain, k);
		return;
	}
	s->held_bytes += chunk_cost(k);
	STAILQ_INSERT_TAIL(&s->held, k, entry);
}

struct chunk *
stage_first(const struct stage *s)
{
	return STAILQ_FIRST(&s->held);
}

struct chunk *
stage_take(struct stage *s)
{
	struct chunk *k = STAILQ_FIRST(&s->held);

	if (k != NULL) {
		STAILQ_REMOVE_HEAD(&s->held, entry);
		s->held_bytes -= chunk_cost(k);
	}
	return k;
}

void
stage_emit_eof(struct stage *s)
{
	s->eof_held = 0;
	if (!s->cut)
		pass_eof(s->chain, TAILQ_NEXT(s, entry));
}

/* The end of the source, if it has passed here before, becomes a close. */
void
stage_close(struct stage *s)
{
	struct chain *c = s->chain;
	struct stage *t;

	if (s->cut || c->end == CHAIN_RESET)
		return;
	for (t = s; t != NULL; t = TAILQ_PREV(t, stages, entry)) {
		t->cut = 1;
		stage_drop_all(t);
	}
	c->source_done = 1;
	c->closing = 1;
	if (c->end == CHAIN_EOF)
		sink_eof(c);
	else
		pass_eof(c, TAILQ_NEXT(s, entry));
}

void
stage_reset(struct stage *s)
{
	s->chain->source_done = 1;
	s->chain->end = CHAIN_RESET;
}

/* ---- the chain as its pipe sees it */

void
chain_init(struct chain *c, struct budget *budget, struct random *random,
    size_t held_max)
{
	memset(c, 0, sizeof(*c));
	TAILQ_INIT(&c->stages);
	STAILQ_INIT(&c->out);
	c->budget = budget;
	c->random = random;
	c->held_max = held_max;
}

void
chain_free(struct chain *c)
{
	struct stage *s;

	while ((s = TAILQ_FIRST(&c->stages)) != NULL) {
		TAILQ_REMOVE(&c->stages, s, entry);
		chunks_free(c, &s->held);
		free(s);
	}
	chunks_free(c, &c->out);
}

static int
draw(struct chain *c, const struct toxic *t)
{
	return random_unit(c->random) < t->spec.toxicity;
}

static void
stage_start(struct stage *s)
{
	s->active = 1;
	s->chain->nactive++;
	if (s->ops->init != NULL)
		s->ops->init(s);
}

/* Removed, or drawn anew: it is the same to the stream. */
static void
stage_stop(struct stage *s)
{
	if (s->ops->remove != NULL)
		s->ops->remove(s);
	stage_release(s);
	s->active = 0;
	s->chain->nactive--;
}

void
chain_add(struct chain *c, const struct toxic *t, int64_t now)
{
	const struct toxic_ops *ops = toxic_ops_of(t->spec.kind);
	struct stage *s;

	s = calloc(1, sizeof(*s) + ops->nstate * sizeof(s->state[0]));
	if (s == NULL)
		fatalx("no memory for a toxic");
	s->ops = ops;
	s->toxic = t;
	s->chain = c;
	s->deadline = CLOCK_NEVER;
	STAILQ_INIT(&s->held);
	TAILQ_INSERT_TAIL(&c->stages, s, entry);
	c->now = now;
	if (draw(c, t))
		stage_start(s);
}

static struct stage *
find(const struct chain *c, const struct toxic *t)
{
	struct stage *s;

	TAILQ_FOREACH (s, &c->stages, entry) {
		if (s->toxic == t)
			break;
	}
	return s;
}

void
chain_update(struct chain *c, const struct toxic *t, int redraw, int64_t now)
{
	struct stage *s = find(c, t);
	int was_active;

	if (s == NULL || s->cut)
		return;
	c->now = now;
	was_active = s->active;
	if (redraw && draw(c, t) != was_active) {
		if (was_active)
			stage_stop(s);
		else
			stage_start(s);
	} else if (was_active && s->ops->update != NULL)
		s->ops->update(s);
}

void
chain_remove(struct chain *c, const struct toxic *t, int64_t now)
{
	struct stage *s = find(c, t);

	if (s == NULL)
		return;
	c->now = now;
	if (s->active)
		stage_stop(s);
	TAILQ_REMOVE(&c->stages, s, entry);
	free(s);
}

/* Empty ones to read into, of the whole worker. */
static struct chunk *spare[CHAIN_IOV];

static size_t
stage_holds(const struct stage *s)
{
	return s->ops->holds != NULL ? s->ops->holds(s) : STAGE_HOLDS;
}

/*
 * In chunks: toxics that hold little should not be given much, nor any more
 * than the worker has room for.
 */
static size_t
room_for(const struct chain *c)
{
	size_t n, least = budget_room(c->budget) / CHUNK_COST;
	const struct stage *s;

	if (least > CHAIN_IOV)
		least = CHAIN_IOV;
	TAILQ_FOREACH (s, &c->stages, entry) {
		n = stage_holds(s) / CHUNK_MAX;
		if (s->active && n < least)
			least = n;
	}
	return least;
}

size_t
chain_room(const struct chain *c, struct iovec *iov)
{
	size_t i, n = room_for(c);

	for (i = 0; i < n; i++) {
		if (spare[i] == NULL)
			spare[i] = chunk_alloc(CHUNK_MAX);
		iov[i].iov_base = spare[i]->data;
		iov[i].iov_len = CHUNK_MAX;
	}
	return n;
}

void
chain_take(struct chain *c, size_t len, int64_t now)
{
	struct chunk *k;
	uint32_t n;
	size_t i;

	c->now = now;
	for (i = 0; len > 0 && !c->source_done; i++, len -= n) {
		n = (uint32_t)(len < CHUNK_MAX ? len : CHUNK_MAX);
		if (n < FILLED_ENOUGH) {
			k = chunk_new(c, spare[i]->data, n);
		} else {
			k = chunk_start(c, spare[i], n);
			spare[i] = NULL;
		}
		pass_chunk(c, TAILQ_FIRST(&c->stages), k);
	}
}

void
chunks_free_spare(void)
{
	size_t i;

	for (i = 0; i < CHAIN_IOV; i++) {
		free(spare[i]);
		spare[i] = NULL;
	}
}

void
chain_feed(struct chain *c, const void *data, size_t len, int64_t now)
{
	const uint8_t *p = data;
	uint32_t n;

	c->now = now;
	while (len > 0 && !c->source_done) {
		n = (uint32_t)(len < CHUNK_MAX ? len : CHUNK_MAX);
		pass_chunk(c, TAILQ_FIRST(&c->stages), chunk_new(c, p, n));
		p += n;
		len -= n;
	}
}

void
chain_feed_eof(struct chain *c, int64_t now)
{
	c->now = now;
	if (c->source_done)
		return;
	c->source_done = 1;
	pass_eof(c, TAILQ_FIRST(&c->stages));
}

static struct stage *
nearest(const struct chain *c)
{
	struct stage *s, *first = NULL;

	TAILQ_FOREACH (s, &c->stages, entry) {
		if (s->deadline != CLOCK_NEVER &&
		    (first == NULL || s->deadline < first->deadline))
			first = s;
	}
	return first;
}

/* In the order of their deadlines: what leaves one may be due in the next. */
void
chain_run(struct chain *c, int64_t now)
{
	struct stage *s;

	c->now = now;
	while ((s = nearest(c)) != NULL && s->deadline <= now) {
		s->deadline = CLOCK_NEVER;
		s->ops->timer(s);
	}
}

int64_t
chain_deadline(const struct chain *c)
{
	const struct stage *s = nearest(c);

	return s == NULL ? CLOCK_NEVER : s->deadline;
}

int
chain_is_idle(const struct chain *c)
{
	return c->nactive == 0 && STAILQ_EMPTY(&c->out) && !c->source_done;
}

int
chain_is_full(const struct chain *c)
{
	const struct stage *s;

	if (c->held > c->held_max || budget_room(c->budget) < CHUNK_COST ||
	    c->out_bytes > OUT_MAX)
		return 1;
	TAILQ_FOREACH (s, &c->stages, entry) {
		if (s->held_bytes > stage_holds(s))
			return 1;
	}
	return 0;
}

void
chain_written(struct chain *c, size_t n)
{
	struct chunk *k;

	c->out_bytes -= n;
	while (n > 0) {
		k = STAILQ_FIRST(&c->out);
		if (n < k->len) {
			k->off += (uint32_t)n;
			k->len -= (uint32_t)n;
			return;
		}
		n -= k->len;
		STAILQ_REMOVE_HEAD(&c->out, entry);
		chunk_free(c, k);
	}
}

int
chain_has_active(const struct chain *c, const struct toxic *t)
{
	const struct stage *s = find(c, t);

	return s != NULL && s->active;
}

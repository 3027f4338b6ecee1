/* SPDX-License-Identifier: ISC */
/* The stages of one direction as its pipe sees them: see chain.h. */

#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "choice.h"
#include "log.h"
#include "stage.h"

/* What the sink has not written yet, above which the source has to wait. */
#define OUT_MAX ((size_t)256 * 1024)

/* Bytes that fill less of a chunk are copied into one of their size. */
#define FILLED_ENOUGH (CHUNK_MAX / 2)

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
	c->passes = CHAIN_EOF;
}

static void
stage_free(struct stage *s)
{
	TAILQ_REMOVE(&s->chain->stages, s, entry);
	stage_leave(s);
	chunks_free(s->chain, &s->held);
	free(s);
}

void
chain_free(struct chain *c)
{
	struct stage *s, *next;

	for (s = TAILQ_FIRST(&c->stages); s != NULL; s = next) {
		next = TAILQ_NEXT(s, entry);
		stage_free(s);
	}
	chunks_free(c, &c->out);
	free(c->ended_by);
}

/* Every call from outside begins with it. */
static void
begin(struct chain *c, int64_t now)
{
	c->now = now;
	c->pieces = 0;
}

/* The end may be all that a toxic is about; or nothing, for a noop. */
static int
sees_bytes(const struct stage *s)
{
	return s->active && s->ops->data != NULL;
}

static void
stage_start(struct stage *s)
{
	s->active = 1;
	s->chain->nseeing += sees_bytes(s);
	if (s->ops->init != NULL)
		s->ops->init(s);
}

/* Removed, or drawn anew: it is the same to the stream; or for a while. */
static void
stage_stop(struct stage *s, int comes_back)
{
	void (*how)(struct stage *) = s->ops->remove;

	if (comes_back && s->ops->halt != NULL)
		how = s->ops->halt;
	if (how != NULL)
		how(s);
	stage_go_on(s);
	stage_leave(s);
	stage_release(s);
	s->chain->nseeing -= sees_bytes(s);
	s->active = 0;
}

/* A proxy's toxics come before those of the session's own. */
static void
insert(struct chain *c, struct stage *s)
{
	struct stage *own;

	TAILQ_FOREACH (own, &c->stages, entry) {
		if (own->toxic->is_own)
			break;
	}
	if (own == NULL || s->toxic->is_own)
		TAILQ_INSERT_TAIL(&c->stages, s, entry);
	else
		TAILQ_INSERT_BEFORE(own, s, entry);
}

void
chain_drop(struct chain *c)
{
	struct stage *s, *next;

	for (s = TAILQ_FIRST(&c->stages); s != NULL; s = next) {
		next = TAILQ_NEXT(s, entry);
		if (!s->hangs) {
			c->nseeing -= sees_bytes(s);
			stage_lose_no_more(s);
			stage_plug_in(s);
			stage_free(s);
			continue;
		}
		chunks_free(c, &s->held);
		s->held_bytes = 0;
		s->eof_held = 0;
	}
	chunks_free(c, &c->out);
	c->out_bytes = 0;
	c->wants_room = 0;
	c->is_deaf = c->source_done = 1;
}

void
chain_add(struct chain *c, struct toxic *t, int64_t now)
{
	const struct toxic_ops *ops = toxic_ops_of(t->spec->kind);
	struct stage *s;

	s = calloc(1, sizeof(*s) + ops->nstate * sizeof(s->state[0]));
	if (s == NULL)
		fatalx("no memory for a toxic");
	s->ops = ops;
	s->toxic = t;
	s->chain = c;
	s->deadline = CLOCK_NEVER;
	STAILQ_INIT(&s->held);
	insert(c, s);
	begin(c, now);
	stage_choose(s);
	if (stage_is_wanted(s))
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
	begin(c, now);
	was_active = s->active;
	if (redraw)
		stage_choose(s);
	if (redraw && stage_is_wanted(s) != was_active) {
		if (was_active)
			stage_stop(s, 0);
		else
			stage_start(s);
	} else if (was_active && s->ops->update != NULL)
		s->ops->update(s);
}

static void
stage_end(struct stage *s, int comes_back, int64_t now)
{
	struct chain *c = s->chain;

	begin(c, now);
	if (s->active)
		stage_stop(s, comes_back);
	TAILQ_REMOVE(&c->stages, s, entry);
	free(s);
}

void
chain_remove(struct chain *c, const struct toxic *t, int64_t now)
{
	struct stage *s = find(c, t);

	if (s != NULL)
		stage_end(s, 0, now);
}

void
chain_halt(struct chain *c, const struct toxic *t, int64_t now)
{
	struct stage *s = find(c, t);

	if (s != NULL)
		stage_end(s, 1, now);
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
		if (sees_bytes(s) && n < least)
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

/* An end has passed that the source did not have. */
static int
is_deaf(const struct chain *c)
{
	return c->source_done || c->is_deaf;
}

void
chain_take(struct chain *c, size_t len, int64_t now)
{
	struct chunk *k;
	uint32_t n;
	size_t i;

	begin(c, now);
	for (i = 0; len > 0 && !is_deaf(c); i++, len -= n) {
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

	begin(c, now);
	while (len > 0 && !is_deaf(c)) {
		n = (uint32_t)(len < CHUNK_MAX ? len : CHUNK_MAX);
		pass_chunk(c, TAILQ_FIRST(&c->stages), chunk_new(c, p, n));
		p += n;
		len -= n;
	}
}

void
chain_feed_eof(struct chain *c, int64_t now)
{
	begin(c, now);
	if (c->source_done)
		return;
	c->source_done = 1;
	if (!c->is_deaf)
		pass_eof(c, TAILQ_FIRST(&c->stages));
}

void
chain_stop(struct chain *c, enum chain_end how)
{
	struct stage *s;

	c->source_done = 1;
	if (c->passes < how)
		c->passes = how;
	TAILQ_FOREACH (s, &c->stages, entry) {
		if (c->end == CHAIN_OPEN)
			stage_cut(s);
		stage_go_on(s);
	}
	c->end = c->passes;
}

static int64_t
due(const struct stage *s)
{
	return s->turns < s->deadline ? s->turns : s->deadline;
}

static struct stage *
nearest(const struct chain *c)
{
	struct stage *s, *first = NULL;

	TAILQ_FOREACH (s, &c->stages, entry) {
		if (due(s) != CLOCK_NEVER &&
		    (first == NULL || due(s) < due(first)))
			first = s;
	}
	return first;
}

/* Its time on this session begins or ends: as if it came, or went, live. */
static void
stage_turn(struct stage *s)
{
	const int was_active = s->active;

	if (stage_is_wanted(s) == was_active)
		return;
	if (was_active)
		stage_stop(s, 1);
	else
		stage_start(s);
}

/* In the order of their deadlines: what leaves one may be due in the next. */
void
chain_run(struct chain *c, int64_t now)
{
	struct stage *s;

	begin(c, now);
	while ((s = nearest(c)) != NULL && due(s) <= now) {
		if (s->turns <= s->deadline) {
			stage_turn(s);
			continue;
		}
		s->deadline = CLOCK_NEVER;
		s->ops->timer(s);
	}
}

int64_t
chain_deadline(const struct chain *c)
{
	const struct stage *s = nearest(c);

	return s == NULL ? CLOCK_NEVER : due(s);
}

int
chain_wants_room(const struct chain *c)
{
	return c->wants_room && STAILQ_EMPTY(&c->out);
}

/* The one next to the sink first: what it makes of it fills the room. */
int
chain_has_room(struct chain *c, int64_t now)
{
	enum chain_end end = c->end;
	struct stage *s;

	begin(c, now);
	c->wants_room = 0;
	TAILQ_FOREACH_REVERSE(s, &c->stages, stages, entry)
	{
		if (s->wants_room) {
			s->wants_room = 0;
			s->ops->room(s);
		}
	}
	return c->pieces > 0 || c->end != end;
}

int
chain_is_idle(const struct chain *c)
{
	return c->nseeing == 0 && STAILQ_EMPTY(&c->out) && !c->source_done;
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

const struct stage *
chain_stage(const struct chain *c, const struct toxic *t)
{
	return find(c, t);
}

int
chain_has_active(const struct chain *c, const struct toxic *t)
{
	const struct stage *s = find(c, t);

	return s != NULL && s->active;
}

/* SPDX-License-Identifier: ISC */
/* Chunks on their way from stage to stage, and what the stages may do. */

#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "log.h"
#include "stage.h"

/* ---- chunks, and what they cost */

static size_t
chunk_cost(const struct chunk *k)
{
	return sizeof(*k) + k->size;
}

struct chunk *
chunk_alloc(uint32_t size)
{
	struct chunk *k = malloc(sizeof(*k) + size);

	if (k == NULL)
		fatalx("no memory for bytes in transit");
	memset(k, 0, sizeof(*k));
	k->size = size;
	return k;
}

struct chunk *
chunk_start(struct chain *c, struct chunk *k, uint32_t len)
{
	k->born = k->due = c->now;
	k->len = len;
	c->held += chunk_cost(k);
	c->budget->held += chunk_cost(k);
	return k;
}

struct chunk *
chunk_new(struct chain *c, const void *data, uint32_t len)
{
	struct chunk *k = chunk_alloc(len);

	memcpy(k->data, data, len);
	return chunk_start(c, k, len);
}

void
chunk_free(struct chain *c, struct chunk *k)
{
	c->held -= chunk_cost(k);
	c->budget->held -= chunk_cost(k);
	free(k);
}

void
chunks_free(struct chain *c, struct chunks *list)
{
	struct chunk *k;

	while ((k = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, entry);
		chunk_free(c, k);
	}
}

/* ---- what a stage has done: in its session, and its toxic in all of them */

static void
count_delayed(struct stage *s, uint64_t bytes)
{
	s->delayed += bytes;
	s->toxic->counts.delayed += bytes;
	stage_hit(s);
}

static void
count_dropped(struct stage *s, uint64_t bytes)
{
	if (bytes == 0)
		return;
	s->dropped += bytes;
	s->toxic->counts.dropped += bytes;
	stage_hit(s);
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

void
pass_chunk(struct chain *c, struct stage *s, struct chunk *k)
{
	while ((s = next_active(s)) != NULL && s->ops->data == NULL)
		s = TAILQ_NEXT(s, entry);
	if (s == NULL) {
		STAILQ_INSERT_TAIL(&c->out, k, entry);
		c->out_bytes += k->len;
	} else if (s->cut)
		stage_drop(s, k);
	else
		s->ops->data(s, k);
}

/* One end is enough: where one is held, another does not overtake it. */
void
pass_eof(struct chain *c, struct stage *s)
{
	while ((s = next_active(s)) != NULL && s->ops->eof == NULL)
		s = TAILQ_NEXT(s, entry);
	if (s == NULL)
		c->end = c->passes;
	else if (!s->cut && !s->eof_held)
		s->ops->eof(s);
}

void
stage_release(struct stage *s)
{
	struct chunk *k;

	s->deadline = CLOCK_NEVER;
	s->wants_room = 0;
	while ((k = stage_take(s)) != NULL)
		stage_emit(s, k);
	if (s->eof_held)
		stage_emit_eof(s);
}

static uint64_t
length_of(const struct chunks *list)
{
	const struct chunk *k;
	uint64_t n = 0;

	STAILQ_FOREACH (k, list, entry)
		n += k->len;
	return n;
}

/* What it holds is dropped, with the source's end. */
static void
drop_held(struct stage *s)
{
	stage_leave(s);
	count_dropped(s, length_of(&s->held));
	s->eof_held = 0;
	s->wants_room = 0;
	s->held_bytes = 0;
	chunks_free(s->chain, &s->held);
}

void
stage_cut(struct stage *s)
{
	s->cut = 1;
	stage_go_on(s);
	drop_held(s);
	s->deadline = s->turns = CLOCK_NEVER;
}

/* ---- what a toxic may do */

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
stage_emit_piece(struct stage *s, struct chunk *k)
{
	k->is_piece = 1;
	s->slices++;
	stage_hit(s);
	s->chain->pieces++;
	stage_emit(s, k);
}

void
stage_drop(struct stage *s, struct chunk *k)
{
	count_dropped(s, k->len);
	chunk_free(s->chain, k);
}

size_t
stage_holds_any(const struct stage *s)
{
	(void)s;
	return SIZE_MAX;
}

/* It is written, or another stage has it. */
int
stage_has_left(const struct stage *s)
{
	return STAILQ_EMPTY(&s->chain->out);
}

/* Does a stage behind this one hold anything?  It will let go of it. */
static int
is_held_behind(const struct stage *s)
{
	while ((s = TAILQ_NEXT(s, entry)) != NULL) {
		if (!STAILQ_EMPTY(&s->held))
			return 1;
	}
	return 0;
}

static int
has_memory(const struct chain *c)
{
	return c->held <= c->held_max && budget_room(c->budget) >= CHUNK_COST;
}

int
stage_has_room(const struct stage *s)
{
	const struct chain *c = s->chain;

	return stage_has_left(s) && c->pieces < PIECES_MAX &&
	    (has_memory(c) || !is_held_behind(s));
}

void
stage_want_room(struct stage *s)
{
	if (!s->cut)
		s->wants_room = s->chain->wants_room = 1;
}

int
stage_may_split(const struct stage *s)
{
	return stage_has_left(s) || has_memory(s->chain);
}

struct chunk *
stage_split(struct stage *s, struct chunk *k, uint32_t n)
{
	struct chunk *first = chunk_new(s->chain, k->data + k->off, n);

	first->born = k->born;
	first->due = k->due;
	first->is_piece = k->is_piece;
	k->off += n;
	k->len -= n;
	return first;
}

struct chunk *
stage_emit_some(struct stage *s, struct chunk *k, int64_t n)
{
	if (n <= 0)
		return k;
	if (n >= k->len) {
		stage_emit(s, k);
		return NULL;
	}
	stage_emit(s, stage_split(s, k, (uint32_t)n));
	return k;
}

void
stage_hold(struct stage *s, struct chunk *k)
{
	if (s->cut) {
		chunk_free(s->chain, k);
		return;
	}
	s->held_bytes += chunk_cost(k);
	count_delayed(s, k->len);
	STAILQ_INSERT_TAIL(&s->held, k, entry);
}

void
stage_join(struct stage *s)
{
	if (s->is_on_line || s->cut)
		return;
	s->is_on_line = 1;
	line_join(&s->toxic->line, s->chain->now);
}

void
stage_leave(struct stage *s)
{
	if (!s->is_on_line)
		return;
	s->is_on_line = 0;
	line_leave(&s->toxic->line, s->chain->now);
	if (s->toxic->line.waiting == 0)
		s->toxic->burst.since = s->chain->now;
}

int64_t
stage_line_clock(struct stage *s)
{
	return line_clock(&s->toxic->line, s->chain->now);
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
	if (!s->cut && !s->is_dry)
		pass_eof(s->chain, TAILQ_NEXT(s, entry));
}

void
stage_drop_rest(struct stage *s)
{
	s->chain->is_deaf = 1;
	for (; s != NULL; s = TAILQ_PREV(s, stages, entry)) {
		s->is_dry = 1;
		drop_held(s);
	}
}

/* Of two ends the harder one is passed on; its toxic is to blame. */
static void
harden(struct chain *c, const struct toxic *t, enum chain_end how)
{
	if (c->passes >= how)
		return;
	c->passes = how;
	free(c->ended_by);
	if ((c->ended_by = strdup(t->spec->name)) == NULL)
		fatalx("no memory for a name");
}

/* The end of the source, if it has passed here before, becomes this one. */
static void
end_here(struct stage *s, enum chain_end how)
{
	struct chain *c = s->chain;
	struct stage *t;

	if (s->cut)
		return;
	s->cuts++;
	stage_hit(s);
	for (t = s; t != NULL; t = TAILQ_PREV(t, stages, entry))
		stage_cut(t);
	c->source_done = 1;
	harden(c, s->toxic, how);
	if (c->end != CHAIN_OPEN)
		c->end = c->passes;
	else if (!s->is_dry) /* there is one on its way, which becomes it */
		pass_eof(c, TAILQ_NEXT(s, entry));
}

void
stage_close(struct stage *s)
{
	end_here(s, CHAIN_CLOSE);
}

void
stage_reset(struct stage *s)
{
	end_here(s, CHAIN_RESET);
}

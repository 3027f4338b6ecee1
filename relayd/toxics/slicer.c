/* SPDX-License-Identifier: ISC */
/*
 * slicer: cuts chunks in halves, each moved by size_variation at random, until
 * they have about average_size bytes, and waits delay us after every one.
 *
 * A slice is a write: none is cut before the one before has left, and delay
 * counts from there.  It costs more memory than its bytes: where there is none
 * to spare it waits as well.
 */

#include "toxic.h"

enum {
	NEXT,   /* ns: when the next slice may leave */
	LEAVES, /* one is on its way to the sink: NEXT is not known */
	NPARTS, /* of the first chunk held: slices, or yet to be cut */
	PARTS,  /* their lengths, the first one last */
	NSTATE = PARTS + 48
};

static void
push_part(struct stage *s, int64_t len)
{
	s->state[PARTS + s->state[NPARTS]++] = len;
}

/* A part is cut, unless there is no room for its halves: hardly ever. */
static int
is_too_long(const struct stage *s, int64_t len)
{
	return len - stage_integer(s, SLICER_AVERAGE_SIZE) >
	    stage_integer(s, SLICER_SIZE_VARIATION) &&
	    PARTS + s->state[NPARTS] < NSTATE;
}

/* How long the next slice of a chunk is, of which len bytes are left. */
static uint32_t
cut(struct stage *s, uint32_t len)
{
	int64_t variation = stage_integer(s, SLICER_SIZE_VARIATION);
	int64_t part, half;

	if (s->state[NPARTS] == 0)
		push_part(s, len);
	part = s->state[PARTS + --s->state[NPARTS]];
	while (is_too_long(s, part)) {
		half = part / 2;
		if (variation > 0)
			half += stage_random(s, 2 * variation) - variation;
		if (half <= 0)
			continue;
		push_part(s, part - half);
		part = half;
	}
	return (uint32_t)part;
}

static struct chunk *
next_slice(struct stage *s)
{
	struct chunk *k = stage_first(s);
	uint32_t n = cut(s, k->len);

	return n < k->len ? stage_split(s, k, n) : stage_take(s);
}

/* What was let go in between took its parts and its pause along. */
static void
slicer_init(struct stage *s)
{
	s->state[NPARTS] = s->state[LEAVES] = s->state[NEXT] = 0;
}

static void
has_left(struct stage *s)
{
	s->state[LEAVES] = 0;
	s->state[NEXT] =
	    stage_now(s) + stage_integer(s, SLICER_DELAY) * NS_PER_US;
}

static void
emit_slice(struct stage *s)
{
	struct chunk *k = next_slice(s);

	if (k->born < s->state[NEXT])
		k->born = s->state[NEXT];
	s->state[LEAVES] = 1;
	stage_emit_piece(s, k);
	if (stage_has_left(s))
		has_left(s);
}

static int
is_pausing(const struct stage *s)
{
	return s->state[LEAVES] || s->state[NEXT] > stage_now(s);
}

/* Until the last slice has left, or has been waited for, or there is memory. */
static void
wait_for_next(struct stage *s)
{
	int has_more = stage_first(s) != NULL;

	if (!s->state[LEAVES] && !has_more && !s->eof_held)
		return;
	if (!s->state[LEAVES] && s->state[NEXT] > stage_now(s))
		stage_arm(s, s->state[NEXT]);
	else if (s->state[LEAVES] || has_more)
		stage_want_room(s);
	else
		stage_emit_eof(s);
}

static void
slicer_timer(struct stage *s)
{
	while (!is_pausing(s) && stage_first(s) != NULL && stage_has_room(s))
		emit_slice(s);
	wait_for_next(s);
}

static void
slicer_room(struct stage *s)
{
	if (s->state[LEAVES])
		has_left(s);
	slicer_timer(s);
}

/*
 * All that is written at one time is shorter than a slice, and none is waited
 * for: then there is nothing to keep apart.
 */
#define LONG ((int64_t)64 * CHUNK_MAX)

static int
cuts_nothing(const struct stage *s)
{
	return stage_integer(s, SLICER_AVERAGE_SIZE) >= LONG &&
	    stage_integer(s, SLICER_DELAY) == 0;
}

static size_t
slicer_holds(const struct stage *s)
{
	return cuts_nothing(s) ? SIZE_MAX : STAGE_HOLDS;
}

static void
slicer_data(struct stage *s, struct chunk *k)
{
	if (cuts_nothing(s) && !is_pausing(s) && stage_first(s) == NULL) {
		stage_emit(s, k);
		return;
	}
	stage_hold(s, k);
	slicer_timer(s);
}

static void
slicer_eof(struct stage *s)
{
	s->eof_held = 1;
	slicer_timer(s);
}

/* What is not cut yet is cut anew; so is the pause begun that runs now. */
static void
slicer_update(struct stage *s)
{
	int64_t next =
	    stage_now(s) + stage_integer(s, SLICER_DELAY) * NS_PER_US;

	if (next < s->state[NEXT])
		s->state[NEXT] = next;
	slicer_timer(s);
}

const struct toxic_ops toxic_slicer = {
	.nstate = NSTATE,
	.init = slicer_init,
	.holds = slicer_holds,
	.data = slicer_data,
	.eof = slicer_eof,
	.timer = slicer_timer,
	.room = slicer_room,
	.update = slicer_update,
};

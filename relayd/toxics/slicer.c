/* SPDX-License-Identifier: ISC */
/*
 * slicer: cuts chunks in halves, each moved by size_variation at random, until
 * they have about average_size bytes, and waits delay us after every one.
 */

#include "toxic.h"

/* state[]: ns: when the next slice may leave */
#define NEXT 0

/* The first len bytes of k, the last of which may be k itself. */
static void
slice(struct stage *s, struct chunk *k, uint32_t len)
{
	int64_t variation = stage_attribute(s, SLICER_SIZE_VARIATION);
	int64_t half = len / 2;

	if (len - stage_attribute(s, SLICER_AVERAGE_SIZE) <= variation) {
		stage_hold(s, len < k->len ? stage_split(s, k, len) : k);
		return;
	}
	if (variation > 0)
		half += stage_random(s, 2 * variation) - variation;
	if (half > 0)
		slice(s, k, (uint32_t)half);
	slice(s, k, len - (uint32_t)half);
}

static void
slicer_timer(struct stage *s)
{
	int64_t delay = stage_attribute(s, SLICER_DELAY) * NS_PER_US;
	struct chunk *k;

	while (s->state[NEXT] <= stage_now(s) && (k = stage_take(s)) != NULL) {
		if (k->born < s->state[NEXT])
			k->born = s->state[NEXT];
		s->state[NEXT] = k->born + delay;
		stage_emit(s, k);
	}
	if (s->state[NEXT] > stage_now(s)) {
		if (stage_first(s) != NULL || s->eof_held)
			stage_arm(s, s->state[NEXT]);
	} else if (s->eof_held)
		stage_emit_eof(s);
}

static void
slicer_data(struct stage *s, struct chunk *k)
{
	slice(s, k, k->len);
	slicer_timer(s);
}

static void
slicer_eof(struct stage *s)
{
	s->eof_held = 1;
	slicer_timer(s);
}

/* What is cut stays cut; the pause that runs now is begun anew. */
static void
slicer_update(struct stage *s)
{
	int64_t next =
	    stage_now(s) + stage_attribute(s, SLICER_DELAY) * NS_PER_US;

	if (next < s->state[NEXT])
		s->state[NEXT] = next;
	slicer_timer(s);
}

const struct toxic_ops toxic_slicer = {
	.nstate = 1,
	.data = slicer_data,
	.eof = slicer_eof,
	.timer = slicer_timer,
	.update = slicer_update,
};

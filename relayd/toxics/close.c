/* SPDX-License-Identifier: ISC */
/*
 * close: ends the session after_ms ms after the stage began, or when
 * after_bytes bytes have passed, whichever comes first; at once, if both are 0.
 * One that hangs is not lost: what it holds goes on when the toxic is changed,
 * or taken away.
 */

#include "toxic.h"

enum {
	SINCE,  /* ns: when it began */
	PASSED, /* bytes, also while the limit was another */
	NSTATE
};

/* In the order of the words in toxics.h. */
static void (*const modes[])(
    struct stage *) = { stage_close, stage_reset, stage_hang };

static void
close_now(struct stage *s)
{
	modes[stage_choice(s, CLOSE_MODE)](s);
}

/* How many may pass yet. */
static int64_t
left(const struct stage *s)
{
	int64_t bytes = stage_integer(s, CLOSE_AFTER_BYTES);

	return bytes > 0 ? bytes - s->state[PASSED] : INT64_MAX;
}

/* ns: when its time comes, or CLOCK_NEVER */
static int64_t
due(const struct stage *s)
{
	int64_t ms = stage_integer(s, CLOSE_AFTER_MS);

	if (ms == 0 && stage_integer(s, CLOSE_AFTER_BYTES) > 0)
		return CLOCK_NEVER;
	return clock_after(s->state[SINCE], ms * NS_PER_MS);
}

static void
close_init(struct stage *s)
{
	s->state[SINCE] = stage_now(s);
	s->state[PASSED] = 0;
	stage_arm(s, due(s));
}

static void
close_data(struct stage *s, struct chunk *k)
{
	int64_t n = left(s);

	if (s->hangs) {
		stage_hold(s, k);
		return;
	}
	s->state[PASSED] += n < k->len ? n : k->len;
	if ((k = stage_emit_some(s, k, n)) != NULL)
		stage_hold(s, k);
	if (left(s) == 0)
		close_now(s);
}

static void
close_eof(struct stage *s)
{
	if (s->hangs)
		s->eof_held = 1;
	else
		stage_emit_eof(s);
}

/* What hung before goes on, as far as it may. */
static void
let_go(struct stage *s)
{
	struct chunks held = STAILQ_HEAD_INITIALIZER(held);
	int has_ended = s->eof_held;
	struct chunk *k;

	s->eof_held = 0;
	while ((k = stage_take(s)) != NULL)
		STAILQ_INSERT_TAIL(&held, k, entry);
	while ((k = STAILQ_FIRST(&held)) != NULL) {
		STAILQ_REMOVE_HEAD(&held, entry);
		close_data(s, k);
	}
	if (has_ended && !s->cut)
		close_eof(s);
}

static void
close_update(struct stage *s)
{
	stage_go_on(s);
	if (left(s) <= 0 || due(s) <= stage_now(s)) {
		close_now(s);
		return;
	}
	stage_arm(s, due(s));
	let_go(s);
}

/* Before that it holds nothing. */
static size_t
close_holds(const struct stage *s)
{
	return s->hangs ? STAGE_HOLDS : SIZE_MAX;
}

const struct toxic_ops toxic_close = {
	.nstate = NSTATE,
	.init = close_init,
	.data = close_data,
	.eof = close_eof,
	.timer = close_now,
	.update = close_update,
	.holds = close_holds,
};

/* SPDX-License-Identifier: ISC */
/*
 * truncate: after so many bytes the stream ends, for its receiver: what the
 * source sends after that is dropped, and its own end no news.  The other
 * direction goes on.
 */

#include "toxic.h"

enum {
	PASSED, /* bytes, also while the limit was another */
	ENDED,
	NSTATE
};

static void
end(struct stage *s)
{
	if (s->state[ENDED])
		return;
	s->state[ENDED] = 1;
	stage_hit(s);
	stage_emit_eof(s);
}

static int64_t
left(const struct stage *s)
{
	return stage_integer(s, TRUNCATE_BYTES) - s->state[PASSED];
}

/* Not at once: the toxics behind it may not be there yet. */
static void
truncate_init(struct stage *s)
{
	s->state[PASSED] = s->state[ENDED] = 0;
	if (left(s) == 0)
		stage_arm(s, stage_now(s));
}

static void
truncate_data(struct stage *s, struct chunk *k)
{
	int64_t n = left(s), passes = n < k->len ? n : k->len;

	if (s->state[ENDED]) {
		stage_drop(s, k);
		return;
	}
	s->state[PASSED] += passes;
	if ((k = stage_emit_some(s, k, n)) != NULL)
		stage_drop(s, k);
	if (n == passes)
		end(s);
}

static void
truncate_eof(struct stage *s)
{
	if (!s->state[ENDED])
		stage_emit_eof(s);
}

/* A stream that has ended does not go on. */
static void
truncate_update(struct stage *s)
{
	stage_arm(s, CLOCK_NEVER);
	if (left(s) <= 0)
		end(s);
}

static void
truncate_remove(struct stage *s)
{
	if (s->state[ENDED])
		stage_drop_rest(s);
}

const struct toxic_ops toxic_truncate = {
	.nstate = NSTATE,
	.init = truncate_init,
	.data = truncate_data,
	.eof = truncate_eof,
	.timer = end,
	.update = truncate_update,
	.remove = truncate_remove,
	.holds = stage_holds_any,
};

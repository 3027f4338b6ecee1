/* SPDX-License-Identifier: ISC */
/*
 * reset_peer: timeout ms after the first byte, or the end of the source, both
 * peers are reset.  Until then everything is held: a removal lets it go on.
 */

#include "toxic.h"

/* state[]: ns: when the first byte came; 0: not yet */
#define SINCE 0

static void
reset_peer_init(struct stage *s)
{
	s->state[SINCE] = 0;
}

static void
count_down(struct stage *s)
{
	int64_t at = clock_after(
	    s->state[SINCE], stage_integer(s, RESET_PEER_TIMEOUT) * NS_PER_MS);

	if (at <= stage_now(s))
		stage_reset(s);
	else
		stage_arm(s, at);
}

static void
begin(struct stage *s)
{
	if (s->state[SINCE] != 0)
		return;
	s->state[SINCE] = stage_now(s);
	count_down(s);
}

static void
reset_peer_data(struct stage *s, struct chunk *k)
{
	stage_hold(s, k);
	begin(s);
}

static void
reset_peer_eof(struct stage *s)
{
	s->eof_held = 1;
	begin(s);
}

static void
reset_peer_update(struct stage *s)
{
	if (s->state[SINCE] != 0)
		count_down(s);
}

const struct toxic_ops toxic_reset_peer = {
	.nstate = 1,
	.init = reset_peer_init,
	.data = reset_peer_data,
	.eof = reset_peer_eof,
	.timer = stage_reset,
	.update = reset_peer_update,
};

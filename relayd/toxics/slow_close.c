/* SPDX-License-Identifier: ISC */
/* slow_close: the end of the source is passed on delay ms later. */

#include "toxic.h"

static void
slow_close_eof(struct stage *s)
{
	s->eof_held = 1;
	stage_hit(s);
	stage_arm(s,
	    clock_after(
		stage_now(s), stage_integer(s, SLOW_CLOSE_DELAY) * NS_PER_MS));
}

static void
slow_close_update(struct stage *s)
{
	if (s->eof_held)
		slow_close_eof(s);
}

const struct toxic_ops toxic_slow_close = {
	.eof = slow_close_eof,
	.timer = stage_emit_eof,
	.update = slow_close_update,
};

/* SPDX-License-Identifier: ISC */
/*
 * timeout: a black hole that closes the session after timeout ms in which
 * nothing fell into it; never, if timeout is 0.
 */

#include "toxic.h"

/* state[]: has anything fallen into it? */
#define HAS_DROPPED 0

static void
arm(struct stage *s)
{
	int64_t ms = stage_integer(s, TIMEOUT_TIMEOUT);

	stage_arm(s,
	    ms > 0 ? clock_after(stage_now(s), ms * NS_PER_MS) : CLOCK_NEVER);
}

static void
timeout_init(struct stage *s)
{
	s->state[HAS_DROPPED] = 0;
	arm(s);
}

static void
timeout_data(struct stage *s, struct chunk *k)
{
	stage_drop(s, k);
	s->state[HAS_DROPPED] = 1;
	arm(s);
}

/* The stream goes on where no byte of it is missing. */
static void
timeout_halt(struct stage *s)
{
	if (s->state[HAS_DROPPED])
		stage_close(s);
}

/* remove closes too: bytes are missing, the stream cannot go on. */
const struct toxic_ops toxic_timeout = {
	.nstate = 1,
	.init = timeout_init,
	.data = timeout_data,
	.eof = stage_close,
	.timer = stage_close,
	.update = arm,
	.remove = stage_close,
	.halt = timeout_halt,
};

/* SPDX-License-Identifier: ISC */
/*
 * timeout: a black hole that closes the session after timeout ms in which
 * nothing fell into it; never, if timeout is 0.
 */

#include "toxic.h"

static void
timeout_init(struct stage *s)
{
	int64_t ms = stage_integer(s, TIMEOUT_TIMEOUT);

	stage_arm(s,
	    ms > 0 ? clock_after(stage_now(s), ms * NS_PER_MS) : CLOCK_NEVER);
}

static void
timeout_data(struct stage *s, struct chunk *k)
{
	stage_drop(s, k);
	timeout_init(s);
}

/* remove closes too: bytes are missing, the stream cannot go on. */
const struct toxic_ops toxic_timeout = {
	.init = timeout_init,
	.data = timeout_data,
	.eof = stage_close,
	.timer = stage_close,
	.update = timeout_init,
	.remove = stage_close,
};

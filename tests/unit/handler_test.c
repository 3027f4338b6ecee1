/* SPDX-License-Identifier: ISC */
/* What may come in which state. */

#include <criterion/criterion.h>

#include "handler.h"

enum {
	WAITS = 0x1,
	RUNS = 0x2
};

static int called;

static int
on_ping(struct msg *m)
{
	called++;
	cr_expect_eq(m->from, &called);
	return 0;
}

static int
on_pong(struct msg *m)
{
	(void)m;
	called++;
	return -1;
}

static const struct handler rows[MSG_MAX] = {
	[MSG_PING] = { on_ping, WAITS | RUNS },
	[MSG_PONG] = { on_pong, RUNS },
};

static int
say(enum msg_type type, unsigned int state)
{
	struct msg m = { .type = type, .fd = -1 };

	called = 0;
	return handle(rows, state, &called, &m);
}

Test(handler, a_row_is_called_in_its_states)
{
	cr_expect_eq(say(MSG_PING, WAITS), 0);
	cr_expect_eq(called, 1);
	cr_expect_eq(say(MSG_PING, RUNS), 0);
	cr_expect_eq(called, 1);
	cr_expect_eq(say(MSG_PONG, RUNS), -1, "it says so");
	cr_expect_eq(called, 1);
}

Test(handler, nobody_is_called_in_another)
{
	cr_expect_eq(say(MSG_PONG, WAITS), -1);
	cr_expect_eq(called, 0);
	cr_expect_eq(say(MSG_LOG, WAITS | RUNS), -1, "it has no row");
	cr_expect_eq(called, 0);
}

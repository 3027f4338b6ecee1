/* SPDX-License-Identifier: ISC */
/* A worker's side of -total-buffer. */

#include <criterion/criterion.h>
#include <string.h>

#include "agreed.h"
#include "relayd.h"

#define MIB ((size_t)1 << 20)
#define OWN ((size_t)RELAY_OWN_HELD)

static struct chan ctld;
static int some_wait;

/* In place of session.c */

int
sessions_wait(void)
{
	return some_wait;
}

static void
open_lease(void)
{
	int fds[2];

	memset(&relay, 0, sizeof(relay));
	cr_assert_eq(chan_pair(fds), 0);
	chan_open(&relay.ctld.chan, fds[0]);
	chan_open(&ctld, fds[1]);
	some_wait = 0;
	lease_init(64 * MIB);
}

static void
close_lease(void)
{
	chan_close(&relay.ctld.chan);
	chan_close(&ctld);
}

TestSuite(lease, .init = open_lease, .fini = close_lease);

/* How many bytes it has spoken of; 0: it has said nothing. */
static size_t
hear(enum msg_type type)
{
	struct msg m;

	if (chan_receive(&ctld, &m) != 1)
		return 0;
	cr_assert_eq(m.type, type);
	return (size_t)msg_get_relay_bytes(&m)->bytes;
}

static size_t
borrows(void)
{
	some_wait = 1;
	lease_run();
	some_wait = 0;
	return hear(MSG_RELAY_BORROW);
}

static void
is_lent(size_t bytes)
{
	cr_assert_eq(borrows(), bytes);
	cr_assert_eq(lease_lent(bytes), 0);
}

static void
a_second_passes(void)
{
	cr_assert_neq(deadlines_next(), CLOCK_NEVER);
	deadlines_run(deadlines_next());
}

Test(lease, nothing_is_said_while_there_is_room)
{
	relay.budget.held = OWN;
	lease_run();
	cr_assert_eq(hear(MSG_NONE), 0);
	cr_assert_eq(relay.budget.max, OWN);
	cr_assert_eq(deadlines_next(), CLOCK_NEVER);
}

Test(lease, who_waits_borrows_as_much_again)
{
	is_lent(MIB);
	cr_assert_eq(relay.budget.max, OWN + MIB);
	is_lent(MIB);
	is_lent(2 * MIB);
	is_lent(4 * MIB);
	cr_assert_eq(relay.budget.max, OWN + 8 * MIB);
}

Test(lease, it_asks_once)
{
	cr_assert_eq(borrows(), MIB);
	cr_assert_eq(borrows(), 0);
	cr_assert_eq(lease_lent(MIB / 2), 0); /* less is welcome */
	cr_assert_eq(borrows(), MIB);
}

Test(lease, never_beyond_the_bound_of_a_worker)
{
	lease_init(OWN + MIB + 1);
	is_lent(MIB);
	is_lent(1);
	cr_assert_eq(borrows(), 0);
	cr_assert_eq(relay.budget.max, OWN + MIB + 1);
	lease_init(65536);
	cr_assert_eq(relay.budget.max, 65536);
	cr_assert_eq(borrows(), 0);
}

Test(lease, what_was_not_used_goes_back_after_a_second)
{
	is_lent(MIB);
	is_lent(MIB);
	is_lent(2 * MIB);
	relay.budget.held = OWN + 3 * MIB;
	lease_run();
	relay.budget.held = 0;
	a_second_passes(); /* in which 3 MiB were used */
	cr_assert_eq(hear(MSG_RELAY_RETURN), MIB);
	cr_assert_eq(relay.budget.max, OWN + 3 * MIB);
	a_second_passes();
	cr_assert_eq(hear(MSG_RELAY_RETURN), 3 * MIB);
	cr_assert_eq(relay.budget.max, OWN);
	cr_assert_eq(deadlines_next(), CLOCK_NEVER);
}

Test(lease, what_is_recalled_goes_back_as_it_is_let_go)
{
	is_lent(MIB);
	is_lent(MIB);
	is_lent(2 * MIB);
	relay.budget.held = OWN + 4 * MIB;
	lease_recalled(MIB);
	cr_assert_eq(relay.budget.max, OWN + MIB);
	cr_assert_eq(budget_room(&relay.budget), 0);
	lease_run();
	cr_assert_eq(hear(MSG_NONE), 0);
	relay.budget.held = OWN + 2 * MIB;
	lease_run();
	cr_assert_eq(hear(MSG_RELAY_RETURN), 2 * MIB);
	cr_assert_eq(borrows(), 0); /* not before all is back */
	relay.budget.held = OWN + MIB;
	lease_run();
	cr_assert_eq(hear(MSG_RELAY_RETURN), MIB);
	cr_assert_eq(relay.budget.max, OWN + MIB);
	cr_assert_eq(borrows(), MIB);
}

Test(lease, what_crosses_on_the_way_does_no_harm)
{
	is_lent(MIB);
	a_second_passes();
	cr_assert_eq(hear(MSG_RELAY_RETURN), MIB);
	lease_recalled(MIB / 2);
	cr_assert_eq(relay.budget.max, OWN);
	is_lent(MIB);
	cr_assert_eq(relay.budget.max, OWN + MIB);
}

Test(lease, what_was_not_asked_for_is_out_of_place)
{
	cr_assert_eq(lease_lent(1), -1);
	cr_assert_eq(borrows(), MIB);
	cr_assert_eq(lease_lent(0), -1);
	cr_assert_eq(lease_lent(MIB + 1), -1);
}

Test(lease, one_that_is_retired_keeps_what_it_has)
{
	is_lent(MIB);
	relay.retires = 1;
	cr_assert_eq(borrows(), 0);
	a_second_passes();
	cr_assert_eq(hear(MSG_NONE), 0);
	cr_assert_eq(relay.budget.max, OWN + MIB);
}

/* SPDX-License-Identifier: ISC */
/* ctld's side of -total-buffer: nothing too much, and for all. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "child.h"
#include "children.h"
#include "leases.h"
#include "msg.h"
#include "state.h"

#define MIB ((uint64_t)1 << 20)
#define TOTAL (8 * MIB) /* of which 2 MiB are shares of their own */
#define LENDABLE (6 * MIB)
#define WORKERS 16

static struct child workers[WORKERS];

/* What the last messages to each came to. */
static uint64_t got[WORKERS], keep[WORKERS];

/* In place of child.c */
void
child_send_sized(struct child *c, enum msg_type type, uint32_t id,
    const void *payload, size_t size, int fd)
{
	struct relay_bytes p;
	size_t i = (size_t)(c - workers);

	cr_assert_eq(size, sizeof(p));
	cr_assert(id == 0 && fd == -1);
	memcpy(&p, payload, sizeof(p));
	if (type == MSG_RELAY_LEND)
		got[i] += p.bytes;
	else if (type == MSG_RELAY_RECALL)
		keep[i] = p.bytes;
	else
		cr_assert_fail("%s", msg_name(type));
	cr_assert_leq(leases.lent, LENDABLE);
}

static void
open_leases(void)
{
	size_t i;

	memset(&ctld, 0, sizeof(ctld));
	memset(workers, 0, sizeof(workers));
	memset(got, 0, sizeof(got));
	memset(keep, 0xff, sizeof(keep));
	ctld.options.total_buffer = TOTAL;
	ctld.options.max_proxies = 16;
	ctld.options.worker_buffer = TOTAL;
	TAILQ_INIT(&children.all);
	for (i = 0; i < WORKERS; i++) {
		workers[i].state = CHILD_RUNNING;
		workers[i].lent_keep = UINT64_MAX;
		TAILQ_INSERT_TAIL(&children.all, &workers[i], entry);
	}
}

TestSuite(leases, .init = open_leases);

static void
borrow(size_t i, uint64_t bytes)
{
	cr_assert_eq(lease_borrow(&workers[i], bytes), 0);
}

static void
give_back(size_t i, uint64_t bytes)
{
	cr_assert_eq(lease_return(&workers[i], bytes), 0);
	got[i] -= bytes;
}

Test(leases, what_is_there_is_lent_at_once)
{
	borrow(0, MIB);
	cr_assert_eq(got[0], MIB);
	borrow(0, 2 * MIB);
	cr_assert_eq(got[0], 3 * MIB);
	cr_assert_eq(leases.lent, 3 * MIB);
	cr_assert_eq(leases_waiting(), 0);
}

Test(leases, never_more_than_there_is)
{
	borrow(0, LENDABLE - MIB);
	borrow(1, 2 * MIB);
	cr_assert_eq(got[1], MIB); /* it may ask again */
	borrow(1, MIB);
	cr_assert_eq(got[1], MIB);
	cr_assert_eq(leases.lent, LENDABLE);
	cr_assert_eq(leases_waiting(), 1);
}

Test(leases, who_has_much_is_told_to_return_it)
{
	borrow(0, LENDABLE);
	borrow(1, MIB);
	cr_assert_eq(got[1], 0);
	cr_assert_eq(keep[0], LENDABLE - MIB);
	give_back(0, MIB);
	cr_assert_eq(got[1], MIB);
}

Test(leases, nobody_is_told_to_keep_less_than_an_even_part)
{
	borrow(0, LENDABLE);
	borrow(1, LENDABLE);
	cr_assert_eq(keep[0], LENDABLE / 2);
	give_back(0, LENDABLE / 2);
	cr_assert_eq(got[1], LENDABLE / 2);
	borrow(1, MIB); /* they have the same now */
	borrow(0, MIB);
	cr_assert(keep[1] == UINT64_MAX && leases_waiting() == 2);
}

Test(leases, who_has_little_comes_before_who_has_much)
{
	borrow(0, LENDABLE);
	borrow(0, MIB);
	borrow(1, MIB);
	borrow(2, MIB);
	give_back(0, MIB);
	cr_assert_eq(got[1], MIB);
	cr_assert_eq(got[0], LENDABLE - MIB);
	give_back(0, MIB);
	cr_assert_eq(got[2], MIB);
	cr_assert_eq(got[0], LENDABLE - 2 * MIB);
	give_back(2, MIB);
	cr_assert_eq(got[0], LENDABLE - MIB);
}

/* Each has always more to send: what comes back is taken from the most. */
Test(leases, in_the_end_all_have_an_even_part)
{
	uint64_t part = LENDABLE / WORKERS, bytes;
	size_t i, turn;

	borrow(0, LENDABLE);
	for (turn = 0; turn < 200; turn++) {
		for (i = 0; i < WORKERS; i++) {
			if (workers[i].borrows == 0)
				borrow(i, MIB);
		}
		for (i = 0; i < WORKERS; i++) {
			if (got[i] <= keep[i] || keep[i] == UINT64_MAX)
				continue;
			bytes = got[i] - keep[i];
			keep[i] = UINT64_MAX;
			give_back(i, bytes);
		}
	}
	for (i = 0; i < WORKERS; i++)
		cr_expect_geq(got[i] + 128 * 1024, part, "%zu has %lu", i,
		    (unsigned long)got[i]);
}

Test(leases, the_dead_leave_all_they_had_to_who_waits)
{
	borrow(0, LENDABLE);
	borrow(1, MIB);
	borrow(2, MIB);
	lease_end(&workers[1]);
	lease_end(&workers[0]);
	cr_assert_eq(got[1], 0);
	cr_assert_eq(got[2], MIB);
	cr_assert_eq(leases.lent, MIB);
	cr_assert_eq(leases_waiting(), 0);
}

Test(leases, the_retired_keep_theirs_until_they_die)
{
	borrow(0, 2 * MIB);
	lease_retire(&workers[0]);
	workers[0].state = CHILD_RETIRED;
	cr_assert_eq(leases.lent, 2 * MIB + RELAY_OWN_HELD);
	borrow(1, LENDABLE);
	cr_assert_eq(got[1], LENDABLE - 2 * MIB - RELAY_OWN_HELD);
	borrow(2, MIB);
	cr_assert_eq(keep[0], UINT64_MAX, "it cannot hear that");
	lease_end(&workers[0]);
	cr_assert_eq(got[2], MIB);
}

Test(leases, a_lie_is_refused)
{
	borrow(0, MIB);
	cr_assert_eq(lease_return(&workers[0], MIB + 1), -1);
	cr_assert_eq(lease_return(&workers[0], 0), -1);
	cr_assert_eq(lease_return(&workers[1], 1), -1);
	cr_assert_eq(lease_borrow(&workers[1], 0), -1);
	cr_assert_eq(lease_borrow(&workers[1], TOTAL + 1), -1);
	cr_assert_eq(lease_borrow(&workers[0], UINT64_MAX), -1);
	borrow(1, LENDABLE);
	borrow(1, MIB);
	cr_assert_eq(lease_borrow(&workers[1], MIB), -1, "it waits already");
	cr_assert_eq(leases.lent, LENDABLE);
}

Test(leases, an_upgrade_hands_them_over)
{
	lease_adopt(&workers[0], LENDABLE, 0);
	lease_adopt(&workers[1], 0, MIB);
	cr_assert_eq(leases.lent, LENDABLE);
	cr_assert_eq(leases_waiting(), 1);
	give_back(0, 2 * MIB);
	cr_assert_eq(got[1], MIB);
	ctld.options.total_buffer = 0; /* the new program has less */
	borrow(1, MIB);
	cr_assert_eq(got[1], MIB);
}

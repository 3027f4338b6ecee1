/* SPDX-License-Identifier: ISC */
/* ctld's side of -total-buffer: nothing too much, and for all. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "child_rig.h"
#include "children.h"
#include "leases.h"
#include "tenant_limits.h"
#include "state.h"

#define MIB ((uint64_t)1 << 20)
#define TOTAL (8 * MIB) /* of which 2 MiB are shares of their own */
#define LENDABLE (6 * MIB)
#define WORKERS 16

static struct child workers[WORKERS];

/* What the last messages to each came to. */
static uint64_t got[WORKERS], keep[WORKERS];

static void
hear(struct child *c, enum msg_type type, uint32_t id, const void *payload,
    size_t size)
{
	struct relay_bytes p;
	size_t i = (size_t)(c - workers);

	cr_assert_eq(size, sizeof(p));
	cr_assert_eq(id, 0);
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

	child_hears = hear;
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

/* ---- of a tenant with a limit of its own */

#define HELD (2 * MIB)
#define LENDABLE_TO_A (HELD - 2 * RELAY_OWN_HELD)

static void
limit_a(uint64_t bytes)
{
	const struct tenant_limits l = { .of = { [LIMIT_OF_HELD] = bytes },
		.tenant = "a" };
	struct limits limits = { .n = 0 };

	cr_assert_eq(limits_add(&limits, &l), 0);
	cr_assert_eq(limits_end(&limits), 0);
	(void)limits_take(&limits);
}

/* Workers 0 and 1 are its. */
static void
open_tenant(void)
{
	open_leases();
	limit_a(HELD);
	lease_belongs(&workers[0], limits_state("a"));
	lease_belongs(&workers[1], limits_state("a"));
}

TestSuite(leases_of_tenants, .init = open_tenant);

Test(leases_of_tenants, no_more_than_the_limit_and_others_as_ever)
{
	borrow(0, MIB);
	borrow(0, MIB);
	cr_expect_eq(got[0], LENDABLE_TO_A);
	borrow(0, MIB);
	borrow(2, LENDABLE - LENDABLE_TO_A);
	cr_expect_eq(got[0], LENDABLE_TO_A);
	cr_expect_eq(got[2], LENDABLE - LENDABLE_TO_A);
	cr_expect_eq(keep[2], UINT64_MAX, "it has nothing of the tenant's");
	cr_expect_eq(leases_waiting(), 1);
}

Test(leases_of_tenants, who_has_much_returns_it_to_its_own)
{
	borrow(0, LENDABLE_TO_A);
	borrow(1, MIB);
	cr_expect_eq(got[1], 0);
	cr_expect_eq(keep[0], LENDABLE_TO_A / 2);
	borrow(2, MIB);
	cr_expect_eq(got[2], MIB);
	give_back(0, LENDABLE_TO_A / 2);
	cr_expect_eq(got[1], LENDABLE_TO_A / 2);
	cr_expect_eq(leases_waiting(), 0);
}

Test(leases_of_tenants, the_dead_and_the_retired)
{
	borrow(0, LENDABLE_TO_A);
	borrow(1, MIB);
	workers[0].retired_from = 5;
	lease_retire(&workers[0]);
	workers[0].state = CHILD_RETIRED;
	cr_expect_eq(got[1], 0);
	lease_end(&workers[0]);
	cr_expect_eq(got[1], MIB);
	cr_expect_eq(limits_state("a")->nworkers, 1);
	lease_end(&workers[1]);
	cr_expect_eq(limits_state("a")->lent, 0);
	cr_expect_eq(limits_state("a")->nworkers, 0);
	cr_expect_eq(leases.lent, 0);
}

Test(leases_of_tenants, a_dead_one_waits_no_more)
{
	borrow(0, LENDABLE_TO_A);
	borrow(1, MIB);
	cr_expect_eq(leases_waiting(), 1);
	lease_end(&workers[1]);
	cr_expect_eq(leases_waiting(), 0);
	give_back(0, MIB);
	cr_expect_eq(got[1], 0);
}

Test(leases_of_tenants, another_limit)
{
	borrow(0, LENDABLE_TO_A);
	borrow(0, MIB);
	limit_a(HELD + MIB);
	leases_look();
	cr_expect_eq(got[0], LENDABLE_TO_A + MIB);
	limit_a(HELD / 2);
	leases_look();
	borrow(0, MIB);
	cr_expect_eq(leases_waiting(), 1);
	give_back(0, 2 * MIB);
	cr_expect_geq(got[0] + got[1], MIB / 2);
	cr_expect_leq(limits_state("a")->lent, HELD / 2 - 2 * RELAY_OWN_HELD);
}

Test(leases_of_tenants, what_it_had_before_it_had_a_limit)
{
	borrow(3, MIB);
	lease_belongs(&workers[3], limits_state("a"));
	cr_expect_eq(limits_state("a")->lent, MIB);
	give_back(3, MIB);
	cr_expect_eq(limits_state("a")->lent, 0);
}

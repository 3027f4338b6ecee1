/* SPDX-License-Identifier: ISC */
/* ctld/gate.c: sessions of a tenant's workers, and clients in a second. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "agreed.h"
#include "child_rig.h"
#include "children.h"
#include "gate.h"
#include "tenant_limits.h"

#define WORKERS 4

static struct child workers[WORKERS];
static struct proxy owned[WORKERS]; /* of the tenants a, a, a and b */
static struct relay_entered last[WORKERS];
static uint32_t gates[WORKERS], nanswers[WORKERS];

static void
hear(struct child *c, enum msg_type type, uint32_t id, const void *payload,
    size_t size)
{
	const size_t i = (size_t)(c - workers);

	if (type == MSG_RELAY_GATE) {
		gates[i] = id;
		return;
	}
	cr_assert_eq(type, MSG_RELAY_ENTERED);
	cr_assert_eq(id, gates[i]);
	cr_assert_eq(size, sizeof(last[i]));
	memcpy(&last[i], payload, size);
	nanswers[i]++;
}

static void
limit(uint64_t sessions, uint64_t per_s)
{
	const struct tenant_limits l = { .of = { [LIMIT_OF_SESSIONS] = sessions,
					     [LIMIT_OF_CONNECTIONS] = per_s },
		.tenant = "a" };
	struct limits limits = { .n = 0 };
	size_t i;

	if (tenant_limits_are_any(&l))
		cr_assert_eq(limits_add(&limits, &l), 0);
	cr_assert_eq(limits_end(&limits), 0);
	(void)limits_take(&limits);
	for (i = 0; i < WORKERS; i++) {
		if (workers[i].state == CHILD_RUNNING)
			gate_tell(&workers[i]);
	}
}

static void
open_gates(void)
{
	size_t i;

	child_hears = hear;
	TAILQ_INIT(&children.all);
	for (i = 0; i < WORKERS; i++) {
		workers[i].role = ROLE_RELAYD;
		workers[i].state = CHILD_RUNNING;
		workers[i].proxy = &owned[i];
		snprintf(owned[i].key.tenant, sizeof(owned[i].key.tenant), "%s",
		    i < 3 ? "a" : "b");
		TAILQ_INSERT_TAIL(&children.all, &workers[i], entry);
	}
}

TestSuite(gate, .init = open_gates);

/* How many of those who want in come in. */
static uint32_t
enter(size_t i, uint32_t inside, uint32_t wants)
{
	const struct relay_enter e = { .inside = inside, .wants = wants };
	const uint32_t before = nanswers[i];

	cr_assert_eq(gate_enter(&workers[i], gates[i], &e), 0);
	cr_assert_eq(nanswers[i], before + (wants > 0));
	return wants > 0 ? last[i].n : 0;
}

static int
is_lie(size_t i, uint32_t inside, uint32_t wants)
{
	const struct relay_enter e = { .inside = inside, .wants = wants };

	return gate_enter(&workers[i], gates[i], &e) == -1;
}

Test(gate, only_who_is_limited_has_to_ask)
{
	limit(5, 0);
	cr_expect(gates[0] != 0 && gates[1] != 0 && gates[2] != 0);
	cr_expect_eq(gates[3], 0);
	limit(0, 0);
	cr_expect(gates[0] == 0 && gates[1] == 0 && gates[2] == 0);
	limit(0, 3);
	cr_expect_neq(gates[0], 0);
}

Test(gate, no_more_than_the_limit_of_all_together)
{
	limit(5, 0);
	cr_expect_eq(enter(0, 0, 3), 3);
	cr_expect_eq(enter(1, 0, 3), 2);
	cr_expect_eq(last[1].over, LIMIT_OF_SESSIONS);
	cr_expect_eq(enter(2, 0, 1), 0);
	cr_expect_eq(enter(0, 2, 0), 0);
	cr_expect_eq(enter(2, 0, 2), 1);
	cr_expect_eq(limits_state("a")->inside, 5);
}

Test(gate, what_the_dead_had_others_get)
{
	limit(5, 0);
	cr_expect_eq(enter(0, 0, 5), 5);
	cr_expect_eq(enter(1, 0, 5), 0);
	workers[0].proxy = NULL;
	gate_end(&workers[0]);
	cr_expect_eq(enter(1, 0, 9), 5);
	gate_end(&workers[0]);
	cr_expect_eq(limits_state("a")->inside, 5);
}

Test(gate, clients_in_a_second)
{
	limit(0, 4);
	cr_expect_eq(enter(0, 0, 3), 3);
	cr_expect_eq(enter(1, 0, 3), 1);
	cr_expect_eq(last[1].over, LIMIT_OF_CONNECTIONS);
	cr_expect_eq(enter(0, 0, 3), 0, "that they have gone is the same");
}

Test(gate, what_there_was_before)
{
	workers[0].counters.open_sessions = 7;
	limit(5, 0);
	cr_expect_eq(enter(1, 0, 1), 0);
	cr_expect_eq(enter(0, 8, 1), 0);
	cr_expect_eq(enter(0, 4, 2), 1);
	limit(6, 0);
	cr_expect_eq(enter(0, 5, 2), 1);
	limit(2, 0);
	cr_expect_eq(enter(0, 3, 2), 0);
}

Test(gate, what_no_worker_says)
{
	limit(50, 0);
	cr_expect_eq(enter(0, 3, 2), 2);
	cr_expect(is_lie(0, 6, 0), "one more than it was let in");
	cr_expect(is_lie(0, 5, GATE_ROOM + 1));
	cr_expect_eq(enter(0, 5, GATE_ROOM), GATE_ROOM);
	/* of before it heard of the last RELAY_GATE, or where there is none */
	gates[0]++;
	cr_expect_not(is_lie(0, 99, 99));
	cr_expect_not(is_lie(3, 99, 99));
	cr_expect_eq(nanswers[3], 0);
}

Test(gate, one_that_follows_waits_for_all_of_the_tenant)
{
	struct relay_here here = {
		.gate = 9, .wants = 2, .entered = 1, .inside = 3
	};
	size_t i;

	for (i = 0; i < WORKERS; i++) {
		workers[i].state = CHILD_GREETED;
		gates[i] = 9;
	}
	limit(5, 10);
	for (i = 0; i < 3; i++) {
		cr_expect_eq(nanswers[0] + nanswers[1] + nanswers[2], 0);
		workers[i].state = CHILD_RUNNING;
		workers[i].counters = here.counters;
		gate_adopt(&workers[i], &here);
		here.inside = 0;
		here.wants = 1;
	}
	cr_expect_eq(last[0].n, 2);
	cr_expect_eq(last[1].n, 0);
	cr_expect_eq(nanswers[2], 1);
	cr_expect_eq(limits_state("a")->inside, 5);
	cr_expect_eq(enter(0, 0, 7), 5, "3 of them, and 2 were let in");
	gate_adopt_retired(&workers[3], "a", 2);
	cr_expect_eq(limits_state("a")->inside, 7);
}

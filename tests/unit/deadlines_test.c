/* SPDX-License-Identifier: ISC */
/* What waits for a time comes when it is due, in the order of the times. */

#include <criterion/criterion.h>
#include <malloc.h>
#include <poll.h>

#include "clock.h"
#include "container_of.h"
#include "deadlines.h"
#include "nitems.h"
#include "watch.h"

static struct due {
	struct deadline deadline;
	int64_t came; /* as which one; 0: not yet */
} dues[64];
static int came;

static void
comes(struct deadline *d)
{
	struct due *due = container_of(d, struct due, deadline);

	cr_assert_eq(due->came, 0);
	due->came = ++came;
}

/* Each at a time of its own, from 1 to 64, in no order. */
static void
set_all(void)
{
	size_t i;

	for (i = 0; i < nitems(dues); i++) {
		dues[i].deadline.expired = comes;
		deadline_set(&dues[i].deadline, (int64_t)(i * 37 % 64) + 1);
	}
}

Test(deadlines, come_in_their_order)
{
	size_t i;

	cr_assert_eq(deadlines_next(), CLOCK_NEVER);
	set_all();
	cr_assert_eq(deadlines_next(), 1);
	deadlines_run(40);
	cr_assert_eq(came, 40);
	cr_assert_eq(deadlines_next(), 41);
	deadlines_run(64);
	for (i = 0; i < nitems(dues); i++)
		cr_assert_eq(dues[i].came, dues[i].deadline.at);
	cr_assert_eq(deadlines_next(), CLOCK_NEVER);
}

Test(deadlines, can_be_moved_and_cleared)
{
	size_t i;

	set_all();
	for (i = 0; i < nitems(dues); i++) {
		if (i % 3 == 0)
			deadline_set(&dues[i].deadline, CLOCK_NEVER);
		else if (i % 3 == 1)
			deadline_set(&dues[i].deadline, 100 + (int64_t)i);
	}
	deadlines_run(99);
	for (i = 0; i < nitems(dues); i++)
		cr_assert_eq(dues[i].came != 0, i % 3 == 2);
	deadlines_run(1000);
	for (i = 0; i < nitems(dues); i++)
		cr_assert_eq(dues[i].came != 0, i % 3 != 0);
}

static void
comes_again(struct deadline *d)
{
	came++;
	deadline_set(d, d->at + 10);
}

Test(deadlines, that_set_themselves_anew_come_again_when_they_are_due)
{
	struct deadline d = { .expired = comes_again };

	deadline_set(&d, 10);
	deadlines_run(10);
	cr_assert_eq(came, 1);
	deadlines_run(19);
	cr_assert_eq(came, 1);
	deadlines_run(20);
	cr_assert_eq(came, 2);
	deadline_set(&d, CLOCK_NEVER);
}

/* So that none can fail where there is no memory. */
Test(deadlines, that_have_room_take_no_memory)
{
	static struct deadline many[6000];
	size_t i, before;

	deadlines_reserve(nitems(many));
	before = mallinfo2().uordblks;
	for (i = 0; i < nitems(many); i++)
		deadline_set(&many[i], (int64_t)(nitems(many) - i));
	cr_assert_eq(mallinfo2().uordblks, before);
	for (i = 0; i < nitems(many); i++)
		deadline_set(&many[i], CLOCK_NEVER);
	cr_assert_eq(deadlines_next(), CLOCK_NEVER);
}

Test(deadlines, end_a_wait)
{
	int64_t began = clock_now();

	watches_open();
	deadlines_open();
	dues[0].deadline.expired = comes;
	deadline_set(&dues[0].deadline, began + 20 * NS_PER_MS);
	while (came == 0) {
		deadlines_arm();
		watches_wait(1);
		deadlines_run(clock_now());
	}
	cr_assert_geq(clock_now(), began + 20 * NS_PER_MS);
	deadlines_close();
	watches_close();
}

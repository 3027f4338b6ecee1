/* SPDX-License-Identifier: ISC */
/* ctld/halts.c, ctld/halting.c: whose toxics are off, and who has done so. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "change.h"
#include "child_rig.h"
#include "children.h"
#include "halting.h"
#include "halts.h"

#define WORKERS 4

static struct child workers[WORKERS];
static struct proxy owned[WORKERS]; /* of the tenants a, a, b and "" */
static enum msg_type last[WORKERS];
static uint32_t ids[WORKERS], nsaid;
static const struct change *waited[9];
static size_t nwaited;

static void
hear(struct child *c, enum msg_type type, uint32_t id, const void *payload,
    size_t size)
{
	const size_t i = (size_t)(c - workers);

	(void)payload;
	(void)size;
	cr_assert(type == MSG_RELAY_HALT || type == MSG_RELAY_RESUME);
	last[i] = type;
	ids[i] = id;
	nsaid++;
}

static void
has_waited(struct change *ch)
{
	waited[nwaited++] = ch;
}

static void
begin(void)
{
	static const char *const tenants[WORKERS] = { "a", "a", "b", "" };
	size_t i;

	child_hears = hear;
	halting_open(has_waited);
	TAILQ_INIT(&children.all);
	for (i = 0; i < WORKERS; i++) {
		workers[i].role = ROLE_RELAYD;
		workers[i].state = CHILD_RUNNING;
		workers[i].proxy = &owned[i];
		TAILQ_INIT(&workers[i].waiting);
		snprintf(owned[i].key.tenant, sizeof(owned[i].key.tenant), "%s",
		    tenants[i]);
		TAILQ_INSERT_TAIL(&children.all, &workers[i], entry);
	}
}

TestSuite(halting, .init = begin);

static struct halt
of(const char *name)
{
	struct halt h = { .tenant = "" };

	snprintf(h.tenant, sizeof(h.tenant), "%s", name);
	return h;
}

static void
halt(const char *name)
{
	const struct halt h = of(name);

	cr_assert_eq(halts_room(), 0);
	halts_add(&h);
	halting_tell_all();
}

static void
resume(const char *name)
{
	const struct halt h = of(name);

	halts_remove(&h);
	halting_tell_all();
}

static struct change
about(const char *name)
{
	struct change ch = { .id = 1 };

	ch.u.halt.row = of(name);
	return ch;
}

static int
answers(size_t i)
{
	return halting_done(&workers[i], ids[i]);
}

Test(halting, only_whom_it_is_news_to)
{
	halt("a");
	cr_expect_eq(nsaid, 2);
	halt("*");
	cr_expect_eq(nsaid, 4);
	cr_expect_eq(last[3], MSG_RELAY_HALT);
	resume("a");
	cr_expect_eq(nsaid, 4, "that of all is another");
	halt("b");
	resume("*");
	cr_expect_eq(nsaid, 7);
	cr_expect_eq(last[0], MSG_RELAY_RESUME);
	cr_expect_eq(last[2], MSG_RELAY_HALT);
}

Test(halting, a_change_waits_for_its_own)
{
	struct change a = about("a"), b = about("b"), all = about("*");

	halt("a");
	halt("*");
	cr_assert(halting_wait(&a) && halting_wait(&b) && halting_wait(&all));
	cr_expect_eq(answers(2), 0);
	cr_expect(nwaited == 1 && waited[0] == &b);
	cr_expect_eq(answers(0), 0);
	cr_expect_eq(answers(1), 0);
	cr_expect(nwaited == 2 && waited[1] == &a);
	halting_forget(&workers[3]); /* it has died */
	cr_expect(nwaited == 3 && waited[2] == &all);
	cr_expect_not(halting_wait(&a));
}

/* It owes two answers: both changes wait for the last. */
Test(halting, one_after_another)
{
	struct change first = about("b"), second = about("b");

	halt("b");
	cr_assert(halting_wait(&first));
	resume("b");
	cr_assert(halting_wait(&second));
	cr_expect_eq(halting_done(&workers[2], 1), 0);
	cr_expect_eq(nwaited, 0);
	cr_expect_eq(halting_done(&workers[2], 2), 0);
	cr_expect_eq(nwaited, 2);
}

/* Who has begun to be awaited later has not been waited for. */
Test(halting, what_came_later_counts_for_nobody_before)
{
	struct change a = about("*"), b = about("*");

	halt("b");
	cr_assert(halting_wait(&a));
	halt("a");
	cr_assert(halting_wait(&b));
	cr_expect_eq(answers(0), 0);
	cr_expect_eq(answers(1), 0);
	cr_expect_eq(nwaited, 0);
	cr_expect_eq(answers(2), 0);
	cr_expect_eq(nwaited, 2);
}

Test(halting, what_no_worker_says)
{
	cr_expect_eq(halting_done(&workers[0], 1), -1);
	halt("a");
	cr_expect_eq(halting_done(&workers[0], 2), -1);
	cr_expect_eq(halting_done(&workers[0], 1), 0);
	cr_expect_eq(halting_done(&workers[0], 1), -1);
	cr_expect_eq(halting_done(&workers[0], 2), -1);
}

/* One that an earlier ctld had: until it has said how it is. */
Test(halting, one_that_follows_asks_what_they_do)
{
	struct relay_here here = { .is_halted = 0 };
	struct change a = about("a");

	workers[0].state = workers[1].state = CHILD_GREETED;
	halt("a");
	cr_expect_eq(nsaid, 0);
	cr_assert(halting_wait(&a));
	workers[0].state = CHILD_RUNNING;
	halting_adopt(&workers[0], &here);
	cr_expect_eq(nsaid, 1);
	here.is_halted = 1;
	workers[1].state = CHILD_RUNNING;
	halting_adopt(&workers[1], &here);
	cr_expect_eq(nsaid, 1);
	cr_expect_eq(nwaited, 0);
	cr_expect_eq(answers(0), 0);
	cr_expect_eq(nwaited, 1);
}

Test(halts, in_order_and_no_more_than_there_may_be)
{
	static const char *const names[] = { "b", "", "*", "a" };
	const struct halt *all;
	struct halt h;
	size_t i, n;

	for (i = 0; i < 4; i++) {
		h = of(names[i]);
		cr_assert_eq(halts_load(&h, sizeof(h)), 0);
		cr_expect_eq(halts_load(&h, sizeof(h)), -1);
	}
	all = halts_now(&n);
	cr_assert_eq(n, 4);
	for (i = 1; i < n; i++)
		cr_expect_lt(strcmp(all[i - 1].tenant, all[i].tenant), 0);
	cr_expect(halts_cover("x"));
	h = of("*");
	cr_expect_eq(halts_load_gone(&h, sizeof(h)), 0);
	cr_expect_eq(halts_load_gone(&h, sizeof(h)), -1);
	cr_expect_not(halts_cover("x"));
	cr_expect(halts_cover("a") && halts_cover(""));
	for (i = n - 1; i < HALTS_MAX; i++) {
		snprintf(h.tenant, sizeof(h.tenant), "t%zu", i);
		cr_assert_eq(halts_load(&h, sizeof(h)), 0);
	}
	h = of("one-more");
	cr_expect_eq(halts_load(&h, sizeof(h)), -1);
	cr_expect_eq(halts_load("x", 1), -1);
	h = of("**");
	cr_expect_eq(halts_load_gone(&h, sizeof(h)), -1);
}

/* SPDX-License-Identifier: ISC */
/* Whose message two ctlds have died of, and whose not. */

#include <criterion/criterion.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "in_hand.h"

static int memory;
static const struct child worker = { .role = ROLE_RELAYD, .id = 7 };
static const struct child apid = { .role = ROLE_APID, .id = 8 };

static void
follow(int fell)
{
	in_hand_open(dup(memory), fell);
}

static void
open_memory(void)
{
	memory = memfd_create("in hand", MFD_CLOEXEC);
	cr_assert_neq(memory, -1);
	follow(0);
}

TestSuite(in_hand, .init = open_memory);

/* A ctld dies while it has that in hand, and another follows. */
static void
die_of(const struct child *c, int fell)
{
	in_hand_begin(c);
	follow(fell);
}

Test(in_hand, two_deaths_are_no_chance)
{
	die_of(&worker, 1);
	cr_assert(!in_hand_is_poison(ROLE_RELAYD, 7));
	die_of(&worker, 1);
	cr_assert(!in_hand_is_poison(ROLE_RELAYD, 6));
	cr_assert(!in_hand_is_poison(ROLE_APID, 7));
	cr_assert(in_hand_is_poison(ROLE_RELAYD, 7));
	cr_assert(!in_hand_is_poison(ROLE_RELAYD, 7), "it is asked once");
	die_of(&worker, 1);
	cr_assert(!in_hand_is_poison(ROLE_RELAYD, 7), "it begins anew");
}

Test(in_hand, whom_others_kill_has_not_died_of_it)
{
	int i;

	for (i = 0; i < 5; i++)
		die_of(&worker, 0);
	cr_assert(!in_hand_is_poison(ROLE_RELAYD, 7));
}

Test(in_hand, what_was_done_is_nobodys_fault)
{
	int i;

	for (i = 0; i < 5; i++) {
		in_hand_begin(&worker);
		in_hand_end();
		follow(1);
	}
	cr_assert(!in_hand_is_poison(ROLE_RELAYD, 7));
}

/* Each ctld has others. */
Test(in_hand, who_is_the_only_one_of_its_role_is_known_by_that)
{
	const struct child next = { .role = ROLE_APID, .id = 9 };

	die_of(&apid, 1);
	die_of(&next, 1);
	cr_assert(in_hand_is_poison(ROLE_APID, 0));
}

/* Before toxid has seen eight deaths, one of four has died of it twice. */
Test(in_hand, those_that_take_turns_are_known_each)
{
	struct child workers[4];
	uint32_t i;

	for (i = 0; i < 8; i++) {
		workers[i % 4] = worker;
		workers[i % 4].id = 100 + i % 4;
		die_of(&workers[i % 4], 1);
	}
	for (i = 0; i < 4; i++)
		cr_assert(in_hand_is_poison(ROLE_RELAYD, 100 + i));
}

/* Nor does it matter what the file held. */
Test(in_hand, any_memory_can_be_read)
{
	unsigned char bytes[4096];

	memset(bytes, 0xff, sizeof(bytes));
	cr_assert_eq(
	    pwrite(memory, bytes, sizeof(bytes), 0), (ssize_t)sizeof(bytes));
	follow(1);
	die_of(&worker, 1);
	(void)in_hand_is_poison(ROLE_RELAYD, 7);
	cr_assert_eq(ftruncate(memory, 1), 0);
	follow(1);
	die_of(&worker, 1);
	(void)in_hand_is_poison(ROLE_RELAYD, 7);
}

/* SPDX-License-Identifier: ISC */
/* The journal where there is no room for it: files that may not grow. */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "journal.h"

#define PART 7
#define SMALL (256 * 1024)
#define BIG (2 * 1024 * 1024)
/* So many records of 50,000 bytes, of which the last one is the truth. */
#define COMPACTED_AFTER 22

static int files[JOURNALS];
static uint32_t alive; /* all of the truth: the last record has it */
static uint32_t read_last;
static unsigned int nread;

static void
add_alive(void)
{
	journal_add(PART, &alive, sizeof(alive));
}

static void
open_files(void)
{
	int i;

	for (i = 0; i < JOURNALS; i++) {
		files[i] =
		    memfd_create("journal", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		cr_assert_neq(files[i], -1);
	}
	cr_assert_eq(journal_open(files), -1);
	journal_compact_by(add_alive);
	journal_compact();
	signal(SIGXFSZ, SIG_IGN);
}

TestSuite(journal, .init = open_files);

/* Nor is anything in it dead. */
static void
limit(rlim_t most)
{
	const struct rlimit rl = { most, RLIM_INFINITY };

	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &rl), 0);
	journal_keep(1);
}

/* So many bytes, the first of which say which record it is. */
static void
commit(size_t size)
{
	static uint8_t bytes[64 * 1024];

	alive++;
	memcpy(bytes, &alive, sizeof(alive));
	journal_add(PART, bytes, size);
	journal_commit();
}

static int
note(uint32_t type, const void *bytes, size_t n)
{
	if (type != PART || n < sizeof(read_last))
		return -1;
	memcpy(&read_last, bytes, sizeof(read_last));
	nread++;
	return 0;
}

/* As the next ctld. */
static void
is_as_written(void)
{
	cr_assert_eq(journal_open(files), 0);
	cr_assert_eq(journal_read(note), 0);
	cr_assert_eq(read_last, alive, "%u, not %u", read_last, alive);
}

Test(journal, what_there_is_room_for_can_be_committed)
{
	size_t size = 10000;

	limit(SMALL);
	while (journal_has_room(size))
		commit(size);
	cr_assert_gt(alive, 10);
	is_as_written();
	cr_assert_eq(nread, alive + 1); /* the first had all that there was */
}

/* There is some to spare, for what is committed without a question. */
Test(journal, the_last_that_had_room_leaves_some)
{
	limit(SMALL);
	while (journal_has_room(10000))
		commit(10000);
	commit(50000);
	is_as_written();
}

Test(journal, there_is_room_again)
{
	limit(SMALL);
	while (journal_has_room(10000))
		commit(10000);
	limit(BIG);
	cr_assert(journal_has_room(10000));
	commit(10000);
	is_as_written();
}

/* The other file may not grow: the old one goes on, and is compacted later. */
Test(journal, there_is_no_room_for_both_files)
{
	const int other = files[0];

	cr_assert_eq(fcntl(other, F_ADD_SEALS, F_SEAL_GROW), 0);
	while (alive < 3 * COMPACTED_AFTER)
		commit(50000);
	is_as_written();
	cr_assert_eq(nread, alive + 1);
	cr_assert_eq(lseek(other, 0, SEEK_END), 0);
}

Test(journal, it_is_compacted_where_there_is_room)
{
	while (alive < COMPACTED_AFTER)
		commit(50000);
	is_as_written();
	cr_assert_lt(nread, COMPACTED_AFTER);
}

/* It makes room of what is dead in it, however little it may grow. */
Test(journal, what_is_dead_makes_room)
{
	limit(SMALL);
	journal_keep(0);
	while (alive < 100) {
		cr_assert(journal_has_room(10000));
		commit(10000);
	}
	is_as_written();
	cr_assert_lt(nread, 30);
}

/* SPDX-License-Identifier: ISC */
/* The line between toxid and ctld: what may be asked when, and with what. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nitems.h"
#include "ask.h"
#include "priv.h"

static int toxids, ctlds; /* the two ends */

static void
open_line(void)
{
	int fds[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	toxids = fds[0];
	ctlds = fds[1];
}

/* So many are open: the next two are given out at these numbers. */
static int
lowest_free(void)
{
	int fd = dup(STDIN_FILENO);

	cr_assert_neq(fd, -1);
	close(fd);
	return fd;
}

/* ctld's end, raw; n descriptors go along. */
static void
say(const void *packet, size_t size, size_t n)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(8 * sizeof(int))];
	} control = { .space = { 0 } };
	struct iovec iov = { (void *)(uintptr_t)packet, size };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fds[8] = { 0 };

	cr_assert_leq(n, nitems(fds));
	if (n > 0) {
		mh.msg_control = &control;
		mh.msg_controllen = CMSG_SPACE(n * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, n * sizeof(int));
	}
	cr_assert_eq(sendmsg(ctlds, &mh, 0), (ssize_t)size);
}

static void
ask(uint32_t type, size_t n)
{
	const struct priv_question q = { .type = type };

	say(&q, sizeof(q), n);
}

/* What toxid makes of what has come; nothing stays open of it. */
static int
hear(enum priv_state state)
{
	int before = lowest_free(), r, fd = -2;
	struct priv_question q;

	errno = 0;
	r = priv_receive(toxids, state, &q, &fd);
	if (r == 1 && fd != -1) {
		cr_expect_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
		close(fd);
	}
	cr_expect(r == 1 || fd == -1);
	cr_expect_eq(lowest_free(), before, "a descriptor is left");
	return r;
}

static void
expect_offence(enum priv_state state)
{
	cr_expect_eq(hear(state), -1);
	cr_expect_eq(errno, EPROTO);
}

static const struct {
	uint32_t type;
	unsigned int states;
	size_t n; /* descriptors with it */
} rows[] = {
#define X(type, states, has_fd) { PRIV_##type, states, has_fd },
	PRIV_QUESTIONS(X)
#undef X
};

static const enum priv_state states[] = { PRIV_NEW, PRIV_ON, PRIV_OVER };

Test(priv, each_question_has_its_states, .init = open_line)
{
	size_t i, s;

	for (i = 0; i < nitems(rows); i++) {
		for (s = 0; s < nitems(states); s++) {
			ask(rows[i].type, rows[i].n);
			if ((rows[i].states & states[s]) != 0)
				cr_expect_eq(hear(states[s]), 1);
			else
				expect_offence(states[s]);
		}
	}
}

/* The table itself: what is dangerous before START, and after END, is wrong. */
Test(priv, what_is_asked_first_and_last)
{
	size_t i;

	for (i = 0; i < nitems(rows); i++) {
		cr_expect_eq((rows[i].states & PRIV_NEW) != 0,
		    rows[i].type == PRIV_START || rows[i].type == PRIV_END);
		cr_expect_eq(rows[i].states & PRIV_OVER, 0);
		cr_expect_eq(rows[i].n, (size_t)priv_has_fd(rows[i].type));
	}
}

Test(priv, a_descriptor_comes_where_there_is_one, .init = open_line)
{
	unsigned int s;
	size_t i, n;

	for (i = 0; i < nitems(rows); i++) {
		s = rows[i].states & PRIV_ON ? PRIV_ON : PRIV_NEW;
		for (n = 0; n <= 8; n++) {
			ask(rows[i].type, n);
			if (n == rows[i].n)
				cr_expect_eq(hear((enum priv_state)s), 1);
			else
				expect_offence((enum priv_state)s);
		}
	}
}

Test(priv, types_that_are_none, .init = open_line)
{
	static const uint32_t none[] = { PRIV_NONE, PRIV_MAX, PRIV_MAX + 1,
		INT32_MAX, UINT32_MAX };
	size_t i, n;

	for (i = 0; i < nitems(none); i++) {
		for (n = 0; n <= 2; n++) {
			ask(none[i], n);
			expect_offence(PRIV_ON);
		}
	}
}

Test(priv, a_question_has_its_length, .init = open_line)
{
	char packet[4 * sizeof(struct priv_question)];
	const struct priv_question q = { .type = PRIV_NEWS };
	size_t size, n;

	memset(packet, 0, sizeof(packet));
	memcpy(packet, &q, sizeof(q));
	for (size = 1; size <= sizeof(packet); size++) {
		if (size == sizeof(q))
			continue;
		for (n = 0; n <= 2; n++) {
			say(packet, size, n);
			expect_offence(PRIV_ON);
		}
	}
}

/* Nothing is as good as the end; what comes with it is closed. */
Test(priv, an_empty_packet, .init = open_line)
{
	say("", 0, 0);
	cr_expect_eq(hear(PRIV_ON), -1);
	say("", 0, 1);
	cr_expect_eq(hear(PRIV_ON), -1);
}

Test(priv, nothing_is_there_yet, .init = open_line)
{
	cr_expect_eq(hear(PRIV_ON), 0);
	ask(PRIV_NEWS, 0);
	cr_expect_eq(hear(PRIV_ON), 1);
	cr_expect_eq(hear(PRIV_ON), 0);
}

Test(priv, the_end_of_the_other_side, .init = open_line)
{
	struct priv_answer a = { .error = 0 };

	ask(PRIV_NEWS, 0);
	close(ctlds);
	cr_expect_eq(hear(PRIV_ON), 1, "what it has said before counts");
	cr_expect_eq(hear(PRIV_ON), -1);
	cr_expect_eq(errno, 0);
	cr_expect_eq(priv_reply(toxids, &a, -1), -1);
}

Test(priv, the_end_of_toxid, .init = open_line)
{
	const struct priv_question q = { .type = PRIV_NEWS };
	struct priv_answer a;
	int got;

	close(toxids);
	cr_expect_eq(priv_ask(ctlds, &q, -1, &a, &got), -1);
}

Test(priv, a_descriptor_for_which_there_is_no_room, .init = open_line)
{
	const struct rlimit none_left = { (rlim_t)lowest_free(), 4096 };
	struct priv_question q;
	int fd;

	ask(PRIV_KEEP, 1);
	ask(PRIV_NEWS, 1);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none_left), 0);
	if ((fd = dup(toxids)) != -1)
		return; /* valgrind's own limit is another */
	cr_expect_eq(priv_receive(toxids, PRIV_ON, &q, &fd), 1);
	cr_expect_eq(q.type, PRIV_KEEP);
	cr_expect_eq(fd, -1);
	cr_expect_eq(priv_receive(toxids, PRIV_ON, &q, &fd), -1);
	cr_expect_eq(errno, EPROTO, "it has none with it at any time");
}

/* What it takes leads nowhere: there is no room for what came with it. */
static void *
take_all_later(void *unused)
{
	char byte;

	usleep(50000);
	while (recv(toxids, &byte, sizeof(byte), MSG_DONTWAIT) > 0)
		;
	return unused;
}

/*
 * The kernel counts those of a user, whoever sent them, and holds them against
 * the limit of the process that sends, unless that has powers.
 */
Test(priv, too_many_descriptors_on_their_way, .init = open_line)
{
	const struct rlimit few = { 32, 32 };
	const struct priv_answer a = { .error = 0 };
	pthread_t thread;
	int i;

	if (geteuid() == 0)
		cr_assert_eq(setuid(65534), 0);
	for (i = 0; i < 5; i++)
		say("", 1, 8);
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	cr_assert_eq(pthread_create(&thread, NULL, take_all_later, NULL), 0);
	cr_expect_eq(priv_reply(toxids, &a, STDIN_FILENO), 0);
	pthread_join(thread, NULL);
}

/* toxid is the test here, and ctld finds the answer that was there first. */
Test(priv, an_answer_comes_back, .init = open_line)
{
	const struct priv_question q = { .type = PRIV_BIND, .id = 7 };
	struct priv_answer said = { .error = EPERM }, a;
	struct priv_question heard;
	int fd, got = -2, before;

	said.bound.id = 99;
	cr_assert_eq(priv_reply(toxids, &said, -1), 0);
	cr_assert_eq(priv_ask(ctlds, &q, -1, &a, &got), 0);
	cr_expect_eq(got, -1);
	cr_expect_eq(memcmp(&a, &said, sizeof(a)), 0);
	cr_assert_eq(priv_receive(toxids, PRIV_ON, &heard, &fd), 1);
	cr_expect_eq(memcmp(&heard, &q, sizeof(q)), 0);

	before = lowest_free();
	cr_assert_eq(priv_reply(toxids, &said, STDIN_FILENO), 0);
	cr_assert_eq(priv_ask(ctlds, &q, -1, &a, &got), 0);
	cr_expect_eq(got, before);
	cr_expect_eq(fcntl(got, F_GETFD), FD_CLOEXEC);
	close(got);
}

/* toxid never waits, whatever the descriptor's flags are. */
Test(priv, who_does_not_read_is_waited_for_by_nobody, .init = open_line)
{
	const struct priv_answer a = { .error = 0 };
	int n = 0;

	while (priv_reply(toxids, &a, STDIN_FILENO) == 0)
		cr_assert_lt(++n, 100000);
	cr_expect_gt(n, 1);
}

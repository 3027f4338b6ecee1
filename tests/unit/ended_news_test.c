/* SPDX-License-Identifier: ISC */
/* relayd/ended_news.c: of a flood ctld hears as little as of a few. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agreed.h"
#include "clock_rig.h"
#include "relayd.h"

static struct chan ctld;

static void
begin(void)
{
	int fds[2];

	cr_assert_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	clock_stop();
	watches_open();
	deadlines_open();
	chan_open(&relay.ctld.chan, fds[0]);
	chan_open(&ctld, fds[1]);
}

TestSuite(ended_news, .init = begin);

static void
end(enum session_end why, const char *toxic)
{
	struct session_ended row = { .sessions = 1, .end = (uint8_t)why };

	strcpy(row.toxic, toxic);
	ended_news(&row);
}

/* What ctld has heard since the last time: messages, and sessions in them. */
static unsigned int
hear(uint64_t *sessions, struct session_ended *last)
{
	unsigned int n = 0;
	struct msg m;

	*sessions = 0;
	(void)chan_flush(&relay.ctld.chan);
	while (chan_receive(&ctld, &m) == 1) {
		cr_assert_eq(m.type, MSG_RELAY_ENDED_NOW);
		*last = *msg_get_session_ended(&m);
		*sessions += last->sessions;
		n++;
		msg_drop(&m);
	}
	return n;
}

static void
pass(int64_t ns)
{
	clock_stopped_at += ns;
	deadlines_run(clock_stopped_at);
}

Test(ended_news, the_first_is_said_at_once_and_the_others_are_counted)
{
	struct session_ended last;
	uint64_t sessions;
	int i;

	end(END_CLIENT_RESET, "");
	cr_assert_eq(hear(&sessions, &last), 1);
	cr_assert_eq(sessions, 1);
	cr_assert_eq(last.are_several, 0);
	for (i = 0; i < 1000; i++)
		end(END_CLIENT_RESET, "");
	cr_assert_eq(hear(&sessions, &last), 0);
	pass(NS_PER_S);
	cr_assert_eq(hear(&sessions, &last), 1);
	cr_assert_eq(sessions, 1000);
	cr_assert_eq(last.are_several, 1);
	pass(NS_PER_S);
	cr_assert_eq(hear(&sessions, &last), 0);
	end(END_CLIENT_RESET, "");
	cr_assert_eq(hear(&sessions, &last), 1, "a second without one is over");
}

Test(ended_news, causes_and_toxics_are_told_apart)
{
	struct session_ended last;
	uint64_t sessions;

	end(END_TOXIC_RESET, "a");
	end(END_TOXIC_RESET, "b");
	end(END_TOXIC_CLOSE, "a");
	end(END_TOXIC_CLOSE, "a");
	cr_assert_eq(hear(&sessions, &last), 3);
	pass(NS_PER_S);
	cr_assert_eq(hear(&sessions, &last), 1);
	cr_assert_eq(last.end, END_TOXIC_CLOSE);
	cr_assert_str_eq(last.toxic, "a");
}

Test(ended_news, there_are_no_more_kinds_than_that)
{
	struct session_ended last;
	char toxic[2] = "A";
	uint64_t sessions;
	int i;

	for (i = 0; i < 2 * ENDED_KINDS; i++, toxic[0]++)
		end(END_TOXIC_RESET, toxic);
	cr_assert_eq(hear(&sessions, &last), ENDED_KINDS);
	pass(NS_PER_S);
	cr_assert_eq(hear(&sessions, &last), 1);
	cr_assert_eq(sessions, ENDED_KINDS, "none is lost");
}

Test(ended_news, where_ctld_does_not_read_they_wait)
{
	struct session_ended last;
	uint64_t sessions;
	int room = 1;

	cr_assert_eq(setsockopt(relay.ctld.chan.fd, SOL_SOCKET, SO_SNDBUF,
			 &room, sizeof(room)),
	    0);
	while (!chan_wants_write(&relay.ctld.chan)) {
		end(END_STUCK, "");
		pass(NS_PER_S);
		(void)chan_flush(&relay.ctld.chan);
	}
	end(END_CLIENT_RESET, "");
	end(END_CLIENT_RESET, "");
	(void)hear(&sessions, &last);
	(void)hear(&sessions, &last);
	pass(2 * NS_PER_S);
	cr_assert_gt(hear(&sessions, &last), 0);
	cr_assert_eq(last.end, END_CLIENT_RESET);
	cr_assert_eq(last.sessions, 2);
}

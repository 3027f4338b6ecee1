/* SPDX-License-Identifier: ISC */
/*
 * diald's turns: it serves the lines of workers, by true dials to a port where
 * nobody listens; what a pass of its loop does for whom is counted.  The clock
 * is turned by hand, so that no machine is too busy for anybody to be greedy.
 */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agreed.h"
#include "clock.h"
#include "clock_rig.h"
#include "diald.h"
#include "msg.h"
#include "nitems.h"

#define FLOODS 8
/* Answers, in a pass, to all of them. */
#define SOME 8

static struct sockaddr_in nowhere;
static struct chan floods[FLOODS], good;
static uint32_t asked[FLOODS];

static struct chan
open_line(uint32_t id)
{
	struct dial_policy policy = { .proxy_id = id, .key = { .name = "p" } };
	struct chan worker;
	int fds[2];

	policy.upstream.literal = 1;
	address_from_sockaddr(
	    &policy.upstream.address, (struct sockaddr *)&nowhere);
	cr_assert_eq(chan_pair(fds), 0);
	chan_open(&worker, fds[0]);
	worker_open(fds[1], id, &policy);
	return worker;
}

/* Bound, so that nobody else gets it, and not listening: refused at once. */
static void
open_nowhere(void)
{
	socklen_t len = sizeof(nowhere);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	nowhere.sin_family = AF_INET;
	nowhere.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(bind(fd, (struct sockaddr *)&nowhere, len), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&nowhere, &len), 0);
}

static void
open_all(void)
{
	struct rlimit rl;
	uint32_t i;

	clock_stop();
	getrlimit(RLIMIT_NOFILE, &rl);
	diald.descriptors_max = rl.rlim_cur;
	diald.base = events_open();
	workers_open();
	policies_begin(&(struct dial_rules){ .npolicies = 1 });
	policies_end();
	open_nowhere();
	for (i = 0; i < FLOODS; i++)
		floods[i] = open_line(i + 1);
	good = open_line(FLOODS + 1);
}

TestSuite(turns, .init = open_all);

static void
ask(struct chan *worker, uint32_t id)
{
	cr_assert_eq(chan_send_nothing(worker, MSG_DIAL, id), 0);
	cr_assert(!chan_wants_write(worker));
}

/* How many of its dials have been answered since it was asked. */
static int
answers(struct chan *worker)
{
	struct msg m;
	int n = 0;

	while (chan_receive(worker, &m) == 1) {
		cr_assert_eq(m.type, MSG_DIALED);
		cr_assert_eq(m.payload.dial_result.sys_errno, ECONNREFUSED);
		n++;
	}
	return n;
}

/* Whoever is answered asks again. */
static int
ask_again(int i)
{
	int n, answered = answers(&floods[i]);

	for (n = 0; n < answered; n++)
		ask(&floods[i], asked[i]++ % DIALS_MAX + 1);
	return answered;
}

static void
pass(void)
{
	event_base_loop(diald.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	workers_flush();
}

/* How many dials of all that flood were answered in it. */
static int
pass_of_the_floods(void)
{
	int i, n = 0;

	pass();
	for (i = 0; i < FLOODS; i++)
		n += ask_again(i);
	return n;
}

static void
flood(void)
{
	int i;

	for (i = 0; i < FLOODS; i++) {
		while (asked[i] < 64)
			ask(&floods[i], ++asked[i]);
	}
	for (i = 0; i < 40; i++) /* by then all are greedy */
		pass_of_the_floods();
}

Test(turns, all_who_flood_have_one_turn_in_a_pass)
{
	int i, n, all = 0;

	flood();
	for (i = 0; i < 20; i++) {
		n = pass_of_the_floods();
		cr_expect_leq(n, SOME, "%d", n);
		all += n;
	}
	cr_assert_geq(all, 20, "while nobody else asks, diald is theirs");
}

Test(turns, who_asks_for_little_is_served_in_the_next_pass)
{
	uint32_t id;

	flood();
	for (id = 1; id <= 10; id++) {
		ask(&good, id);
		pass_of_the_floods();
		cr_assert_eq(answers(&good), 1, "%u", id);
	}
}

Test(turns, none_of_those_who_flood_starves)
{
	int i, n, served[FLOODS] = { 0 };

	flood();
	for (n = 0; n < 10 * FLOODS; n++) {
		pass();
		for (i = 0; i < FLOODS; i++)
			served[i] += ask_again(i);
	}
	for (i = 0; i < FLOODS; i++)
		cr_expect_geq(served[i], 10, "%d: %d", i, served[i]);
}

/* The first one stops; when all is forgiven, only the others go on. */
Test(turns, who_was_greedy_is_as_others_after_a_while)
{
	int i, n;

	flood();
	for (n = 0; n < 64 * FLOODS; n++) {
		pass();
		(void)answers(&floods[0]);
	}
	clock_stopped_at += NS_PER_S;
	for (n = 0; n < 40; n++) {
		pass();
		for (i = 1; i < FLOODS; i++)
			ask_again(i);
	}
	for (n = 0; n < 10; n++) {
		ask(&floods[0], 1);
		pass();
		cr_assert_eq(answers(&floods[0]), 1, "%d", n);
		for (i = 1; i < FLOODS; i++)
			ask_again(i);
	}
}

/* Who sleeps mostly is not to wait for as long as the kernel lets one run. */
Test(turns, other_processes_have_theirs_behind_each_that_floods)
{
	uint32_t id;
	int i;

	for (id = 1; id <= 10; id++) {
		ask(&good, id);
		pass();
	}
	cr_assert_eq(yields, 0);
	flood();
	yields = 0;
	for (i = 0; i < 20; i++)
		pass_of_the_floods();
	cr_assert_eq(yields, 20);
}

/* Each time it would be one more turn for who waits for the answer. */
Test(turns, who_asks_much_and_has_no_more_is_not_put_behind_other_processes)
{
	uint32_t id;

	for (id = 1; id <= 200; id++) {
		ask(&good, id);
		pass();
		cr_assert_eq(answers(&good), 1, "%u", id);
	}
	cr_assert_eq(yields, 0);
}

/* ---- dials that end all at once */

#define MANY 128
/* No more descriptors than that. */
#define DESCRIPTORS 512
/* Steps of dials, in a pass, for one worker; and ends. */
#define A_FEW 4
#define ENDS 16

/* It listens, and its backlog is full: who connects waits. */
static int
open_clogged(void)
{
	socklen_t len = sizeof(nowhere);
	int fd = socket(AF_INET, SOCK_STREAM, 0), i, client;

	nowhere.sin_port = 0;
	cr_assert_eq(bind(fd, (struct sockaddr *)&nowhere, len), 0);
	cr_assert_eq(listen(fd, 0), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&nowhere, &len), 0);
	for (i = 0; i < 2; i++) {
		client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(client, (struct sockaddr *)&nowhere, len);
	}
	return fd;
}

static int
descriptors(void)
{
	int fd, n = 0;

	for (fd = 0; fd < DESCRIPTORS; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

/* All of them are under way. */
static struct chan
dial_many(void)
{
	struct chan worker = open_line(FLOODS + 2);
	int before = descriptors();
	uint32_t id = 0;

	while (id < MANY) {
		ask(&worker, ++id);
		pass();
	}
	while (descriptors() < before + MANY)
		pass();
	return worker;
}

Test(turns, what_a_worker_leaves_behind_ends_in_turns)
{
	struct chan worker;
	int before, now, first;

	(void)open_clogged();
	worker = dial_many();
	chan_close(&worker);
	first = before = descriptors();
	yields = 0;
	while (before > first - MANY - 1) {
		pass();
		now = descriptors();
		cr_assert_leq(before - now, ENDS + 1, "%d", before - now);
		before = now;
	}
	cr_assert_geq(yields, MANY / ENDS, "others have theirs, too");
}

/* Most are refused; one may have been let in, and reset. */
static int
answers_of_any_kind(struct chan *worker)
{
	struct msg m;
	int n = 0;

	while (chan_receive(worker, &m) == 1) {
		cr_assert_eq(m.type, MSG_DIALED);
		msg_drop(&m);
		n++;
	}
	return n;
}

/* Their SYNs are sent again, and refused, while diald does something else. */
Test(turns, answers_that_come_at_once_are_given_in_turns)
{
	int clogged = open_clogged(), n, all = 0;
	struct chan worker = dial_many();

	close(clogged);
	sleep(2);
	while (all < MANY) {
		pass();
		n = answers_of_any_kind(&worker);
		cr_assert_leq(n, A_FEW, "%d", n);
		all += n;
	}
}

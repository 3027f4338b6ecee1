/* SPDX-License-Identifier: ISC */
/* See hostile.c: what happens on the lines between workers and diald. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agreed.h"
#include "hostile.h"

/* What came last: it fits, whatever it is, with its descriptor or -1. */
static struct packet heard;

static int
hear_on(int from, int flags)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	struct iovec iov = { &heard, sizeof(heard) };
	struct msghdr mh = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	int fd = -1;

	heard.type = MSG_NONE;
	if (recvmsg(from, &mh, flags) <= 0) {
		if (errno == EAGAIN && (flags & MSG_DONTWAIT) != 0)
			return -1;
		exit(1);
	}
	if (mh.msg_controllen >= CMSG_LEN(sizeof(int)) &&
	    control.align.cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(&control.align), sizeof(fd));
	if (from == CHAN_FD && heard.type == MSG_PING)
		say_zeros(MSG_PONG, heard.id);
	return fd;
}

/* The pings that have come; what else there is goes by. */
static void
stay_alive(void)
{
	int fd;

	do {
		fd = hear_on(CHAN_FD, MSG_DONTWAIT);
		if (fd != -1)
			close(fd);
	} while (heard.type != MSG_NONE);
}

/* Waits for what ctld sends with a message of that type. */
static int
wait_for(enum msg_type type)
{
	int fd;

	for (;;) {
		fd = hear_on(CHAN_FD, 0);
		if (heard.type == type)
			return fd;
	}
}

/* ---- a worker: its line */

static int
line_open(void)
{
	int line;

	say_ready();
	line = wait_for(MSG_RELAY_DIALER);
	(void)fcntl(line, F_SETFL, 0); /* it may wait */
	return line;
}

/* It has what it deserves when diald has closed it. */
static void
say_line(int line, enum msg_type type, uint32_t id)
{
	struct packet p = { .type = type, .id = id };

	while (
	    say_on(line, &p, HEADER + msg_size(type), -1, MSG_DONTWAIT) == -1) {
		if (errno != EAGAIN)
			line = wait_for(MSG_RELAY_DIALER);
		stay_alive();
	}
	if (id % 64 == 0)
		stay_alive();
}

/* Thousands, and no answer is read. */
void
dial_flood(void)
{
	int line = line_open();
	uint32_t id;

	for (id = 1;; id++)
		say_line(line, MSG_DIAL, id);
}

/* All that it may have, and no answer is read. */
void
dial_hoard(void)
{
	int line = line_open();
	uint32_t id;

	for (id = 1; id <= DIALS_MAX; id++)
		say_line(line, MSG_DIAL, id);
	for (;;)
		hear_on(CHAN_FD, 0);
}

/* As it may, as fast as it can: an honest worker in need. */
void
dial_churn(void)
{
	int fd, line = line_open();
	uint32_t id;

	for (id = 1; id <= DIALS_MAX; id++)
		say_line(line, MSG_DIAL, id);
	for (;;) {
		fd = hear_on(line, 0);
		id = heard.id;
		if (fd != -1)
			close(fd);
		say_line(line, MSG_DIAL, id);
	}
}

void
dial_cancel(void)
{
	int line = line_open();
	uint32_t id;

	for (id = 1;; id = id % DIALS_MAX + 1) {
		say_line(line, MSG_DIAL, id);
		say_line(line, MSG_DIAL_CANCEL, id);
	}
}

/*
 * Each dial begins, and is not wanted any more: in between there is a turn of
 * diald's, and so many messages that say nothing.
 */
#define A_TURN 16
#define FICKLE_AT_ONCE 64

void
dial_fickle(void)
{
	int fd, line = line_open();
	unsigned int i, under_way = 0;
	uint32_t id;

	for (id = 1;; id = id % FICKLE_AT_ONCE + 1) {
		while (id == 1 && under_way > 0) {
			if ((fd = hear_on(line, 0)) != -1)
				close(fd);
			under_way--;
		}
		say_line(line, MSG_DIAL, id);
		for (i = 1; i < A_TURN; i++)
			say_line(line, MSG_DIAL_CANCEL, DIALS_MAX);
		say_line(line, MSG_DIAL_CANCEL, id);
		under_way++;
	}
}

void
dial_twice(void)
{
	int line = line_open();

	for (;;)
		say_line(line, MSG_DIAL, 1);
}

/* Of any type, from a line that is made new again and again. */
void
dial_garbage(void)
{
	int line = line_open();
	uint32_t n;

	for (n = 1;; n++)
		say_line(line, (enum msg_type)(1 + below(MSG_MAX - 1)), n);
}

/* Wants another one, again and again, and keeps them all. */
void
dial_lines(void)
{
	struct packet p = { .type = MSG_RELAY_DIALER_BAD };

	say_ready();
	for (;;) {
		(void)wait_for(MSG_RELAY_DIALER);
		p.id = heard.id;
		(void)say_on(CHAN_FD, &p, HEADER + msg_size(p.type), -1, 0);
	}
}

/* Says of diald that it is no good, and leaves that to the next one, too. */
void
accuse(void)
{
	struct packet p = { .type = MSG_RELAY_DIALER_BAD };

	(void)line_open();
	p.id = heard.id;
	(void)say_on(CHAN_FD, &p, HEADER + msg_size(p.type), -1, 0);
	(void)poll(NULL, 0, 50); /* until it has been heard */
	exit(1);
}

/* As a filter would not let it: others' port is the kernel's to keep. */
void
listener_down(void)
{
	int listener;

	say_ready();
	listener = wait_for(MSG_RELAY_ASSIGN);
	shutdown(listener, SHUT_RDWR);
	exit(1);
}

/* ---- diald: all lines */

#define LINES_MAX 64
static struct pollfd lines[LINES_MAX + 1];
static uint32_t numbers[LINES_MAX + 1];
static nfds_t nlines = 1;

/* ctld is the first. */
static void
lines_wait(int timeout)
{
	nfds_t i;
	int fd;

	lines[0].fd = CHAN_FD;
	for (i = 0; i < nlines; i++)
		lines[i].events = POLLIN;
	if (poll(lines, nlines, timeout) < 1 || lines[0].revents == 0)
		return;
	fd = hear_on(CHAN_FD, 0);
	if (heard.type == MSG_DIAL_POLICY && nlines <= LINES_MAX) {
		lines[nlines].fd = fd;
		numbers[nlines] = heard.id;
		lines[nlines++].revents = 0;
	} else if (fd != -1) {
		close(fd);
	}
}

/* Answers that nobody has asked for. */
void
answer_garbage(void)
{
	struct packet p = { .type = MSG_DIALED };
	nfds_t i;

	say_ready();
	for (;;) {
		lines_wait(1);
		for (i = 1; i < nlines; i++) {
			p.type = (uint32_t)below(MSG_MAX + 2);
			p.id = (uint32_t)below(4);
			(void)say_on(lines[i].fd, &p,
			    HEADER + msg_size((enum msg_type)p.type) - below(2),
			    -1, MSG_DONTWAIT);
		}
	}
}

/* Takes lines, and hears nothing of what is said on them. */
void
answer_never(void)
{
	say_ready();
	for (;;)
		lines_wait(-1);
}

/* What a diald has, or can get, and is no connection; or a blocking one. */
static int
odd_descriptor(int line)
{
	static unsigned int n;
	int fds[2];

	switch (n++ % 8) {
	case 0:
		return line;
	case 1:
		return CHAN_FD;
	case 2:
		return open("/dev/null", O_RDWR);
	case 3:
		return epoll_create1(0);
	case 4:
		return socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	case 5:
		return socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	case 6:
		return pipe2(fds, O_NONBLOCK) == 0 ? fds[0] : -1;
	default:
		return pipe2(fds, O_NONBLOCK) == 0 ? fds[1] : -1;
	}
}

/* Each dial is answered at once, with something that is no upstream. */
void
answer_odd(void)
{
	struct packet p = { .type = MSG_DIALED };
	nfds_t i;

	say_ready();
	for (;;) {
		lines_wait(-1);
		for (i = 1; i < nlines; i++) {
			if ((lines[i].revents & POLLIN) == 0)
				continue;
			(void)hear_on(lines[i].fd, MSG_DONTWAIT);
			p.id = heard.id;
			if (heard.type == MSG_DIAL)
				(void)say_on(lines[i].fd, &p,
				    HEADER + msg_size(MSG_DIALED),
				    odd_descriptor(lines[i].fd), 0);
		}
	}
}

/* Says of all workers that they are no good. */
void
blame_all(void)
{
	nfds_t i = 1;

	say_ready();
	for (;;) {
		lines_wait(1);
		for (; i < nlines; i++)
			say_zeros(MSG_DIAL_OFFENDER, numbers[i]);
	}
}

/* Says of each resolvd that it is no good. */
void
denounce(void)
{
	say_ready();
	for (;;) {
		(void)wait_for(MSG_DIAL_RESOLVER);
		say_zeros(MSG_DIAL_RESOLVER_BAD, heard.id);
	}
}

/* Asks for a name that is found at once, as fast as it can. */
void
flood_lookups(void)
{
	struct lookup_request name = { .npolicies = 1,
		.endpoint = { .text = "localhost:1",
		    .host = "localhost",
		    .service = "1" } };
	struct packet p = { .type = MSG_LOOKUP, .id = 1 };
	int line;

	memcpy(p.payload, &name, sizeof(name));
	say_ready();
	line = wait_for(MSG_DIAL_RESOLVER);
	for (;; p.id = p.id % DIALS_MAX + 1) {
		(void)say_on(
		    line, &p, HEADER + msg_size(MSG_LOOKUP), -1, MSG_DONTWAIT);
		(void)hear_on(line, MSG_DONTWAIT);
		if (p.id % 64 == 0)
			stay_alive();
	}
}

/* Every dial is poison. */
static void
die_within(unsigned int us)
{
	nfds_t i;

	say_ready();
	for (;;) {
		lines_wait(-1);
		for (i = 1; i < nlines; i++) {
			if ((lines[i].revents & POLLIN) == 0)
				continue;
			usleep(us);
			abort();
		}
	}
}

void
die_of_dials(void)
{
	die_within(0);
}

/* As on a machine that has much else to do. */
void
die_late_of_dials(void)
{
	die_within(150000);
}

/* ---- resolvd: its line to diald */

/* On each, at once, what is no answer to anything. */
void
answer_nobody(void)
{
	struct packet p = { .type = MSG_LOOKED_UP, .id = 1 };
	int line;

	say_ready();
	for (;;) {
		line = wait_for(MSG_RESOLVER_CLIENT);
		(void)say_on(line, &p, HEADER + msg_size(MSG_LOOKED_UP), -1,
		    MSG_DONTWAIT);
	}
}

/* Whatever diald asks for is on this host, at 127.0.0.1. */
static void
answer_here(int line)
{
	struct packet p = { .type = MSG_LOOKED_UP };
	struct lookup_result here = { .n = 1 };
	struct lookup_request asked;

	(void)hear_on(line, 0);
	if (heard.type != MSG_LOOKUP)
		return;
	memcpy(&asked, heard.payload, sizeof(asked));
	here.addresses[0] = (struct address){ .family = 4,
		.port = (uint16_t)strtoul(asked.endpoint.service, NULL, 10),
		.ip = { 127, 0, 0, 1 } };
	p.id = heard.id;
	memcpy(p.payload, &here, sizeof(here));
	(void)say_on(line, &p, HEADER + sizeof(here), -1, 0);
}

void
look_up_here(void)
{
	struct pollfd fds[2] = { { .fd = CHAN_FD, .events = POLLIN },
		{ .fd = -1, .events = POLLIN } };
	int fd;

	say_ready();
	while (poll(fds, 2, -1) > 0) {
		if ((fds[1].revents & POLLIN) != 0)
			answer_here(fds[1].fd);
		if (fds[0].revents == 0)
			continue;
		fd = hear_on(CHAN_FD, 0);
		if (heard.type == MSG_RESOLVER_CLIENT)
			fds[1].fd = fd;
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * A child that has been taken over.  A test puts it in the place of apid,
 * relayd, diald, resolvd or stored, the true program beside it as NAME.honest,
 * and says in the file "mode" there what it does: "honest" is to be the true
 * one.
 */

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agreed.h"
#include "hostile.h"
#include "nitems.h"
#include "random.h"
#include "sent.h"

static struct random random_state;
static int has_proxy; /* a worker, which is one for good then */

size_t
below(size_t n)
{
	return (size_t)random_below(&random_state, (int64_t)n);
}

/* ---- what it says: raw, so that nothing is put right */

int
say_on(int to, const struct packet *p, size_t size, int fd, int flags)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	struct iovec iov = { (void *)(uintptr_t)p, size };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd != -1) {
		mh.msg_control = &control;
		mh.msg_controllen = sizeof(control);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	}
	return sent(to, &mh, flags) == -1 ? -1 : 0;
}

void
say(const struct packet *p, size_t size, int fd, int flags)
{
	if (say_on(CHAN_FD, p, size, fd, flags) == -1 && flags == 0)
		exit(1);
}

/* All zeros: what most types take. */
void
say_zeros(enum msg_type type, uint32_t id)
{
	struct packet p = { .type = type, .id = id };

	say(&p, HEADER + msg_size(type), -1, 0);
}

void
say_ready(void)
{
	struct packet p = { .type = MSG_READY };
	struct ready ready = { .version = MSG_VERSION };

	memcpy(p.payload, &ready, sizeof(ready));
	say(&p, HEADER + sizeof(ready), -1, 0);
}

static void
say_update(uint32_t id)
{
	struct packet p = { .type = MSG_PROXY_UPDATE, .id = id };
	struct proxy_update update = { .key = { .name = "bad" },
		.has_listen = 1 };

	snprintf(update.listen.text, sizeof(update.listen.text), "nowhere:1");
	snprintf(update.listen.host, sizeof(update.listen.host), "nowhere");
	snprintf(update.listen.service, sizeof(update.listen.service), "1");
	memcpy(p.payload, &update, sizeof(update));
	say(&p, HEADER + sizeof(update), -1, 0);
}

/* ---- modes */

void
forever(void)
{
	for (;;)
		pause();
}

static void
silent(void)
{
	forever();
}

/* A sign of life in place of the hand-shake. */
static void
pong_first(void)
{
	say_zeros(MSG_PONG, 0);
	forever();
}

static void
mute(void)
{
	say_ready();
	forever();
}

static void
leave(void)
{
	say_ready();
	exit(0);
}

static void
hang_up(void)
{
	say_ready();
	close(CHAN_FD);
	forever();
}

static void
stop(void)
{
	say_ready();
	raise(SIGSTOP);
	forever();
}

/* Descriptors with packets that are none. */
static void
empty(void)
{
	struct packet p = { .type = 0 };
	int i;

	say_ready();
	for (i = 0; i < 200; i++)
		say(&p, 0, CHAN_FD, MSG_DONTWAIT);
	forever();
}

/* Descriptors with messages that have none. */
static void
descriptors(void)
{
	struct packet p = { .type = MSG_PONG };
	int i;

	say_ready();
	for (i = 0; i < 200; i++)
		say(&p, HEADER + msg_size(MSG_PONG), CHAN_FD, MSG_DONTWAIT);
	forever();
}

/* As apid: its line to ctld is a client, it says. */
static void
give_back(void)
{
	struct packet p = { .type = MSG_API_CLIENT };

	say_ready();
	say(&p, HEADER + msg_size(MSG_API_CLIENT), CHAN_FD, 0);
	forever();
}

/* As long as it says that it is, so that nothing but the rest is wrong. */
static size_t
length_of(const struct packet *p)
{
	size_t size = msg_size((enum msg_type)p->type);
	size_t length = msg_length((enum msg_type)p->type, p->payload);

	return length < size ? length : size;
}

static void
noise(void)
{
	struct packet p;
	size_t i, size;

	if (below(2))
		say_ready();
	for (;;) {
		p.type = (uint32_t)below(MSG_MAX + 2);
		p.id = (uint32_t)below(8);
		size = msg_size((enum msg_type)p.type);
		memset(p.payload, below(2) ? 0 : (int)below(256), size);
		for (i = below(8); i > 0 && size > 0; i--)
			p.payload[below(size)] = (uint8_t)below(256);
		say(&p, HEADER + length_of(&p) - below(2), -1, 0);
	}
}

/* What it hears is sent back, as it is or nearly so. */
static void
echo(void)
{
	struct packet p;
	ssize_t n;

	say_ready();
	for (;;) {
		if ((n = recv(CHAN_FD, &p, sizeof(p), 0)) <= (ssize_t)HEADER)
			exit(1);
		if (below(2))
			p.type = (uint32_t)below(MSG_MAX);
		if (below(2))
			p.payload[below((size_t)n - HEADER)] ^=
			    (uint8_t)(1U << below(8));
		say(&p, HEADER + length_of(&p), -1, 0);
	}
}

/* As a worker whose proxy has no toxics, and that has counted nothing. */
static void
say_here(uint32_t epoch)
{
	struct packet p = { .type = MSG_RELAY_HERE, .id = epoch };
	struct relay_here here = { .state = RELAY_RUNNING };

	memcpy(p.payload, &here, sizeof(here));
	say(&p, HEADER + sizeof(here), -1, 0);
}

void
hear(void)
{
	struct packet p;

	while (recv(CHAN_FD, &p, sizeof(p), MSG_DONTWAIT) > 0) {
		if (p.type == MSG_PING)
			say_zeros(MSG_PONG, p.id);
		if (p.type == MSG_HELLO && has_proxy)
			say_here(p.id);
	}
}

void
serve(void)
{
	struct packet p = { .type = MSG_NONE };

	say_ready();
	while (p.type != MSG_API_LISTENER) {
		if (recv(CHAN_FD, &p, sizeof(p), 0) <= 0)
			exit(1);
	}
	say_zeros(MSG_API_SERVES, 0);
}

/* Well-formed, in its place, and too much of it. */
static void
flood(enum msg_type type)
{
	uint32_t id;

	if (type == MSG_PROXY_UPDATE)
		serve();
	else
		say_ready();
	for (id = 1;; id++) {
		if (type == MSG_PROXY_UPDATE)
			say_update(id);
		else
			say_zeros(type, id);
		if (id % 64 == 0)
			hear();
	}
}

/* An apid whose requests are not in order. */
static void
skip_ids(void)
{
	serve();
	say_update(2);
	forever();
}

static void
flood_requests(void)
{
	flood(MSG_PROXY_UPDATE);
}

static void
flood_looked_up(void)
{
	flood(MSG_LOOKED_UP);
}

/* Asks on, and reads nothing at all. */
static void
unread_requests(void)
{
	uint32_t id;

	serve();
	for (id = 1;; id++)
		say_update(id);
}

/* A spare has nothing to count: only who has a proxy. */
static void
flood_counters(void)
{
	struct packet p = { .type = MSG_NONE };
	uint64_t n = 0;

	say_ready();
	while (p.type != MSG_RELAY_START) {
		if (recv(CHAN_FD, &p, sizeof(p), 0) <= 0)
			exit(1);
		if (p.type == MSG_PING)
			say_zeros(MSG_PONG, p.id);
	}
	has_proxy = 1;
	for (;;) {
		p.type = MSG_RELAY_COUNTERS;
		p.id = 0;
		memset(p.payload, 0, sizeof(p.payload));
		memcpy(p.payload, &n, sizeof(n)); /* received */
		say(&p, HEADER + msg_size(MSG_RELAY_COUNTERS), -1, 0);
		if (++n % 64 == 0)
			hear();
	}
}

/* It lives, and does nothing. */
static void
idle(void)
{
	static const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

	say_ready();
	for (;;) {
		hear();
		nanosleep(&pause, NULL);
	}
}

/* ---- a stored that keeps nothing, says that it does, and dies of something */

static void
say_stored(uint32_t id)
{
	struct packet p = { .type = MSG_STORED, .id = id };
	struct store_result result = { .is_populated = 1 };

	memcpy(p.payload, &result, sizeof(result));
	say(&p, HEADER + sizeof(result), -1, 0);
}

static int
is_poison(const struct packet *p)
{
	struct store_proxy proxy;

	memcpy(&proxy, p->payload, sizeof(proxy));
	return strcmp(proxy.key.name, "poison") == 0;
}

static void
keep_nothing(int dies_of_changes)
{
	int is_whole_truth = 0;
	struct packet p;

	say_ready();
	while (recv(CHAN_FD, &p, sizeof(p), 0) > 0) {
		if (p.type == MSG_PING)
			say_zeros(MSG_PONG, p.id);
		is_whole_truth |= p.type == MSG_STORE_CLEAR;
		if (p.type == MSG_STORE_PROXY && is_poison(&p))
			exit(1);
		if (p.type != MSG_STORE_COMMIT && p.type != MSG_STORE_LOAD)
			continue;
		if (dies_of_changes && !is_whole_truth)
			exit(1);
		is_whole_truth = 0;
		say_stored(p.id);
	}
	exit(1);
}

static void
die_of_changes(void)
{
	keep_nothing(1);
}

static void
die_of_poison(void)
{
	keep_nothing(0);
}

static const struct mode {
	const char *name;
	void (*run)(void);
} modes[] = {
	{ "silent", silent },
	{ "pong-first", pong_first },
	{ "mute", mute },
	{ "leave", leave },
	{ "hang-up", hang_up },
	{ "stop", stop },
	{ "empty", empty },
	{ "descriptors", descriptors },
	{ "give-back", give_back },
	{ "noise", noise },
	{ "echo", echo },
	{ "idle", idle },
	{ "die-of-changes", die_of_changes },
	{ "die-of-poison", die_of_poison },
	{ "skip-ids", skip_ids },
	{ "flood-requests", flood_requests },
	{ "flood-counters", flood_counters },
	{ "flood-documents", flood_documents },
	{ "unread-requests", unread_requests },
	{ "flood-looked-up", flood_looked_up },
	{ "act-for-others", act_for_others },
	{ "page-without-end", page_without_end },
	{ "page-unasked", page_unasked },
	{ "flood-ended", flood_ended },
	{ "ended-by-ctld", ended_by_ctld },
	LINE_MODES,
	LOG_MODES,
};

int
main(int argc, char *argv[])
{
	char name[32];
	size_t i;

	(void)argc;
	mode_read(name, sizeof(name));
	if (strcmp(name, "honest") == 0)
		mode_honest(argv);
	lies_run(name, argv);
	(void)fcntl(CHAN_FD, F_SETFL, 0); /* it may wait */
	random_seed(
	    &random_state, (uint64_t)time(NULL), name, (uint64_t)getpid());
	for (i = 0; i < nitems(modes); i++) {
		if (strcmp(modes[i].name, name) == 0)
			modes[i].run();
	}
	return 2;
}

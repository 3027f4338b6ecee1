/* SPDX-License-Identifier: ISC */
/* connect: short connections, each with one small message and its echo. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "load.h"
#include "net.h"
#include "nitems.h"
#include "run.h"
#include "stats.h"

#define MESSAGE_SIZE 64
#define EVENTS 256
/* What is not through by then has failed. */
#define PATIENCE (2 * NS_PER_S)

/* One connection after another. */
struct slot {
	int fd;
	int has_sent;
	size_t got; /* of the echo */
	int64_t began;
};

static int64_t nslots, nsources;

static struct slot *slots;
static int poller;
static struct samples samples;
static int64_t total_connections, errors;
static size_t nbusy;
static unsigned int source;
static int last_error;

/*
 * An address has some 28,000 ports, and each of them rests a while after its
 * use: take the addresses in turn.
 */
static unsigned int
next_source(void)
{
	source = source % (unsigned int)nsources + 1;
	return source;
}

static void
slot_end(struct slot *s, int error)
{
	close(s->fd);
	s->fd = -1;
	nbusy--;
	if (error == 0)
		return;
	last_error = error;
	errors++;
}

/* 1: gone; 0: not yet connected; -1: failed. */
static int
slot_send(struct slot *s)
{
	static const char message[MESSAGE_SIZE];

	if (send(s->fd, message, sizeof(message), MSG_NOSIGNAL) == MESSAGE_SIZE)
		return s->has_sent = 1;
	return errno == EAGAIN ? 0 : -1;
}

/* On the loopback it is often connected before connect(2) comes back. */
static void
slot_begin(struct slot *s)
{
	const struct endpoint *to = &common.connect.at[0];

	s->began = clock_now();
	s->has_sent = 0;
	s->got = 0;
	s->fd = net_socket(to, next_source(), SOCK_NONBLOCK);
	nbusy++;
	if ((connect(s->fd, &to->addr.sa, to->len) == -1 &&
		errno != EINPROGRESS) ||
	    slot_send(s) == -1) {
		slot_end(s, errno);
		return;
	}
	poller_add(poller, s->fd, s->has_sent ? EPOLLIN : EPOLLOUT,
	    (uint64_t)(s - slots));
}

static void
slot_done(struct slot *s)
{
	int64_t now = clock_now();

	slot_end(s, 0);
	total_connections++;
	if (run_measures(now))
		samples_add(&samples, now - s->began);
}

static void
slot_receive(struct slot *s)
{
	char reply[MESSAGE_SIZE];
	ssize_t n;

	n = recv(s->fd, reply, sizeof(reply) - s->got, 0);
	if (n == -1 && errno == EAGAIN)
		return;
	if (n <= 0) {
		slot_end(s, n == 0 ? ECONNRESET : errno);
		return;
	}
	s->got += (size_t)n;
	if (s->got == sizeof(reply))
		slot_done(s);
}

static void
slot_ready(struct slot *s)
{
	if (s->has_sent)
		slot_receive(s);
	else if (slot_send(s) == -1)
		slot_end(s, errno);
	else if (s->has_sent)
		poller_change(poller, s->fd, EPOLLIN, (uint64_t)(s - slots));
}

static void
begin_all(void)
{
	int64_t i;

	for (i = 0; i < nslots; i++) {
		if (slots[i].fd == -1)
			slot_begin(&slots[i]);
	}
}

/* At the end of the run. */
static int
is_over(int64_t now)
{
	if (nbusy > 0 && now < run->to + PATIENCE)
		return 0;
	if (nbusy > 0)
		last_error = ETIMEDOUT;
	errors += (int64_t)nbusy;
	return 1;
}

/* A slot that fails at once has no event: it is tried again at the next. */
static void
measure(void)
{
	struct epoll_event events[EVENTS];
	int64_t now;
	int nready, i;

	while ((now = clock_now()) < run->to || !is_over(now)) {
		if (now < run->to)
			begin_all();
		nready = epoll_wait(poller, events, EVENTS, 1);
		for (i = 0; i < nready; i++)
			slot_ready(&slots[events[i].data.u64]);
	}
}

static void
report(void)
{
	if (samples.n == 0 && errors > 0)
		failx("%d errors and no success; the last: %s", (int)errors,
		    strerror(last_error));
	if (samples.n == 0)
		failx("not a connection in %.1f s", common.seconds);
	json_open("connect");
	json_real("per_s", (double)samples.n / common.seconds);
	json_us("p50_us", &samples, 0.5);
	json_us("p99_us", &samples, 0.99);
	json_count("errors", errors);
	json_count("total_connections", total_connections);
	json_close();
}

static void
run_connect(void)
{
	int64_t i;

	if ((slots = calloc((size_t)nslots, sizeof(*slots))) == NULL)
		fail("calloc");
	for (i = 0; i < nslots; i++)
		slots[i].fd = -1;
	run_echo();
	poller = poller_open();
	run_watch(common.warmup + common.seconds + GRACE_S, "measuring");
	run_begin();
	measure();
	run_end();
	report();
}

static const struct option options[] = {
	{ "parallel", OPTION_COUNT, &nslots, "32", .min = 1, .max = 4096,
	    .help = "connections at a time" },
	{ "sources", OPTION_COUNT, &nsources, "16", .min = 1, .max = 254,
	    .help = "clients are 127.0.0.1 up to 127.0.0.N, in turn" },
};

const struct mode mode_connect = {
	.name = "connect",
	.help = "connections per second, with one message each",
	.has = HAS_SERVER | HAS_TIME,
	.options = options,
	.noptions = nitems(options),
	.run = run_connect,
};

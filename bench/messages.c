/* SPDX-License-Identifier: ISC */
/*
 * messages, rtt: each connection has one request under way at any time, and
 * sends the next when the echo of the last has come.
 */

#include <stdlib.h>
#include <sys/epoll.h>

#include "clock.h"
#include "load.h"
#include "net.h"
#include "nitems.h"
#include "run.h"
#include "stats.h"

#define SIZE_LIMIT 65536
#define EVENTS 256

struct asker {
	int fd;
	size_t got; /* of the echo */
	int64_t sent_at;
};

static int64_t naskers, size;

static struct asker *askers;
static struct samples samples;
static int64_t total_messages;
static size_t nwaiting;
static uint8_t request[SIZE_LIMIT], reply[SIZE_LIMIT];

static int
askers_open(void)
{
	int poller = poller_open();
	int64_t i;

	if ((askers = calloc((size_t)naskers, sizeof(*askers))) == NULL)
		fail("calloc");
	for (i = 0; i < naskers; i++) {
		askers[i].fd = net_connect(&common.connect.at[0], 0);
		poller_add(poller, askers[i].fd, EPOLLIN, (uint64_t)i);
	}
	run_await(&run->accepted, naskers, "accepted by the server");
	return poller;
}

/* It may block: a message is less than what sockets hold. */
static void
ask(struct asker *a)
{
	a->got = 0;
	a->sent_at = clock_now();
	net_send_all(a->fd, request, (size_t)size);
}

static void
hear(struct asker *a)
{
	ssize_t n;
	int64_t now;

	n = net_recv_some(a->fd, reply, (size_t)size - a->got);
	if (n == -1)
		failx("a connection has been closed");
	a->got += (size_t)n;
	if (a->got < (size_t)size)
		return;
	now = clock_now();
	total_messages++;
	if (run_measures(now))
		samples_add(&samples, now - a->sent_at);
	if (now < run->to)
		ask(a);
	else
		nwaiting--;
}

static void
converse(int poller)
{
	struct epoll_event events[EVENTS];
	int64_t k;
	int nready, i;

	nwaiting = (size_t)naskers;
	for (k = 0; k < naskers; k++)
		ask(&askers[k]);
	while (nwaiting > 0) {
		nready = epoll_wait(poller, events, EVENTS, -1);
		for (i = 0; i < nready; i++)
			hear(&askers[events[i].data.u64]);
	}
}

static void
measure(void)
{
	int poller;

	run_echo();
	run_watch(2 * GRACE_S, "connecting");
	poller = askers_open();
	run_watch(common.warmup + common.seconds + GRACE_S, "measuring");
	run_begin();
	converse(poller);
	run_end();
	if (samples.n == 0)
		failx("not a reply has come in %.1f s", common.seconds);
}

static void
report(const char *mode)
{
	json_open(mode);
	json_real("per_s", (double)samples.n / common.seconds);
	json_us("p50_us", &samples, 0.5);
	json_us("p99_us", &samples, 0.99);
}

static void
messages(void)
{
	measure();
	report("messages");
	json_count("total_messages", total_messages);
	json_close();
}

static void
rtt(void)
{
	measure();
	report("rtt");
	json_us("p999_us", &samples, 0.999);
	json_count("total_messages", total_messages);
	json_close();
}

static const struct option messages_options[] = {
	{ "connections", OPTION_COUNT, &naskers, "64", .min = 1, .max = 15000,
	    .help = "connections" },
	{ "size", OPTION_COUNT, &size, "64", .min = 1, .max = SIZE_LIMIT,
	    .help = "bytes of a message" },
};

static const struct option rtt_options[] = {
	{ "connections", OPTION_COUNT, &naskers, "1", .min = 1, .max = 15000,
	    .help = "connections" },
	{ "size", OPTION_COUNT, &size, "64", .min = 1, .max = SIZE_LIMIT,
	    .help = "bytes of a message" },
};

const struct mode mode_messages = {
	.name = "messages",
	.help = "requests and their echoes, on many connections",
	.has = HAS_SERVER | HAS_TIME,
	.options = messages_options,
	.noptions = nitems(messages_options),
	.run = messages,
};

const struct mode mode_rtt = {
	.name = "rtt",
	.help = "the same on one connection",
	.has = HAS_SERVER | HAS_TIME,
	.options = rtt_options,
	.noptions = nitems(rtt_options),
	.run = rtt,
};

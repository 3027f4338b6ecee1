/* SPDX-License-Identifier: ISC */
/* rate: how even a stream is that is held to a rate. */

#include <poll.h>
#include <stdlib.h>

#include "clock.h"
#include "load.h"
#include "net.h"
#include "nitems.h"
#include "run.h"
#include "stats.h"

#define BUFFER_SIZE ((size_t)256 * 1024)
#define POLL_MS 20

struct arrivals {
	struct arrival {
		int64_t at;
		int64_t bytes;
	} * list;
	size_t n, max;
};

static enum direction direction;
static double nominal; /* KB/s */

static uint8_t buffer[BUFFER_SIZE];
static struct arrivals window;
static int64_t first_at, total_bytes;

static void
wait_for(int fd, short what)
{
	struct pollfd pfd = { .fd = fd, .events = what };

	poll(&pfd, 1, POLL_MS);
}

/* The receiver ends it: what is in between may be more than it waits for. */
static void
rate_send(const int *fds, size_t n)
{
	(void)n;
	while (!run->done) {
		if (net_send_some(fds[0], buffer, sizeof(buffer)) == 0)
			wait_for(fds[0], POLLOUT);
	}
}

static void
arrivals_add(struct arrivals *a, int64_t at, int64_t bytes)
{
	if (a->n == a->max) {
		a->max = a->max == 0 ? 65536 : 2 * a->max;
		a->list = reallocarray(a->list, a->max, sizeof(*a->list));
		if (a->list == NULL)
			fail("arrivals");
	}
	a->list[a->n].at = at;
	a->list[a->n++].bytes = bytes;
}

static void
arrived(int64_t now, ssize_t n)
{
	if (total_bytes == 0)
		first_at = now;
	total_bytes += n;
	if (now >= run->from)
		arrivals_add(&window, now, n);
}

/* The window is as long as asked for from its first arrival on. */
static int64_t
window_end(void)
{
	int64_t begin = window.n > 0 ? window.list[0].at : run->from;

	return begin + (run->to - run->from);
}

static void
collect(int fd)
{
	ssize_t n;

	while (clock_now() < window_end()) {
		n = net_recv_some(fd, buffer, sizeof(buffer));
		if (n == -1)
			failx("the stream has ended");
		if (n > 0)
			arrived(clock_now(), n);
		else
			wait_for(fd, POLLIN);
	}
}

/* Most bytes in any span of so many ns, its two ends belonging to it. */
static int64_t
most_in(int64_t span)
{
	const struct arrival *first = window.list, *a;
	int64_t sum = 0, most = 0;

	for (a = window.list; a < window.list + window.n; a++) {
		sum += a->bytes;
		for (; a->at - first->at > span; first++)
			sum -= first->bytes;
		most = sum > most ? sum : most;
	}
	return most;
}

static int64_t
largest_gap(void)
{
	int64_t gap, largest = 0;
	size_t i;

	for (i = 1; i < window.n; i++) {
		gap = window.list[i].at - window.list[i - 1].at;
		largest = gap > largest ? gap : largest;
	}
	return largest;
}

/*
 * Between the first arrival and the last: whole bursts only, and the first of
 * them was earned before.
 */
static double
kb_per_s(void)
{
	int64_t bytes = 0, time;
	size_t i;

	for (i = 1; i < window.n; i++)
		bytes += window.list[i].bytes;
	time = window.list[window.n - 1].at - window.list[0].at;
	return (double)bytes / 1000 / ((double)time / (double)NS_PER_S);
}

static void
report(void)
{
	double per_ms = nominal; /* KB/s is bytes/ms */
	double kb_s;
	int64_t most;

	if (window.n < 2)
		failx("nothing has arrived in %.1f s", common.seconds);
	kb_s = kb_per_s();
	most = most_in(10 * NS_PER_MS);
	json_open("rate");
	json_real("kb_s", kb_s);
	json_real("error_percent", (kb_s / nominal - 1) * 100);
	json_real("max_10ms_ratio", (double)most / (10 * per_ms));
	json_count("max_10ms_bytes", most);
	json_real("max_100ms_ratio",
	    (double)most_in(100 * NS_PER_MS) / (100 * per_ms));
	json_real("largest_gap_ms", (double)largest_gap() / NS_PER_MS);
	json_real("first_byte_ms", (double)(first_at - run->start) / NS_PER_MS);
	json_count("total_bytes", total_bytes);
	json_close();
}

static void
rate_receive(const int *fds, size_t n)
{
	(void)n;
	collect(fds[0]);
	run->done = 1;
	report();
}

static void
rate(void)
{
	static const struct one_way way = {
		.send = rate_send,
		.receive = rate_receive,
		.extra_s = GRACE_S, /* to a window's first arrival */
	};

	run_one_way(&way, direction, 1);
}

static const struct option options[] = {
	{ "direction", OPTION_DIRECTION, &direction, "down",
	    .help = "from server to client, or up" },
	{ "nominal", OPTION_REAL, &nominal, "1000", .min = 0.001,
	    .help = "the rate that it should have, KB/s (of 1000 bytes)" },
	{ "seconds", OPTION_REAL, &common.seconds, "5", .min = 0.01,
	    .max = 3600, .help = "how long to measure" },
	{ "skip", OPTION_REAL, &common.warmup, "1", .max = 3600,
	    .help = "seconds before the first byte that counts" },
};

const struct mode mode_rate = {
	.name = "rate",
	.help = "evenness of a limited stream, one way",
	.has = HAS_SERVER,
	.options = options,
	.noptions = nitems(options),
	.run = rate,
};

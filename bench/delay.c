/* SPDX-License-Identifier: ISC */
/*
 * delay: how far the time that a message is under way is from what it should
 * be.  Both ends read the same clock, and a message begins with the time at
 * which it was sent.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>

#include "clock.h"
#include "least.h"
#include "load.h"
#include "net.h"
#include "nitems.h"
#include "run.h"
#include "stats.h"

#define SIZE_LIMIT 65536
#define EVENTS 256

/* A message on its way in. */
struct arrival {
	int fd;
	size_t got;
	int64_t sent_at; /* whole as soon as got is its size */
};

static int64_t nconnections, size;
static enum direction direction;
static double rate, nominal_ms;

static struct arrival *arrivals;
static size_t nopen;
static struct samples errors;
static int64_t total_messages;
static uint8_t buffer[SIZE_LIMIT];

static void
sleep_until(int64_t when)
{
	struct timespec ts = {
		.tv_sec = (time_t)(when / NS_PER_S),
		.tv_nsec = (long)(when % NS_PER_S),
	};

	while (
	    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

/*
 * One who is late sends at once, and what counts is when it did; what would be
 * sent after the end is left out.
 */
static void
delay_send(const int *fds, size_t n)
{
	double every = (double)NS_PER_S / rate;
	int64_t due, now, i;
	size_t k;

	prctl(PR_SET_TIMERSLACK, 1UL);
	for (i = 0;; i++) {
		due = run->start + (int64_t)((double)i * every);
		if (due >= run->to)
			break;
		sleep_until(due);
		if ((now = clock_now()) >= run->to)
			break;
		memcpy(buffer, &now, sizeof(now));
		net_send_all(fds[(size_t)i % n], buffer, (size_t)size);
	}
	for (k = 0; k < n; k++)
		shutdown(fds[k], SHUT_WR);
}

static void
arrival_end(struct arrival *a, int64_t now)
{
	int64_t nominal = (int64_t)(nominal_ms * (double)NS_PER_MS);

	total_messages++;
	if (a->sent_at >= run->from)
		samples_add(&errors, now - a->sent_at - nominal);
	a->got = 0;
}

/* Takes what it can of data; several messages may have come at once. */
static size_t
arrival_take(struct arrival *a, const uint8_t *data, size_t n)
{
	size_t head = sizeof(a->sent_at), part;

	if (a->got >= head) {
		part = least(n, (size_t)size - a->got);
	} else {
		part = least(n, head - a->got);
		memcpy((uint8_t *)&a->sent_at + a->got, data, part);
	}
	a->got += part;
	return part;
}

static void
receive(int poller, struct arrival *a)
{
	int64_t now;
	size_t done;
	ssize_t n;

	n = net_recv_some(a->fd, buffer, sizeof(buffer));
	now = clock_now();
	if (n == -1) {
		epoll_ctl(poller, EPOLL_CTL_DEL, a->fd, NULL);
		nopen--;
		return;
	}
	for (done = 0; done < (size_t)n;) {
		done += arrival_take(a, buffer + done, (size_t)n - done);
		if (a->got == (size_t)size)
			arrival_end(a, now);
	}
}

static void
report(void)
{
	if (errors.n == 0)
		failx("not a message has arrived in %.1f s", common.seconds);
	json_open("delay");
	json_ms("p50_ms", &errors, 0.5);
	json_ms("p90_ms", &errors, 0.9);
	json_ms("p99_ms", &errors, 0.99);
	json_ms("p999_ms", &errors, 0.999);
	json_ms("max_ms", &errors, 1);
	json_ms("min_ms", &errors, 0);
	json_count("n", (int64_t)errors.n);
	json_count("total_messages", total_messages);
	json_close();
}

static void
delay_receive(const int *fds, size_t n)
{
	struct epoll_event events[EVENTS];
	int poller = poller_open(), nready, i;
	size_t k;

	if ((arrivals = calloc(n, sizeof(*arrivals))) == NULL)
		fail("calloc");
	for (k = 0; k < n; k++) {
		arrivals[k].fd = fds[k];
		poller_add(poller, fds[k], EPOLLIN, k);
	}
	for (nopen = n; nopen > 0;) {
		nready = epoll_wait(poller, events, EVENTS, -1);
		for (i = 0; i < nready; i++)
			receive(poller, &arrivals[events[i].data.u64]);
	}
	report();
}

static void
delay(void)
{
	struct one_way way = {
		.send = delay_send,
		.receive = delay_receive,
		.extra_s = nominal_ms / 1000,
	};

	run_one_way(&way, direction, (size_t)nconnections);
}

static const struct option options[] = {
	{ "direction", OPTION_DIRECTION, &direction, "down",
	    .help = "from server to client, or up" },
	{ "rate", OPTION_REAL, &rate, "2000", .min = 0.1, .max = 1e6,
	    .help = "messages per second, on all connections together" },
	{ "size", OPTION_COUNT, &size, "64", .min = sizeof(int64_t),
	    .max = SIZE_LIMIT, .help = "bytes of a message" },
	{ "nominal-ms", OPTION_REAL, &nominal_ms, "0", .max = 3600e3,
	    .help = "the delay that there should be" },
	{ "connections", OPTION_COUNT, &nconnections, "1", .min = 1,
	    .max = 15000, .help = "connections, in turn" },
};

const struct mode mode_delay = {
	.name = "delay",
	.help = "error of a delay, one way",
	.has = HAS_SERVER | HAS_TIME,
	.options = options,
	.noptions = nitems(options),
	.run = delay,
};

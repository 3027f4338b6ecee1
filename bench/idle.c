/* SPDX-License-Identifier: ISC */
/*
 * idle: many connections that do nothing, for someone to look at the relay
 * meanwhile.  They are spread over the given relays and over as many processes
 * as it takes, at either end, for their descriptors.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "load.h"
#include "net.h"
#include "nitems.h"
#include "run.h"
#include "stats.h"

#define MESSAGE_SIZE 64
/* Descriptors of a process that are no connections. */
#define RESERVED ((size_t)16 + ENDPOINTS_MAX)
/* Of one process: more of them are quicker, too. */
#define CONNECTIONS_MAX ((size_t)15000)
/* Half of the ports of an address: the kernel is slow to find the others. */
#define PER_SOURCE 10000
/* Not yet with the server: less than any relay's backlog. */
#define UNDER_WAY_MAX 100

static int64_t nconnections;
static int touch;

static size_t
per_process(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fail("getrlimit");
	if (rl.rlim_cur <= RESERVED)
		failx("no descriptors");
	if (rl.rlim_cur - RESERVED < CONNECTIONS_MAX)
		return rl.rlim_cur - RESERVED;
	return CONNECTIONS_MAX;
}

static size_t
processes(size_t each)
{
	return ((size_t)nconnections + each - 1) / each;
}

static void
pause_shortly(void)
{
	struct timespec ts = { .tv_nsec = 200 * NS_PER_US };

	nanosleep(&ts, NULL);
}

/* All servers listen everywhere; who is full leaves it to the others. */
static void
servers_start(size_t each)
{
	int listeners[ENDPOINTS_MAX];
	size_t n = common.listen.n, i;

	for (i = 0; i < n; i++)
		listeners[i] = net_listen(&common.listen.at[i]);
	for (i = 0; i < processes(each); i++) {
		if (run_fork() == 0)
			echo_serve(listeners, n, each);
	}
	for (i = 0; i < n; i++)
		close(listeners[i]);
}

static int
open_one(int64_t number)
{
	const struct endpoints *to = &common.connect;
	unsigned int source = 0;
	int fd;

	while (run->opened - run->accepted >= UNDER_WAY_MAX)
		pause_shortly();
	if (nconnections > PER_SOURCE)
		source = (unsigned int)(number / PER_SOURCE) + 1;
	fd = net_connect(&to->at[(size_t)number % to->n], source);
	atomic_fetch_add(&run->opened, 1);
	return fd;
}

static void
touch_all(const int *fds, size_t n)
{
	char message[MESSAGE_SIZE] = { 0 };
	size_t i;

	for (i = 0; i < n; i++) {
		net_send_all(fds[i], message, sizeof(message));
		net_recv_all(fds[i], message, sizeof(message));
		atomic_fetch_add(&run->touched, 1);
	}
}

/* Connections first, first + step, ... */
static void __attribute__((__noreturn__)) client(int64_t first, int64_t step)
{
	int64_t i;
	size_t n = 0;
	int *fds;

	fds = calloc((size_t)(nconnections / step + 1), sizeof(*fds));
	if (fds == NULL)
		fail("calloc");
	for (i = first; i < nconnections; i += step)
		fds[n++] = open_one(i);
	while (touch && run->accepted < nconnections)
		pause_shortly();
	if (touch)
		touch_all(fds, n);
	for (;;)
		pause();
}

static void
clients_start(size_t each)
{
	int64_t n = (int64_t)processes(each), i;

	for (i = 0; i < n; i++) {
		if (run_fork() == 0)
			client(i, n);
	}
}

static void
report(double open_s)
{
	json_open("idle");
	json_count("connections", nconnections);
	json_real("open_s", open_s);
	json_count("total_connections", run->accepted);
	json_close();
}

static void
wait_for_end_of_input(void)
{
	char ignored[256];
	ssize_t n;

	do
		n = read(STDIN_FILENO, ignored, sizeof(ignored));
	while (n > 0 || (n == -1 && errno == EINTR));
}

static void
idle(void)
{
	size_t each = per_process();
	int64_t began, opened;

	servers_start(each);
	began = clock_now();
	clients_start(each);
	run_await(&run->accepted, nconnections, "accepted by the server");
	opened = clock_now();
	if (touch)
		run_await(&run->touched, nconnections, "touched");
	report((double)(opened - began) / (double)NS_PER_S);
	wait_for_end_of_input();
	run_end();
}

static const struct option options[] = {
	{ "connections", OPTION_COUNT, &nconnections, "1000", .min = 1,
	    .max = 1000000, .help = "connections to open" },
	{ "touch", OPTION_SWITCH, &touch, NULL,
	    .help = "one message and its echo on each" },
};

const struct mode mode_idle = {
	.name = "idle",
	.help = "connections that stay open until the end of the input",
	.has = HAS_SERVER,
	.options = options,
	.noptions = nitems(options),
	.run = idle,
};

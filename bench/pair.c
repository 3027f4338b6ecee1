/* SPDX-License-Identifier: ISC */
/* Two processes, of which one sends and the other receives; or sends back. */

#include <stdlib.h>
#include <unistd.h>

#include "net.h"
#include "run.h"

static int *
fds_alloc(size_t n)
{
	int *fds;

	if ((fds = calloc(n, sizeof(*fds))) == NULL)
		fail("calloc");
	return fds;
}

/* Nobody leaves, and with it the connections, before the other is through. */
static void
play(const struct one_way *way, int sends, const int *fds, size_t n)
{
	if (sends)
		way->send(fds, n);
	else
		way->receive(fds, n);
	pthread_barrier_wait(&run->barrier);
}

static void __attribute__((__noreturn__))
server(int listener, const struct one_way *way, enum direction d, size_t n)
{
	int *fds = fds_alloc(n);

	net_accept_all(listener, fds, n);
	pthread_barrier_wait(&run->barrier);
	pthread_barrier_wait(&run->barrier);
	play(way, d == DIRECTION_DOWN, fds, n);
	free(fds);
	exit(0);
}

/* The clock starts between the barriers: all are there, nobody has gone. */
static void
client(const struct one_way *way, enum direction d, size_t n)
{
	int *fds = fds_alloc(n);
	size_t i;

	for (i = 0; i < n; i++)
		fds[i] = net_connect(&common.connect.at[0], 0);
	pthread_barrier_wait(&run->barrier);
	run_watch(common.warmup + common.seconds + way->extra_s + GRACE_S,
	    "measuring");
	run_begin();
	pthread_barrier_wait(&run->barrier);
	play(way, d == DIRECTION_UP, fds, n);
	free(fds);
}

void
run_one_way(const struct one_way *way, enum direction d, size_t n)
{
	int listener = net_listen(&common.listen.at[0]);

	if (run_fork() == 0)
		server(listener, way, d, n);
	close(listener);
	run_watch(GRACE_S, "connecting");
	client(way, d, n);
	run_wait();
}

void
run_echo(void)
{
	int listener = net_listen(&common.listen.at[0]);

	if (run_fork() == 0)
		echo_serve(&listener, 1, SIZE_MAX);
	close(listener);
}

/* SPDX-License-Identifier: ISC */
/* apid: the REST API of toxid, which starts it. */

#include <errno.h>
#include <linux/sched/types.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "apid.h"
#include "child.h"
#include "descriptors.h"
#include "documents.h"
#include "filter.h"
#include "kept.h"
#include "log.h"
#include "nitems.h"
#include "refusals.h"
#include "sessions.h"

#define BETWEEN_MAX NS_PER_S

static void
remember(const struct setup *setup)
{
	apid.flags = setup->flags;
	apid.started = setup->started;
	apid.proxies_max = setup->proxies_max;
	apid.api_port = setup->api_port;
}

/* jansson takes a lack of memory for a fault in the text: not its writer's. */
static void *
must_allocate(size_t size)
{
	void *p = malloc(size);

	if (p == NULL)
		fatal("%s", __func__);
	return p;
}

/* What libraries do once, and with files that will be out of reach. */
static void
warm_up(void)
{
	time_t now = time(NULL);
	struct tm tm;

	tzset();
	gmtime_r(&now, &tm);
	json_object_seed(0);
	json_set_alloc_funcs(must_allocate, free);
}

/*
 * A crowd of clients keeps this process busy; workers, who have a little to do
 * now and then, are let run after 0.1 ms of that, not after 3.  Since Linux
 * 6.12; an earlier one does not mind, and whoever forbids it has it as it was.
 */
static void
take_short_turns(void)
{
	struct sched_attr attr = { .size = sizeof(attr),
		.sched_runtime = NS_PER_MS / 10 };

	(void)syscall(SYS_sched_setattr, 0, &attr, 0);
}

static void
open_all(void)
{
	take_short_turns();
	descriptors_raise();
	http_open();
}

enum {
	POLL_CTLD,
	POLL_HTTP,
	POLL_SHAKES,
	POLL_KEPT,
	POLL_LISTENER,
	POLL_SOCKET,
	POLL_MAX
};

static void
wait_for_events(struct pollfd fds[POLL_MAX])
{
	fds[POLL_CTLD].fd = apid.ctld.fd;
	fds[POLL_CTLD].events = POLLIN;
	if (chan_wants_write(&apid.ctld))
		fds[POLL_CTLD].events |= POLLOUT;
	fds[POLL_HTTP].fd = http_poll_fd();
	fds[POLL_HTTP].events = POLLIN;
	fds[POLL_SHAKES].fd = http_shakes_fd();
	fds[POLL_SHAKES].events = POLLIN;
	fds[POLL_KEPT].fd = kept_poll_fd();
	fds[POLL_KEPT].events = POLLIN;
	fds[POLL_LISTENER].fd = http_listener_fd();
	fds[POLL_LISTENER].events = POLLIN;
	fds[POLL_SOCKET].fd = http_socket_fd();
	fds[POLL_SOCKET].events = POLLIN;
	if (poll(fds, POLL_MAX, http_timeout(clock_now())) == -1) {
		if (errno != EINTR)
			fatal("poll");
		memset(fds, 0, POLL_MAX * sizeof(fds[0]));
	}
}

/* The replica is whole, and the file is in it. */
static void
serve(void)
{
	http_serve(apid.listener, apid.socket);
	apid.serves = 1;
	if (chan_send_nothing(&apid.ctld, MSG_API_SERVES, 0) == -1)
		apid.has_ended = 1;
}

static void
give_client(int fd)
{
	static const struct nothing nothing;

	if (chan_send(&apid.ctld, MSG_API_CLIENT, 0, &nothing, fd) == -1)
		apid.has_ended = 1;
}

/*
 * All clients go to the next apid.  An orderly end would shut their connections
 * down for both: so it ends here and now, as soon as all is sent.
 */
static void
hand_over(void)
{
	struct pollfd p = { .fd = apid.ctld.fd, .events = POLLOUT };

	refusals_end();
	clients_give_away(give_client);
	while (!apid.has_ended && chan_wants_write(&apid.ctld)) {
		if (poll(&p, 1, -1) == -1 && errno != EINTR)
			fatal("poll");
		if (chan_flush(&apid.ctld) == -1)
			break;
	}
	_exit(0);
}

/*
 * What is one change is seen whole: no request is looked at in the middle of
 * it, but where ctld does not come to its end.
 */
static void
hear_ctld(void)
{
	const int64_t until = clock_now() + BETWEEN_MAX;
	struct pollfd p = { .fd = apid.ctld.fd, .events = POLLIN };

	ctld_readable();
	while (apid.is_between && !apid.has_ended) {
		if (poll(&p, 1, BETWEEN_MAX / NS_PER_MS) == -1 &&
		    errno != EINTR)
			fatal("poll");
		if (clock_now() >= until)
			apid.is_between = 0;
		ctld_readable();
	}
}

static void
run(void)
{
	struct pollfd fds[POLL_MAX];

	while (!apid.has_ended) {
		wait_for_events(fds);
		if ((fds[POLL_CTLD].revents & POLLOUT) != 0 &&
		    chan_flush(&apid.ctld) == -1)
			apid.has_ended = 1;
		if (fds[POLL_CTLD].revents != 0)
			hear_ctld();
		if (!apid.serves && apid.listener != -1 && !config_is_pending())
			serve();
		if (fds[POLL_LISTENER].revents != 0)
			http_accept(apid.listener);
		if (fds[POLL_SOCKET].revents != 0)
			http_accept(apid.socket);
		exchange_work();
		http_run();
		http_tick(clock_now());
		if (apid.finishes && http_is_quiet() && !desired_is_saying())
			hand_over();
	}
}

int
main(int argc, char *argv[])
{
	struct lockdown lockdown = {
		.listeners = 2,
		.filter = filter,
		.nfilter = nitems(filter),
	};
	struct setup setup;

	(void)argc;
	child_start(&apid.ctld, argv, &setup);
	remember(&setup);
	warm_up();
	child_lock_up(&apid.ctld, &setup, &lockdown, open_all);
	run();
	http_close();
	replica_free();
	chan_close(&apid.ctld);
	return 0;
}

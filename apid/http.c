/* SPDX-License-Identifier: ISC */
/*
 * libmicrohttpd, in the one thread there is: connections are given to it, and
 * it is run when its epoll descriptor says so.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agreed.h"
#include "apid.h"
#include "child.h"
#include "crowds.h"
#include "handshake.h"
#include "kept.h"
#include "log.h"
#include "refusals.h"
#include "sessions.h"
#include "streams.h"
#include "tls.h"
#include "waits.h"

#define TICK_MS 1000
/*
 * libmicrohttpd's own patience, s, behind all of ours: the longest is that with
 * who reads events.  It is the same for all, as each turn it goes through those
 * for whom it is another.
 */
#define PATIENCE_S 360
_Static_assert(PATIENCE_S * 1000 > KEPT_STALLED_MAX, "it is behind ours");
#define LOOK_EVERY (NS_PER_S / 10) /* for what is late */

#define ACCEPT_PAUSE (100 * NS_PER_MS) /* when there is no descriptor */
#define ACCEPTS_MAX 64                 /* in one turn */
#define DESCRIPTORS_RESERVED 16
#define CONNECTION_MEMORY ((size_t)64 * 1024)

static struct MHD_Daemon *mhd;
static unsigned int connections_max;
static int64_t accept_again;
static int listener = -1, socket_fd = -1; /* see http_serve() */

static void
on_panic(void *arg, const char *file, unsigned int line, const char *why)
{
	(void)arg;
	fatalx("libmicrohttpd: %s:%u: %s", file, line,
	    why != NULL ? why : "no reason");
}

static unsigned int
count_descriptors(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("%s", __func__);
	if (rl.rlim_cur < (rlim_t)2 * DESCRIPTORS_RESERVED)
		fatalx("%s: too few descriptors", __func__);
	if (rl.rlim_cur > API_CLIENTS_MAX + DESCRIPTORS_RESERVED)
		return API_CLIENTS_MAX;
	return (unsigned int)rl.rlim_cur - DESCRIPTORS_RESERVED;
}

void
http_open(void)
{
	connections_max = count_descriptors();
	if ((apid.flags & SETUP_TLS) != 0) {
		tls_init();
		handshakes_open();
	}
	kept_open();
	MHD_set_panic_func(on_panic, NULL);
	mhd = MHD_start_daemon(
	    MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME,
	    0, NULL, NULL, exchange_goes_on, NULL, MHD_OPTION_URI_LOG_CALLBACK,
	    exchange_begins, NULL, MHD_OPTION_NOTIFY_COMPLETED, exchange_ends,
	    NULL, MHD_OPTION_NOTIFY_CONNECTION, client_comes_or_goes, NULL,
	    MHD_OPTION_CONNECTION_LIMIT, connections_max,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)PATIENCE_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	if (mhd == NULL)
		fatal("%s", __func__);
	turns_open(http_poll_fd());
}

void
http_serve(int fd, int also)
{
	listener = fd;
	socket_fd = also;
}

void
http_drop_socket(void)
{
	if (socket_fd != -1)
		child_drop_listener(socket_fd);
	socket_fd = -1;
}

/* Who comes now waits in the backlog for the next apid. */
void
http_finish(void)
{
	if (listener != -1)
		child_drop_listener(listener);
	listener = -1;
	handshakes_finish();
	streams_finish();
	waits_finish();
	http_drop_socket();
}

/* TLS is through. */
static void
take_now(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getpeername(fd, (struct sockaddr *)&ss, &len) == -1) {
		close(fd); /* it has gone meanwhile */
		return;
	}
	(void)MHD_add_connection(mhd, fd, (struct sockaddr *)&ss, len);
}

/* libmicrohttpd closes what it does not take. */
static void
take(int fd, int family, const struct sockaddr *from, socklen_t len)
{
	/* who comes by the socket is on this host, and known */
	if (tls_is_on() && family != AF_UNIX)
		handshake_begin(fd, from);
	else
		(void)MHD_add_connection(mhd, fd, from, len);
}

void
http_take(int fd)
{
	struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(ss);

	if (getpeername(fd, (struct sockaddr *)&ss, &len) == -1)
		close(fd);
	else
		take(fd, ss.ss_family, (struct sockaddr *)&ss, len);
}

int
http_poll_fd(void)
{
	return MHD_get_daemon_info(mhd, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int
http_listener_fd(void)
{
	return clock_now() < accept_again ? -1 : listener;
}

int
http_socket_fd(void)
{
	return clock_now() < accept_again ? -1 : socket_fd;
}

static int
accept_one(int from)
{
	struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(ss);
	int fd;

	fd = accept4(
	    from, (struct sockaddr *)&ss, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd != -1) {
		take(fd, ss.ss_family, (struct sockaddr *)&ss, len);
		return 0;
	}
	if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) {
		log_warn("the API pauses to accept");
		accept_again = clock_now() + ACCEPT_PAUSE;
	}
	return -1;
}

static int
has_room(void)
{
	return clients_count() + lingers_count() < connections_max;
}

static void
make_room(void)
{
	if (!linger_end_first())
		clients_make_room(exchange_abandon);
}

/*
 * Who comes when all connections are taken gets in with the next turn.  As long
 * as that leaves others waiting, more room is made at once: a turn may be long,
 * and who waits behind a crowd is not to wait for a turn of each of them.
 */
void
http_accept(int from)
{
	static unsigned int rooms = 1;
	unsigned int n;

	if (from == -1 || (from != listener && from != socket_fd))
		return; /* it has been dropped in this turn */
	if (!has_room()) {
		for (n = 0; n < rooms; n++)
			make_room();
		if (rooms < ACCEPTS_MAX && rooms < connections_max / 2)
			rooms *= 2;
		return;
	}
	for (n = 0; n < ACCEPTS_MAX && has_room(); n++) {
		if (accept_one(from) == -1) {
			rooms = 1;
			break;
		}
	}
}

int
http_shakes_fd(void)
{
	return handshakes_poll_fd();
}

void
http_run(void)
{
	handshakes_run(take_now);
	kept_run();
	streams_run();
	waits_run();
	if (MHD_run(mhd) == MHD_NO)
		fatalx("libmicrohttpd has stopped");
	crowds_end(clock_now());
}

/* -1: never */
static int
sooner(int a, int b)
{
	return a == -1 || (b != -1 && b < a) ? b : a;
}

int
http_timeout(int64_t now)
{
	const int64_t turn = turns_wait(now);
	MHD_UNSIGNED_LONG_LONG ms;
	int timeout = -1,
	    line = sooner(sessions_timeout(now), streams_timeout(now));

	line = sooner(line, waits_timeout(now));
	if (exchange_is_on() == 2 || turn == 0)
		return 0;
	if (exchange_is_on() || clients_shaking() > 0)
		timeout = TICK_MS;
	if (turn != CLOCK_NEVER)
		line = sooner(line, (int)(turn / NS_PER_MS) + 1);
	if (lingers_count() > 0 || tls_unsent() > 0 || refusals_wait())
		timeout = (int)(LOOK_EVERY / NS_PER_MS);
	if (now < accept_again)
		timeout = (int)(ACCEPT_PAUSE / NS_PER_MS);
	if (MHD_get_timeout(mhd, &ms) == MHD_YES &&
	    (timeout == -1 || ms < (MHD_UNSIGNED_LONG_LONG)timeout))
		timeout = ms < TICK_MS ? (int)ms : TICK_MS;
	return sooner(timeout, line);
}

void
http_tick(int64_t now)
{
	static int64_t again;

	sessions_tick(now);
	streams_tick(now);
	waits_tick(now);
	if (now < again)
		return;
	again = now + LOOK_EVERY;
	clients_tick(now);
	lingers_tick(now);
	exchange_tick(now);
	refusals_tick(now);
}

/* Every request has its reply, and it is sent. */
int
http_is_quiet(void)
{
	return exchange_is_on() == 0 && clients_are_quiet();
}

/* It may not be stopped while a request is suspended. */
void
http_close(void)
{
	exchange_abandon(NULL);
	http_run();
	MHD_stop_daemon(mhd);
	http_finish();
}

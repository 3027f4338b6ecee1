/* SPDX-License-Identifier: ISC */
/*
 * Clients come in here.  The descriptor is shared with ctld and toxid, which
 * keep the port open while one worker follows another.
 */

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "connect.h"
#include "log.h"
#include "relayd.h"

/* Clients at one wake-up; the sessions that there are want their turn. */
#define BATCH 32
#define RETRY_AFTER (100 * NS_PER_MS)

static int listen_fd = -1;
static int running;    /* RELAY_START has come */
static int complained; /* once, until it works again */
/* From a black hole on, until the backlog has been found empty. */
static int may_be_deaf = 1;
static struct watch acceptable = { .fd = -1 };

static int
may_accept(void)
{
	const uint8_t mode = connect_now()->mode;

	return mode != CONNECT_REFUSE && mode != CONNECT_BLACKHOLE;
}

/* One that only drains gives way to a new one. */
static int
has_place(void)
{
	return may_accept() && !gate_is_busy() &&
	    (!gate_is_full() || sessions_may_give_way());
}

void
listener_resume(void)
{
	if (running && acceptable.fd == -1 && has_place() &&
	    watch_add(&acceptable, listen_fd, EPOLLIN) == -1)
		fatal("%s", __func__);
}

static void
retry_due(struct deadline *d)
{
	(void)d;
	listener_resume();
}

static struct deadline retry = { .expired = retry_due };

/* Nothing is gained by asking again at once: wait for others to let go. */
static void
pause_accepting(void)
{
	watch_remove(&acceptable);
	deadline_set(&retry, clock_now() + RETRY_AFTER);
}

/* Returns 1 when the next client may be better: accept(2), "Error handling" */
static int
survive(int error)
{
	switch (error) {
	case EAGAIN:
		may_be_deaf = connect_now()->mode == CONNECT_BLACKHOLE;
		return 0;
	case EINVAL: /* it was shut down, perhaps for a moment */
		pause_accepting();
		return 0;
	case EINTR:
	case ECONNABORTED:
	case EPERM: /* a firewall's rule */
	case EPROTO:
		return 1;
	default:
		break;
	}
	if (!complained)
		log_event(LOG_WARN, "Error while accepting client",
		    LOG_STR("error", strerror(error)));
	complained = 1;
	pause_accepting();
	return 0;
}

/* A dual-stack socket shows IPv4 clients as ::ffff:1.2.3.4. */
static void
client_address(struct address *a, const struct sockaddr_storage *ss)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in = { .sin_family = AF_INET };

	if (address_from_sockaddr(a, (const struct sockaddr *)ss) == -1 ||
	    a->family != 6)
		return;
	memcpy(&in6, ss, sizeof(in6));
	if (!IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr))
		return;
	in.sin_port = in6.sin6_port;
	memcpy(&in.sin_addr, &in6.sin6_addr.s6_addr[12], sizeof(in.sin_addr));
	address_from_sockaddr(a, (const struct sockaddr *)&in);
}

/*
 * Somebody whose last packet came when a black hole had begun has a socket that
 * hears as little as the listener did, and would for good.
 */
static int
is_deaf(int fd)
{
	int hops = 0;
	socklen_t len = sizeof(hops);

	return may_be_deaf &&
	    getsockopt(fd, IPPROTO_IP, IP_MINTTL, &hops, &len) == 0 &&
	    hops != 0;
}

/* Before anybody asks what he wants. */
static void
reset(int fd, const struct address *client)
{
	ended_note_several(END_CONNECT_RESET, 1, client);
	reset_on_close(fd);
	close(fd);
}

static void
meet(int fd, const struct address *client)
{
	const struct connect_spec *c = connect_now();
	int64_t due = 0;

	if (c->mode == CONNECT_RESET || is_deaf(fd)) {
		reset(fd, client);
		return;
	}
	if (gate_is_full()) /* has_place() knows of one that drains */
		sessions_give_way();
	if (c->mode == CONNECT_ACCEPT_DELAY)
		due = clock_now() + c->delay * NS_PER_MS;
	gate_admit(fd, client, due);
}

/* 1 when there may be another. */
static int
accept_one(void)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	struct address client;
	int fd;

	fd = accept4(listen_fd, (struct sockaddr *)&ss, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1)
		return survive(errno);
	complained = 0;
	client_address(&client, &ss);
	if (!client_may_connect(&client)) {
		close(fd);
		return 1;
	}
	meet(fd, &client);
	return 1;
}

static void
listener_acceptable(struct watch *w, uint32_t events)
{
	int i;

	(void)w;
	(void)events;
	for (i = 0; i < BATCH; i++) {
		if (!has_place()) {
			watch_remove(&acceptable);
			return;
		}
		if (!accept_one())
			return;
	}
}

void
listener_open(int fd)
{
	listen_fd = fd;
	acceptable.on = listener_acceptable;
}

void
listener_start(void)
{
	running = 1;
	listener_resume();
}

/* Who has come by now. */
void
listener_take_all(void)
{
	int i;

	may_be_deaf = 1;
	for (i = 0; running && i < SOMAXCONN && has_place() && accept_one();
	     i++)
		continue;
}

void
listener_look(void)
{
	may_be_deaf |= connect_now()->mode == CONNECT_BLACKHOLE;
	if (may_accept())
		listener_resume();
	else
		watch_remove(&acceptable);
}

/*
 * Who has come in by now is served, who comes later is refused: ctld, which has
 * the same socket, ends the listening when it is told.  A worker may not: see
 * sandbox.c.
 */
void
listener_drain(void)
{
	listener_take_all();
	listener_close();
}

/* For good: a session that ends makes no room for another. */
void
listener_close(void)
{
	running = 0;
	if (listen_fd == -1)
		return;
	watch_remove(&acceptable);
	deadline_set(&retry, CLOCK_NEVER);
	child_drop_listener(listen_fd);
	listen_fd = -1;
}

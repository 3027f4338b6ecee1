/* SPDX-License-Identifier: ISC */
/*
 * verify: sessions of which every byte is checked, both ways, and the end of
 * either direction as well.  Client and server are one process: each end knows
 * what the other has sent.  What is not as it has to be is an event, a line of
 * JSON each; who reads it may know of a reason.
 *
 * A session begins with a header, so that the server knows which one it is:
 * its number, and a check.  Number 0 is a probe: its header comes back.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <unistd.h>

#include "clock.h"
#include "load.h"
#include "net.h"
#include "nitems.h"
#include "random.h"
#include "run.h"
#include "stats.h"
#include "stream.h"

#define EVENTS 256
/* A number is so often the turn of its slot, and the slot. */
#define SLOTS_MAX 4096
#define SENDS_MAX 4 /* in one turn */

struct header {
	uint64_t number, check;
};

enum kind {
	CLIENT,
	SERVER,
	LISTENER
};

static const char *const kind_names[] = { "client", "server", "listener" };

struct end {
	TAILQ_ENTRY(end) entry;
	struct session *session; /* NULL: not known, or over */
	struct stream out, in;
	struct header header;
	size_t header_len; /* of it, that has been sent or has come */
	size_t proxy;
	enum kind kind;
	int fd;
	uint32_t events;
	int is_watched, is_probe, sent_all, got_all;
	int64_t opened, moved;
	int64_t send_at; /* not before */
};
TAILQ_HEAD(ends, end);

struct session {
	uint64_t number; /* 0: free */
	uint64_t turn;
	struct end *client, *server;
	uint64_t up, down; /* bytes */
};

static int64_t nslots, nendless, nsources, nsessions;
static int64_t bytes_max, chunk_max, pause_ms;
static int64_t random_seed_number;
static double patience;

static struct session *slots;
static struct ends ends = TAILQ_HEAD_INITIALIZER(ends);
static struct ends dead = TAILQ_HEAD_INITIALIZER(dead);
static struct random dice;
static int poller, stopping;
static unsigned int source;
static uint8_t buffer[64 * 1024];
static struct {
	int64_t begun, whole, bytes_up, bytes_down, probes;
	int64_t cut, wrong, stuck, refused;
} totals;

/* ---- ends */

static void
say(const struct end *e, const char *event, const char *why)
{
	printf("{\"event\": \"%s\", \"end\": \"%s\", \"proxy\": %zu, "
	       "\"opened\": %" PRId64 ", \"now\": %" PRId64
	       ", \"got\": %" PRIu64 ", \"sent\": %" PRIu64
	       ", \"why\": \"%s\"}\n",
	    event, kind_names[e->kind], e->proxy, e->opened, clock_now(),
	    e->in.at, e->out.at, why);
	fflush(stdout);
}

static struct end *
end_new(enum kind kind, int fd, size_t proxy)
{
	struct end *e;

	if ((e = calloc(1, sizeof(*e))) == NULL)
		fail("calloc");
	e->kind = kind;
	e->fd = fd;
	e->proxy = proxy;
	e->opened = e->moved = clock_now();
	e->out.total = e->in.total = STREAM_ENDLESS;
	TAILQ_INSERT_TAIL(&ends, e, entry);
	return e;
}

static void
end_watch(struct end *e, uint32_t events)
{
	if (!e->is_watched)
		poller_add(poller, e->fd, events, (uint64_t)(uintptr_t)e);
	else if (e->events != events)
		poller_change(poller, e->fd, events, (uint64_t)(uintptr_t)e);
	e->is_watched = 1;
	e->events = events;
}

/* An event of this turn may still point to it: it is freed after. */
static void
end_close(struct end *e)
{
	struct session *s = e->session;

	close(e->fd);
	e->fd = -1;
	TAILQ_REMOVE(&ends, e, entry);
	TAILQ_INSERT_TAIL(&dead, e, entry);
	if (s == NULL)
		return;
	if (s->client == e)
		s->client = NULL;
	else
		s->server = NULL;
	if (s->client == NULL && s->server == NULL)
		s->number = 0;
}

static void
free_dead(void)
{
	struct end *e;

	while ((e = TAILQ_FIRST(&dead)) != NULL) {
		TAILQ_REMOVE(&dead, e, entry);
		free(e);
	}
}

/* A session that the server has not heard of is told of by its client. */
static void
end_cut(struct end *e, const char *why)
{
	if (e->session != NULL) {
		totals.cut++;
		say(e, "cut", why);
	}
	end_close(e);
}

static void
end_wrong(struct end *e, const char *why)
{
	totals.wrong++;
	say(e, "wrong", why);
	end_close(e);
}

static void
close_if_whole(struct end *e)
{
	if (!e->sent_all || !e->got_all)
		return;
	totals.whole += e->kind == CLIENT;
	end_close(e);
}

/* ---- sessions */

static uint64_t
key_of(uint64_t number, enum kind sender)
{
	return stream_mix(
	    number ^ stream_mix((uint64_t)random_seed_number * 2 + sender));
}

static uint64_t
check_of(uint64_t number)
{
	return key_of(number, LISTENER);
}

static void
set_keys(struct end *e, uint64_t number)
{
	e->out.key = key_of(number, e->kind);
	e->in.key = key_of(number, e->kind == CLIENT ? SERVER : CLIENT);
}

static int
is_endless(const struct session *s)
{
	return s - slots < nendless;
}

/* Some have nothing to say. */
static uint64_t
some_bytes(const struct session *s)
{
	if (is_endless(s))
		return STREAM_ENDLESS;
	if (random_below(&dice, 8) == 0)
		return 0;
	return (uint64_t)random_below(&dice, bytes_max + 1);
}

static void
session_begin(struct session *s)
{
	size_t i = (size_t)(s - slots), proxy = i % common.connect.n;
	const struct endpoint *to = &common.connect.at[proxy];
	struct end *e;

	source = source % (unsigned int)nsources + 1;
	s->number = ++s->turn * SLOTS_MAX + i;
	s->up = some_bytes(s);
	s->down = some_bytes(s);
	e = end_new(CLIENT, net_socket(to, source, SOCK_NONBLOCK), proxy);
	e->session = s;
	e->out.total = s->up;
	e->in.total = s->down;
	e->header.number = s->number;
	e->header.check = check_of(s->number);
	set_keys(e, s->number);
	s->client = e;
	totals.begun++;
	if (connect(e->fd, &to->addr.sa, to->len) == -1 &&
	    errno != EINPROGRESS) {
		totals.refused++;
		say(e, "refused", strerror(errno));
		end_close(e);
		return;
	}
	end_watch(e, EPOLLIN | EPOLLOUT);
}

/* The header is whole: a probe, a session, or one whose client is gone. */
static void
session_join(struct end *e)
{
	struct session *s = &slots[e->header.number % SLOTS_MAX];

	if (e->header.number == 0) {
		e->is_probe = 1;
		totals.probes++;
		if (send(e->fd, &e->header, sizeof(e->header), MSG_NOSIGNAL) ==
		    -1)
			end_close(e);
		return;
	}
	if (e->header.number % SLOTS_MAX >= (uint64_t)nslots ||
	    e->header.check != check_of(e->header.number)) {
		end_wrong(e, "header");
		return;
	}
	set_keys(e, e->header.number);
	if (s->number != e->header.number)
		return;
	if (s->server != NULL) {
		end_wrong(e, "a second time");
		return;
	}
	e->session = s;
	e->opened = s->client != NULL ? s->client->opened : e->opened;
	e->out.total = s->down;
	e->in.total = s->up;
	s->server = e;
}

/* Endless ones end with what has been sent; the others come to their end. */
static void
session_stop(struct session *s)
{
	if (!is_endless(s) || s->client == NULL)
		return;
	s->up = s->client->out.at;
	s->down = s->server != NULL ? s->server->out.at : 0;
	s->client->out.total = s->up;
	s->client->in.total = s->down;
	if (s->server == NULL)
		return;
	s->server->out.total = s->down;
	s->server->in.total = s->up;
}

/* ---- bytes */

static void
got_end(struct end *e)
{
	if (e->is_probe) {
		end_close(e);
		return;
	}
	if (e->in.total != e->in.at &&
	    (e->session != NULL || e->kind == CLIENT)) {
		end_cut(e, "ends too soon");
		return;
	}
	e->got_all = 1;
	if (e->session == NULL) {
		end_close(e);
		return;
	}
	end_watch(e, e->events & ~(uint32_t)EPOLLIN);
	close_if_whole(e);
}

static int64_t *
counted(const struct end *e)
{
	return e->kind == SERVER ? &totals.bytes_up : &totals.bytes_down;
}

static void
got_bytes(struct end *e, size_t n)
{
	if (e->is_probe)
		return;
	if (stream_check(&e->in, buffer, n) == -1)
		end_wrong(e, e->in.total - e->in.at < n ? "too much" : "bytes");
	else
		*counted(e) += (int64_t)n;
}

static void
got_header(struct end *e, size_t n)
{
	memcpy((uint8_t *)&e->header + e->header_len, buffer, n);
	e->header_len += n;
	if (e->header_len == sizeof(e->header))
		session_join(e);
}

static void
receive(struct end *e)
{
	int is_header = e->kind == SERVER && e->header_len < sizeof(e->header);
	size_t want = sizeof(buffer);
	ssize_t n;

	if (is_header)
		want = sizeof(e->header) - e->header_len;
	n = recv(e->fd, buffer, want, MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	e->moved = clock_now();
	if (n == -1)
		end_cut(e, strerror(errno));
	else if (n == 0)
		got_end(e);
	else if (is_header)
		got_header(e, (size_t)n);
	else
		got_bytes(e, (size_t)n);
}

/* 1: go on; 0: not now; the end may have been closed. */
static int
sent(struct end *e, ssize_t n)
{
	if (n == -1 && errno == EAGAIN) {
		end_watch(e, e->events | EPOLLOUT);
		return 0;
	}
	if (n == -1) {
		end_cut(e, strerror(errno));
		return 0;
	}
	e->moved = clock_now();
	return 1;
}

static int
send_header(struct end *e)
{
	ssize_t n;

	n = send(e->fd, (const uint8_t *)&e->header + e->header_len,
	    sizeof(e->header) - e->header_len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (!sent(e, n))
		return 0;
	e->header_len += (size_t)n;
	return e->header_len == sizeof(e->header);
}

static int
send_chunk(struct end *e)
{
	uint64_t left = e->out.total - e->out.at;
	size_t want = (size_t)random_below(&dice, chunk_max) + 1;
	ssize_t n;

	want = left < want ? (size_t)left : want;
	stream_fill(&e->out, buffer, want);
	n = send(e->fd, buffer, want, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (!sent(e, n))
		return 0;
	e->out.at += (uint64_t)n;
	if (pause_ms == 0)
		return 1;
	e->send_at =
	    e->moved + random_below(&dice, 2 * pause_ms * NS_PER_MS + 1);
	return 0;
}

static int
may_send(const struct end *e)
{
	if (e->sent_all || e->fd == -1)
		return 0;
	return e->kind == CLIENT || e->session != NULL;
}

static void
send_some(struct end *e)
{
	int i, more = 1;

	if (!may_send(e))
		return;
	if ((e->events & EPOLLOUT) != 0)
		end_watch(e, e->events & ~(uint32_t)EPOLLOUT);
	if (e->kind == CLIENT && e->header_len < sizeof(e->header) &&
	    !send_header(e))
		return;
	for (i = 0; i < SENDS_MAX && more && e->out.at < e->out.total; i++)
		more = send_chunk(e);
	if (e->fd == -1 || e->out.at < e->out.total)
		return;
	if (shutdown(e->fd, SHUT_WR) == -1) {
		end_cut(e, strerror(errno));
		return;
	}
	e->sent_all = 1;
	close_if_whole(e);
}

/* ---- the loop */

static void
listeners_open(void)
{
	size_t i;
	int fd;

	for (i = 0; i < common.listen.n; i++) {
		fd = net_listen(&common.listen.at[i]);
		if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
			fail("fcntl");
		end_watch(end_new(LISTENER, fd, i), EPOLLIN);
	}
}

static void
accept_some(const struct end *listener)
{
	int fd;

	while ((fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC)) != -1)
		end_watch(end_new(SERVER, fd, listener->proxy), EPOLLIN);
	if (errno != EAGAIN && errno != ECONNABORTED)
		fail("accept");
}

static void
on_event(struct end *e, uint32_t events)
{
	if (e->kind == LISTENER) {
		accept_some(e);
		return;
	}
	if (e->fd != -1 && (events & EPOLLOUT) != 0)
		send_some(e);
	if (e->fd != -1 && (events & ~(uint32_t)EPOLLOUT) != 0)
		receive(e);
}

static void
tick_one(struct end *e, int64_t now)
{
	if (e->kind == LISTENER)
		return;
	if ((double)(now - e->moved) > patience * (double)NS_PER_S) {
		if (e->session != NULL) {
			totals.stuck++;
			say(e, "stuck", "nothing moves");
		}
		end_close(e);
		return;
	}
	if ((e->events & EPOLLOUT) == 0 && now >= e->send_at)
		send_some(e);
}

static void
tick(int64_t now)
{
	struct end *e, *next;

	for (e = TAILQ_FIRST(&ends); e != NULL; e = next) {
		next = TAILQ_NEXT(e, entry);
		tick_one(e, now);
	}
}

static void
begin_all(void)
{
	int64_t i;

	for (i = 0; i < nslots; i++) {
		if (nsessions != 0 && totals.begun >= nsessions)
			return;
		if (slots[i].number == 0)
			session_begin(&slots[i]);
	}
}

static int
input_ended(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	char ignored[64];

	return poll(&p, 1, 0) == 1 &&
	    read(STDIN_FILENO, ignored, sizeof(ignored)) == 0;
}

static int
nothing_open(void)
{
	int64_t i;

	for (i = 0; i < nslots; i++) {
		if (slots[i].number != 0)
			return 0;
	}
	return 1;
}

static void
stop(void)
{
	int64_t i;

	stopping = 1;
	for (i = 0; i < nslots; i++)
		session_stop(&slots[i]);
}

static void
turn(void)
{
	struct epoll_event events[EVENTS];
	int i, n;

	n = epoll_wait(poller, events, EVENTS, 1);
	for (i = 0; i < n; i++)
		on_event((struct end *)(uintptr_t)events[i].data.u64,
		    events[i].events);
	free_dead();
}

static int
is_over(void)
{
	if (nsessions != 0 && totals.begun >= nsessions)
		return nothing_open();
	return stopping && nothing_open();
}

static void
verify_all(void)
{
	int64_t now, ticked = 0;

	while (!is_over()) {
		if (!stopping)
			begin_all();
		turn();
		if ((now = clock_now()) - ticked < NS_PER_MS)
			continue;
		ticked = now;
		tick(now);
		if (!stopping && nsessions == 0 && input_ended())
			stop();
	}
}

static void
report(void)
{
	json_open("verify");
	json_count("sessions", totals.begun);
	json_count("whole", totals.whole);
	json_count("probes", totals.probes);
	json_count("bytes_up", totals.bytes_up);
	json_count("bytes_down", totals.bytes_down);
	json_count("wrong", totals.wrong);
	json_count("cut", totals.cut);
	json_count("stuck", totals.stuck);
	json_count("refused", totals.refused);
	json_close();
}

static void
verify(void)
{
	if ((slots = calloc((size_t)nslots, sizeof(*slots))) == NULL)
		fail("calloc");
	random_seed(&dice, (uint64_t)random_seed_number, "verify", 0);
	poller = poller_open();
	listeners_open();
	verify_all();
	report();
}

static const struct option options[] = {
	{ "parallel", OPTION_COUNT, &nslots, "32", .min = 1, .max = SLOTS_MAX,
	    .help = "sessions at a time, over all relays" },
	{ "endless", OPTION_COUNT, &nendless, "0", .max = SLOTS_MAX,
	    .help = "so many of these go on to the end of the input" },
	{ "sessions", OPTION_COUNT, &nsessions, "0",
	    .help = "in all; 0: until the end of the input" },
	{ "bytes", OPTION_COUNT, &bytes_max, "65536", .min = 1,
	    .help = "most of one direction, of those that end" },
	{ "chunk", OPTION_COUNT, &chunk_max, "16384", .min = 1,
	    .max = sizeof(buffer), .help = "most that is sent at once" },
	{ "pause", OPTION_COUNT, &pause_ms, "0", .max = 60000,
	    .help = "ms after each chunk, in the mean" },
	{ "patience", OPTION_REAL, &patience, "20", .min = 0.1, .max = 3600,
	    .help = "seconds without a byte, after which a session is stuck" },
	{ "seed", OPTION_COUNT, &random_seed_number, "1",
	    .help = "of all that is random" },
	{ "sources", OPTION_COUNT, &nsources, "64", .min = 1, .max = 254,
	    .help = "clients are 127.0.0.1 up to 127.0.0.N, in turn" },
};

const struct mode mode_verify = {
	.name = "verify",
	.help = "sessions of which each byte is checked, both ways",
	.has = HAS_SERVER,
	.options = options,
	.noptions = nitems(options),
	.run = verify,
};

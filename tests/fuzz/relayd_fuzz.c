/* SPDX-License-Identifier: ISC */
/*
 * What ctld and diald say to a worker, in any order, between real sessions over
 * sockets.  What is out of place ends the worker; all else is answered, and
 * whatever it was, nothing is left behind.
 */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connect.h"
#include "loss.h"
#include "nitems.h"
#include "packet.h"
#include "relayd.h"

#define PEERS 4 /* of each side */

static struct chan ctld, diald; /* the other ends */
static int listener, lowest_fd;
static int peers[SIDE_MAX][PEERS];
static uint32_t last_dial;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	signal(SIGPIPE, SIG_IGN); /* as main() does */
	watches_open();
	deadlines_open();
	splice_init(256);
	listener = packet_listener();
	return 0;
}

/* ---- the worker */

static void
worker_open(void)
{
	int fds[2];

	memset(&relay, 0, sizeof(relay));
	relay.state = RELAY_SPARE;
	relay.dialer.chan.fd = -1;
	lease_init(1 << 20);
	inquiry_forget();
	relay.session_held_max = 256 << 10;
	relay.sessions_max = 3;
	TAILQ_INIT(&relay.toxics);
	sessions_init();
	must(chan_pair(fds) == 0);
	chan_open(&relay.ctld.chan, fds[0]);
	chan_open(&ctld, fds[1]);
	chan_open(&diald, -1);
	memset(peers, -1, sizeof(peers));
	peer_open(&relay.ctld, ctld_readable);
}

static void
worker_close(void)
{
	listener_close();
	late_clients_end(); /* no life later than this one's */
	sessions_close();
	must(relay.counters.open_sessions == 0);
	must(relay.counters.own_toxics == 0);
	must(relay.budget.held == 0);
	must(roll_from(0) == NULL);
	loss_close();
	toxic_list_free();
	ended_free();
	peer_close(&relay.dialer);
	peer_close(&relay.ctld);
	splice_close_spare();
	chunks_free_spare();
	chan_close(&ctld);
	chan_close(&diald);
	fuzz_close_from(lowest_fd);
}

static void
worker_run(void)
{
	int64_t now;

	watches_wait(0);
	now = clock_now();
	deadlines_run(now);
	sessions_run();
	inquiry_run();
	sessions_free_dead();
	lease_run();
	counters_push(now);
	peer_flush(&relay.ctld);
	peer_flush(&relay.dialer);
	deadlines_arm();
}

/* ---- ctld */

/* What it says is well-formed, and its to say. */
static void
hear(void)
{
	struct msg m;
	int r;

	while ((r = chan_receive(&ctld, &m)) == 1) {
		must(m.fd == -1);
		must(m.type == MSG_PONG || m.type == MSG_RELAY_DONE ||
		    m.type == MSG_RELAY_HALTED ||
		    m.type == MSG_RELAY_DIALER_BAD ||
		    m.type == MSG_RELAY_PROGRAM_LOST ||
		    m.type == MSG_RELAY_COUNTERS ||
		    m.type == MSG_RELAY_BORROW || m.type == MSG_RELAY_RETURN ||
		    m.type == MSG_RELAY_TOXIC_HERE ||
		    m.type == MSG_RELAY_HERE ||
		    m.type == MSG_RELAY_TOXIC_COUNTED ||
		    m.type == MSG_RELAY_TOXIC_WORK ||
		    m.type == MSG_RELAY_OWN_TOXIC ||
		    m.type == MSG_RELAY_ENDED || m.type == MSG_RELAY_PAGE ||
		    m.type == MSG_RELAY_ENDED_NOW);
	}
	must(r == 0 || errno == EPIPE);
}

static void
say_noise(struct input *in)
{
	/* those that harm their worker do so */
	if (in->size > 0 && *in->data != MSG_RELAY_TOXIC_ADD &&
	    *in->data != MSG_RELAY_TOXIC_UPDATE &&
	    *in->data != MSG_RELAY_OWN_ASK)
		packet_random(in, ctld.fd);
}

static void
say_assign(struct input *in)
{
	struct relay_assign assign = { .key = { .name = "p" } };

	assign.assignment = 1;
	assign.lost_sessions = input_byte(in) & 1;
	assign.lost_by = END_WORKER_DIED;
	assign.first_session = input_byte(in) * SESSIONS_BLOCK;
	chan_send(&ctld, MSG_RELAY_ASSIGN, 0, &assign, dup(listener));
}

static void
say_dialer(struct input *in)
{
	struct nothing nothing = { 0 };
	int fds[2];

	(void)in;
	must(chan_pair(fds) == 0);
	chan_close(&diald);
	chan_open(&diald, fds[0]);
	chan_send(&ctld, MSG_RELAY_DIALER, 0, &nothing, fds[1]);
}

static void
say_start(struct input *in)
{
	chan_send_nothing(&ctld, MSG_RELAY_START, input_byte(in));
}

/* Mostly what it has asked for. */
static void
say_lease(struct input *in)
{
	struct relay_bytes bytes = { .bytes = relay.lease.borrowed };
	uint8_t how = input_byte(in);

	if ((how & 1) != 0 || bytes.bytes == 0) {
		bytes.bytes = (uint64_t)how << 12;
		chan_send(&ctld, MSG_RELAY_RECALL, 0, &bytes, -1);
	} else
		chan_send(&ctld, MSG_RELAY_LEND, 0, &bytes, -1);
}

static void
say_toxic(struct input *in, enum msg_type type)
{
	struct toxic_spec spec;

	if (packet_toxic(in, &spec) == 0)
		chan_send(&ctld, type, input_byte(in), &spec, -1);
}

static void
say_add(struct input *in)
{
	say_toxic(in, MSG_RELAY_TOXIC_ADD);
}

static void
say_update(struct input *in)
{
	say_toxic(in, MSG_RELAY_TOXIC_UPDATE);
}

static void
say_remove(struct input *in)
{
	struct toxic_name name = { .name = "" };

	name.name[0] = (char)('a' + input_byte(in) % 4);
	chan_send(&ctld, MSG_RELAY_TOXIC_REMOVE, input_byte(in), &name, -1);
}

static void
say_halt(struct input *in)
{
	uint8_t how = input_byte(in);

	chan_send_nothing(
	    &ctld, how & 1 ? MSG_RELAY_HALT : MSG_RELAY_RESUME, how >> 1);
}

static void
say_connect(struct input *in)
{
	struct connect_spec connect;

	packet_connect_spec(in, &connect);
	chan_send(&ctld, MSG_RELAY_CONNECT, input_byte(in), &connect, -1);
}

/* What it has not answered yet it is not asked, mostly. */
static void
say_ask(struct input *in)
{
	uint8_t how = input_byte(in);
	struct relay_ask asked = { .assignment = 1, .states = how >> 4 };

	asked.wish = how % SESSION_WISHES;
	asked.number = input_byte(in) % 8;
	if ((how & 8) != 0)
		asked.client.family = 4;
	chan_send(&ctld, MSG_RELAY_ASK, 1 + how, &asked, -1);
}

/* Of one session's own toxics. */
static void
say_own(struct input *in)
{
	uint8_t how = input_byte(in);
	struct own_toxic own = { .of = { .ask = { .assignment = 1 } } };
	struct toxic_fault fault;

	own.of.ask.wish = WISH_OWN_ADD + how % 3;
	own.of.ask.number = how >> 4 & 3;
	if (packet_toxic(in, &own.spec) == -1 ||
	    toxic_own_check(&own.spec, &fault) == -1)
		return;
	if (own.of.ask.wish == WISH_OWN_REMOVE)
		memset((uint8_t *)&own.spec + sizeof(own.spec.name), 0,
		    sizeof(own.spec) - sizeof(own.spec.name));
	if (own.of.ask.wish == WISH_OWN_UPDATE) {
		own.has_toxicity = how >> 6 & 1;
		own.has_select = how >> 7;
		own.values_given =
		    (uint8_t)((1U << toxic_schema(
				   (enum toxic_kind)own.spec.kind)
					 ->nattributes) -
			1);
	}
	chan_send(&ctld, MSG_RELAY_OWN_ASK, 1 + how, &own, -1);
}

static void
say_own_gone(struct input *in)
{
	chan_send_nothing(&ctld, MSG_RELAY_OWN_GONE, input_byte(in));
}

/* ---- diald */

static void
take_place(enum side side, int fd)
{
	int i;

	for (i = 0; i < PEERS; i++) {
		if (peers[side][i] == -1) {
			peers[side][i] = fd;
			return;
		}
	}
	close(fd);
}

/* It does as it was asked, or what is no answer. */
static void
dialed(struct input *in)
{
	struct dial_result result = { .error = input_byte(in) % 16 };
	int fds[2], fd = -1;
	struct msg m;

	if (diald.fd != -1 && chan_receive(&diald, &m) == 1)
		last_dial = m.id;
	if (result.error >= ENDPOINT_ERROR_MAX)
		result.error = ENDPOINT_OK;
	if (result.error == ENDPOINT_OK) {
		must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) ==
		    0);
		take_place(SIDE_UPSTREAM, fds[0]);
		fd = fds[1];
	}
	if (diald.fd != -1)
		chan_send(&diald, MSG_DIALED, last_dial, &result, fd);
	else if (fd != -1)
		close(fd);
}

static void
diald_noise(struct input *in)
{
	if (diald.fd != -1)
		packet_random(in, diald.fd);
}

/* ---- clients and upstreams */

static void
client_comes(struct input *in)
{
	int fd = packet_connect(listener);

	(void)in;
	if (fd != -1)
		take_place(SIDE_CLIENT, fd);
}

static int *
some_peer(struct input *in)
{
	uint8_t n = input_byte(in);

	return &peers[n % SIDE_MAX][n / SIDE_MAX % PEERS];
}

static void
peer_writes(struct input *in)
{
	static uint8_t data[65536];
	int fd = *some_peer(in);

	(void)send(fd, data, input_number(in, 2), MSG_NOSIGNAL);
}

static void
peer_reads(struct input *in)
{
	static uint8_t data[65536];
	int fd = *some_peer(in);

	(void)recv(fd, data, input_number(in, 2), 0);
}

static void
peer_ends(struct input *in)
{
	int *fd = some_peer(in);
	int how = input_byte(in) & 3;

	if (*fd == -1)
		return;
	if (how != 3) {
		(void)shutdown(*fd, how);
		return;
	}
	close(*fd);
	*fd = -1;
}

static void
nothing_happens(struct input *in)
{
	(void)in;
}

static void (*const steps[])(struct input *) = { say_noise, say_assign,
	say_dialer, say_start, say_add, say_update, say_remove, say_halt,
	dialed, diald_noise, client_comes, peer_writes, peer_reads, peer_ends,
	nothing_happens, peer_writes, client_comes, say_lease, say_ask,
	say_connect, say_own, say_own, say_own_gone };

static void
live(struct input *in)
{
	if ((input_byte(in) & 3) != 0) { /* mostly it begins as it should */
		say_assign(in);
		say_dialer(in);
		say_start(in);
		worker_run();
	}
	while (in->size > 0 && relay.state != RELAY_ENDED) {
		steps[input_byte(in) % nitems(steps)](in);
		worker_run();
		hear();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	lowest_fd = fuzz_lowest_free_fd();
	worker_open();
	last_dial = 0;
	fuzz_may_end = 1;
	if (setjmp(fuzz_end) == 0)
		live(&in);
	fuzz_may_end = 0;
	worker_close();
	must(fuzz_lowest_free_fd() == lowest_fd);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/* bulk: as many bytes as will go, one way. */

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "clock.h"
#include "load.h"
#include "net.h"
#include "nitems.h"
#include "run.h"
#include "stats.h"

#define BUFFER_SIZE ((size_t)1024 * 1024)
#define EVENTS 64
/* How often one stream is written to before others have their turn. */
#define TURN 8
#define POLL_MS 20

struct stream {
	int fd;
	uint64_t seed;   /* with -verify: which bytes these are */
	uint64_t offset; /* of the next byte */
};

static int64_t nstreams, write_size, read_size, nreads;
static enum direction direction;
static int verify;

/* Of the process, which has one part only. */
static uint8_t buffer[BUFFER_SIZE], expected[BUFFER_SIZE + 8];
static struct stream *streams;
static size_t nopen;
static int64_t total_bytes, bytes, wrong_bytes;

/* The finalizer of SplitMix64: any word of a stream without those before. */
static uint64_t
pattern_word(uint64_t seed, uint64_t n)
{
	uint64_t z = (seed << 48) + (n + 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* The size bytes of a stream from its offset on; they are in expected[]. */
static const uint8_t *
pattern(const struct stream *s, size_t size)
{
	uint64_t word, n = s->offset / 8;
	size_t skip = s->offset % 8, i;

	for (i = 0; i < skip + size; i += sizeof(word)) {
		word = pattern_word(s->seed, n++);
		memcpy(expected + i, &word,
		    i + sizeof(word) <= sizeof(expected)
			? sizeof(word)
			: sizeof(expected) - i);
	}
	return expected + skip;
}

static int
streams_open(const int *fds, size_t n, uint32_t events)
{
	int poller = poller_open();
	size_t i;

	if ((streams = calloc(n, sizeof(*streams))) == NULL)
		fail("calloc");
	for (i = 0; i < n; i++) {
		streams[i].fd = fds[i];
		streams[i].seed = i;
		poller_add(poller, fds[i], events, i);
	}
	nopen = n;
	return poller;
}

static void
stream_send(struct stream *s)
{
	const uint8_t *data = buffer;
	size_t size = (size_t)write_size;
	ssize_t n;
	int i;

	for (i = 0; i < TURN; i++) {
		if (verify)
			data = pattern(s, size);
		n = net_send_some(s->fd, data, size);
		s->offset += (uint64_t)n;
		if ((size_t)n < size)
			return;
	}
}

/* The other end cannot know which of them came through the relay first. */
static void
announce_seeds(size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		net_send_all(
		    streams[i].fd, &streams[i].seed, sizeof(streams[i].seed));
}

static void
bulk_send(const int *fds, size_t n)
{
	struct epoll_event events[EVENTS];
	int poller = streams_open(fds, n, EPOLLOUT), nready, i;
	size_t k;

	memset(buffer, 'x', sizeof(buffer)); /* not the one page of zeros */
	if (verify)
		announce_seeds(n);
	while (clock_now() < run->to) {
		nready = epoll_wait(poller, events, EVENTS, POLL_MS);
		for (i = 0; i < nready; i++)
			stream_send(&streams[events[i].data.u64]);
	}
	for (k = 0; k < n; k++)
		shutdown(fds[k], SHUT_WR);
}

static void
check(struct stream *s, size_t size)
{
	const uint8_t *want = pattern(s, size);
	size_t i;

	if (memcmp(buffer, want, size) != 0) {
		for (i = 0; i < size; i++)
			wrong_bytes += buffer[i] != want[i];
	}
	s->offset += size;
}

static void
stream_receive(int poller, struct stream *s)
{
	ssize_t n;
	int64_t i;

	for (i = 0; i < nreads; i++) {
		n = net_recv_some(s->fd, buffer, (size_t)read_size);
		if (n == 0)
			return;
		if (n == -1) {
			epoll_ctl(poller, EPOLL_CTL_DEL, s->fd, NULL);
			nopen--;
			return;
		}
		total_bytes += n;
		if (run_measures(clock_now()))
			bytes += n;
		if (verify)
			check(s, (size_t)n);
	}
}

static void
report(void)
{
	if (bytes == 0)
		failx("not a byte has arrived in %.1f s", common.seconds);
	json_open("bulk");
	json_real("gbit_s", (double)bytes * 8 / 1e9 / common.seconds);
	json_count("bytes", bytes);
	json_real("seconds", common.seconds);
	json_count("total_bytes", total_bytes);
	if (verify)
		json_count("wrong_bytes", wrong_bytes);
	json_close();
}

static void
bulk_receive(const int *fds, size_t n)
{
	struct epoll_event events[EVENTS];
	int poller = streams_open(fds, n, EPOLLIN), nready, i;
	size_t k;

	for (k = 0; verify && k < n; k++)
		net_recv_all(fds[k], &streams[k].seed, sizeof(streams[k].seed));
	while (nopen > 0) {
		nready = epoll_wait(poller, events, EVENTS, -1);
		for (i = 0; i < nready; i++)
			stream_receive(poller, &streams[events[i].data.u64]);
	}
	report();
}

static void
bulk(void)
{
	static const struct one_way way = {
		.send = bulk_send,
		.receive = bulk_receive,
	};

	run_one_way(&way, direction, (size_t)nstreams);
}

static const struct option options[] = {
	{ "streams", OPTION_COUNT, &nstreams, "1", .min = 1, .max = 4096,
	    .help = "connections" },
	{ "direction", OPTION_DIRECTION, &direction, "down",
	    .help = "from server to client, or up" },
	{ "write", OPTION_COUNT, &write_size, "524288", .min = 1,
	    .max = BUFFER_SIZE, .help = "bytes in one write" },
	{ "read", OPTION_COUNT, &read_size, "524288", .min = 1,
	    .max = BUFFER_SIZE, .help = "at most so many bytes in one read" },
	{ "reads", OPTION_COUNT, &nreads, "8", .min = 1, .max = 1024,
	    .help = "at most so many each time that there is something" },
	{ "verify", OPTION_SWITCH, &verify, NULL,
	    .help = "send random bytes and check every one" },
};

const struct mode mode_bulk = {
	.name = "bulk",
	.help = "throughput, one way",
	.has = HAS_SERVER | HAS_TIME,
	.options = options,
	.noptions = nitems(options),
	.run = bulk,
};

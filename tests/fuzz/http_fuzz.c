/* SPDX-License-Identifier: ISC */
/*
 * Bytes of a client through libmicrohttpd and every handler, with a model of a
 * ctld behind them.  Each connection comes to an end, and what it is answered
 * is HTTP, with JSON in it where it says so.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "apid.h"
#include "packet.h"
#include "served.h"

static int listener;
static char reply[256 * 1024]; /* the beginning of what came */
static size_t reply_len;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	json_object_seed(1);
	guard_names_add("toxid.test");
	guard_names_end();
	http_open();
	listener = served_open();
	return 0;
}

/* ---- the client */

/* 0 when nothing came. */
static int
receive(int fd)
{
	ssize_t n;

	if (reply_len == sizeof(reply)) { /* enough to look at */
		n = recv(fd, reply + reply_len / 2, reply_len / 2, 0);
		return n > 0;
	}
	n = recv(fd, reply + reply_len, sizeof(reply) - reply_len, 0);
	if (n > 0)
		reply_len += (size_t)n;
	return n > 0;
}

/* In pieces, as they come from a network. */
static void
speak(int fd, struct input *in, size_t piece)
{
	ssize_t n;
	int i;

	for (i = 0; i < TURNS_MAX && in->size > 0; i++) {
		n = send(fd, in->data, piece < in->size ? piece : in->size,
		    MSG_NOSIGNAL);
		if (n > 0) {
			in->data += n;
			in->size -= (size_t)n;
		}
		served_turn();
		receive(fd);
	}
}

/* It says no more, and hears to the end. */
static void
listen_on(int fd)
{
	int i, idle = 0;

	shutdown(fd, SHUT_WR);
	for (i = 0; i < TURNS_MAX && idle < 3; i++) {
		served_turn();
		idle = receive(fd) ? 0 : idle + 1;
	}
}

/* ---- what it heard */

/* Of the head, which ends at end; NULL: it has none of that name. */
static const char *
field(const char *end, const char *name)
{
	const char *at =
	    memmem(reply, (size_t)(end - reply), name, strlen(name));

	return at != NULL ? at + strlen(name) : NULL;
}

static void
check_body(const char *end)
{
	const char *length = field(end, "\r\nContent-Length: ");
	size_t n, there = (size_t)(reply + reply_len - end - 4);
	json_t *json;

	if (field(end, "\r\nContent-Type: application/json\r\n") == NULL)
		return;
	must(length != NULL);
	n = strtoul(length, NULL, 10);
	if (n > there || reply_len == sizeof(reply))
		return; /* cut off: a connection may end at any time */
	json = json_loadb(end + 4, n, JSON_DECODE_ANY, NULL);
	must(json != NULL);
	json_decref(json);
}

static void
check_reply(int has_bodies)
{
	const char *end;

	if (reply_len < 13)
		return;
	must(memcmp(reply, "HTTP/1.", 7) == 0);
	must(reply[9] >= '1' && reply[9] <= '5');
	if (memcmp(reply + 9, "100", 3) == 0)
		return;
	end = memmem(reply, reply_len, "\r\n\r\n", 4);
	if (end != NULL && has_bodies)
		check_body(end);
}

/* ---- a connection */

static void
begin(struct input *in)
{
	static const enum model_mood moods[] = { MODEL_OBEYS, MODEL_OBEYS,
		MODEL_OBEYS, MODEL_OBEYS, MODEL_OBEYS, MODEL_REFUSES,
		MODEL_REFUSES, MODEL_IS_SILENT };
	uint8_t flags = input_byte(in);

	apid.flags = flags &
	    (SETUP_PROXY_METRICS | SETUP_RUNTIME_METRICS | SETUP_DEBUG_TOXICS);
	served_begin(moods[flags >> 5], input_byte(in));
	reply_len = 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	size_t piece;
	int fd, has_bodies = memmem(data, size, "HEAD", 4) == NULL;

	begin(&in);
	piece = 1 + input_byte(&in) % 8 * (size_t)512;
	if (piece == 1)
		piece = SIZE_MAX;
	fd = packet_connect(listener);
	must(fd != -1);
	http_accept(listener);
	speak(fd, &in, piece);
	listen_on(fd);
	check_reply(has_bodies);
	served_end(fd);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * What ctld says to apid, in any order.  What contradicts what it has said
 * before ends apid; the replica is whole at any time.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apid.h"
#include "certificate.h"
#include "nitems.h"
#include "packet.h"

static struct chan ctld; /* the other end */

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	json_object_seed(1);
	return 0;
}

/* ---- what it says */

static uint32_t
some_id(struct input *in)
{
	return 1 + input_byte(in) % 4;
}

static void
say_proxy(struct input *in)
{
	struct proxy_state state = { .id = some_id(in), .enabled = 1 };

	snprintf(state.key.name, sizeof(state.key.name), "p%u",
	    (input_byte(in) & 7) == 0 ? some_id(in) : state.id);
	input_text(in, state.listen, ENDPOINT_TEXT_MAX);
	chan_send(&ctld, MSG_REPLICA_PROXY, 0, &state, -1);
}

static void
say_proxy_gone(struct input *in)
{
	struct proxy_ref ref = { .id = some_id(in) };

	chan_send(&ctld, MSG_REPLICA_PROXY_GONE, 0, &ref, -1);
}

static void
say_toxic(struct input *in)
{
	struct toxic_state state = { .proxy_id = some_id(in) };

	if (packet_toxic(in, &state.spec) == 0)
		chan_send(&ctld, MSG_REPLICA_TOXIC, 0, &state, -1);
}

static void
say_toxic_gone(struct input *in)
{
	struct toxic_ref ref = { .proxy_id = some_id(in) };

	ref.name[0] = (char)('a' + input_byte(in) % 4);
	chan_send(&ctld, MSG_REPLICA_TOXIC_GONE, 0, &ref, -1);
}

static void
say_token(struct input *in)
{
	struct credential c = { .tenant = "a", .name = "t", .is_stored = 1 };

	c.digest.bytes[0] = input_byte(in);
	c.name[0] = (char)('a' + input_byte(in) % 4);
	if ((c.digest.bytes[0] & 1) != 0)
		chan_send(&ctld, MSG_API_TOKEN, 0, &c, -1);
	else
		chan_send(&ctld, MSG_API_TOKEN_GONE, 0, &c.digest, -1);
}

/* In order, or not. */
static void
say_halts(struct input *in)
{
	struct halt h = { .tenant = HALT_OF_ALL };

	chan_send_nothing(&ctld, MSG_API_HALTS, 0);
	while (input_byte(in) & 1) {
		chan_send(&ctld, MSG_API_HALT, 0, &h, -1);
		h.tenant[0] = (char)('a' + input_byte(in) % 4);
	}
	if (input_byte(in) & 1)
		chan_send_nothing(&ctld, MSG_API_HALTS_END, 0);
}

/* By their digests. */
static void
is_behind(const struct credential *c, void *arg)
{
	const struct credential **last = arg;

	must(*last == NULL ||
	    memcmp(&(*last)->digest, &c->digest, sizeof(c->digest)) < 0);
	*last = c;
}

/* It has asked for none. */
static void
say_page(struct input *in)
{
	struct session_page page = { .n = input_byte(in) & 1 };

	chan_send(&ctld, MSG_API_PAGE, some_id(in), &page, -1);
}

static void
say_noise(struct input *in)
{
	packet_random(in, ctld.fd);
}

/* ---- what it has come to */

static void
is_whole(const struct proxy *p, void *arg)
{
	FILE *f = arg;
	struct toxic *t;
	int i;

	must(replica_by_id(p->state.id) == p);
	must(replica_by_key(&p->state.key) == p);
	for (i = 0; i < STREAM_MAX; i++) {
		TAILQ_FOREACH (t, &p->toxics[i], entry) {
			must(t->spec->stream == i);
			must(replica_toxic_find(p, t->spec->name) == t);
		}
	}
	encode_proxy(f, p);
}

static void
check(void)
{
	const struct credential *last = NULL;
	struct writer w;

	callers_each(NULL, is_behind, &last);
	writer_open(&w);
	replica_each(NULL, is_whole, w.f);
	writer_finish(&w);
	free(w.text);
}

static void (*const steps[])(struct input *) = { say_proxy, say_toxic,
	say_noise, say_toxic_gone, say_proxy_gone, say_toxic, say_noise,
	say_token, say_halts, say_page };

static void
live(struct input *in)
{
	struct msg m;
	int r;

	while (in->size > 0 && !apid.has_ended) {
		steps[input_byte(in) % nitems(steps)](in);
		ctld_readable();
		check();
		while ((r = chan_receive(&ctld, &m)) == 1)
			must(m.type == MSG_PONG || m.type == MSG_CONFIG_END ||
			    m.type == MSG_CONFIG_PAIR_END ||
			    m.type == MSG_API_HERE);
		must(r == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	int lowest_fd = fuzz_lowest_free_fd();
	int fds[2];

	must(chan_pair(fds) == 0);
	chan_open(&apid.ctld, fds[0]);
	chan_open(&ctld, fds[1]);
	apid.has_ended = 0;
	fuzz_may_end = 1;
	if (setjmp(fuzz_end) == 0)
		live(&in);
	fuzz_may_end = 0;
	replica_free();
	chan_close(&apid.ctld);
	chan_close(&ctld);
	apid.listener = -1;
	certificate_is(-1);
	fuzz_close_from(lowest_fd);
	return 0;
}

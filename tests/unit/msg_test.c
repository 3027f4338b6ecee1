/* SPDX-License-Identifier: ISC */
/* Messages and channels: whatever is not exactly right is refused. */

#include <criterion/criterion.h>
#include <math.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agreed.h"
#include "chan.h"
#include "nitems.h"

/* Every payload and one type that has it, from the protocol's own table. */
struct sample {
	const char *name;
	enum msg_type type;
	size_t size;
	size_t kind_at;
};

/* Where a payload has the kind of a toxic; or 0. */
#define KIND_AT(payload)                                                      \
	_Generic(                                                             \
	    (struct payload *)NULL, struct toxic_spec *                       \
	    : offsetof(struct toxic_spec, kind), struct toxic_state *         \
	    : offsetof(struct toxic_state, spec.kind), struct toxic_create *  \
	    : offsetof(struct toxic_create, spec.kind), struct toxic_update * \
	    : offsetof(struct toxic_update, spec.kind), struct own_toxic *    \
	    : offsetof(struct own_toxic, spec.kind), default                  \
	    : (size_t)0)

/* Of one whose tail is empty: zeros have none. */
#define SIZE_OF(payload)                                         \
	(sizeof(struct payload) -                                \
	    _Generic((struct payload *)NULL, struct toxic_spec * \
		     : TOXIC_TAIL_MAX, struct toxic_state *      \
		     : TOXIC_TAIL_MAX, struct toxic_create *     \
		     : TOXIC_TAIL_MAX, struct toxic_update *     \
		     : TOXIC_TAIL_MAX, struct own_toxic *        \
		     : TOXIC_TAIL_MAX, struct answer *           \
		     : TOXIC_TAIL_MAX, default : 0))

#define X(type_, payload, id, fd) \
	{ #type_, MSG_##type_, SIZE_OF(payload), KIND_AT(payload) },
static const struct sample samples[] = { MSG_TYPES(X) };
#undef X

static struct msg
message(const struct sample *s, size_t len)
{
	struct msg m = { .type = s->type, .fd = -1, .len = len };

	if (s->kind_at != 0 && s->kind_at < len)
		((uint8_t *)&m.payload)[s->kind_at] = TOXIC_NOOP;
	return m;
}

/* A toxic of a session's own a wish, a proxy has a name and an upstream, the
 * API names, a tenant one and a policy, a token that goes a name, a worker a
 * state, who has clients some, a session a number, who is refused is so once, a
 * scenario has a step, a source a name, its document a byte, and there is one
 * policy at least. */
static int
is_never_zeros(enum msg_type type)
{
	return type == MSG_READY || type == MSG_PROXY_CREATE ||
	    type == MSG_PROXY_POPULATE || type == MSG_CONFIG_PROXY ||
	    type == MSG_STORED_PROXY || type == MSG_STORE_PROXY ||
	    type == MSG_API_HOST || type == MSG_CONFIG_HOST ||
	    type == MSG_CONFIG_TENANT || type == MSG_TOKEN_DELETE ||
	    type == MSG_STORE_TOKEN_GONE || type == MSG_RELAY_HERE ||
	    type == MSG_CONFIG_PROXY_CLIENTS || type == MSG_LOOKUP ||
	    type == MSG_SESSION_OPEN || type == MSG_SESSION_RENEW ||
	    type == MSG_SESSION_GONE || type == MSG_RELAY_TOXIC_WORK ||
	    type == MSG_API_TOXIC_WORK || type == MSG_API_REFUSED ||
	    type == MSG_OWN_TOXIC_CREATE || type == MSG_OWN_TOXIC_UPDATE ||
	    type == MSG_OWN_TOXIC_DELETE || type == MSG_RELAY_OWN_ASK ||
	    type == MSG_SCENARIO_CREATE || type == MSG_REPLICA_SCENARIO ||
	    type == MSG_STORE_SCENARIO || type == MSG_STORED_SCENARIO ||
	    type == MSG_SCENARIO_DELETE || type == MSG_API_SOURCE ||
	    type == MSG_API_SOURCE_TEXT || type == MSG_DESIRED_PUT ||
	    type == MSG_DESIRED_TEXT || type == MSG_DESIRED_PROXY ||
	    type == MSG_DESIRED_SCENARIO || type == MSG_STORE_SOURCE ||
	    type == MSG_STORE_SOURCE_TEXT ||
	    type == MSG_STORE_SOURCE_SCENARIO ||
	    type == MSG_STORE_SOURCE_GONE || type == MSG_STORED_SOURCE ||
	    type == MSG_STORED_SOURCE_TEXT ||
	    type == MSG_STORED_SOURCE_SCENARIO;
}

/* Zeros are something that every other payload may be, but for a kind. */
Test(msg, zeros_of_the_right_length_pass)
{
	struct msg m;
	size_t i;

	for (i = 0; i < nitems(samples); i++) {
		if (is_never_zeros(samples[i].type))
			continue;
		m = message(&samples[i], samples[i].size);
		cr_expect_eq(msg_length(m.type, &m.payload), samples[i].size);
		cr_expect_eq(msg_check(&m), 0, "%s", samples[i].name);
	}
}

Test(msg, every_other_length_is_refused)
{
	struct msg m;
	size_t i, len;

	for (i = 0; i < nitems(samples); i++) {
		for (len = 0; len < samples[i].size + 9; len++) {
			if (len == samples[i].size || len > sizeof(m.payload))
				continue;
			m = message(&samples[i], len);
			cr_expect_eq(msg_check(&m), -1, "%s of %zu bytes",
			    samples[i].name, len);
		}
	}
}

/* A mistake of ours, which is not to show one struct as another. */
Test(msg, another_types_payload_is_fatal, .exit_code = 1)
{
	struct msg m = { .type = MSG_PROXY_DELETE, .fd = -1 };

	(void)msg_get_toxic_name(&m);
}

/* Every text of every payload: without an end nothing is read. */
Test(msg, noise_never_passes_with_a_text)
{
	struct msg m;
	size_t i;

	for (i = 0; i < nitems(samples); i++) {
		if (samples[i].size <= PROXY_NAME_MAX)
			continue; /* has no text */
		m = message(&samples[i], samples[i].size);
		memset(&m.payload, 'x', m.len);
		cr_expect_eq(msg_check(&m), -1, "%s", samples[i].name);
	}
}

#ifndef __clang__
/* What padding there is becomes 0. */
Test(msg, no_payload_has_padding)
{
	union msg_payload all;
	size_t i;

#define X(payload)                                \
	memset(&all, 0xff, sizeof(all));          \
	__builtin_clear_padding(&all.payload);    \
	for (i = 0; i < sizeof(all.payload); i++) \
		cr_expect_neq(((uint8_t *)&all)[i], 0, #payload " at %zu", i);
	MSG_PAYLOADS(X)
#undef X
}
#endif

#define REFUSES(type_, tag, member, value)                          \
	do {                                                        \
		struct tag p = { 0 };                               \
		struct msg m = { .type = type_, .fd = -1 };         \
                                                                    \
		if (KIND_AT(tag) != 0)                              \
			((uint8_t *)&p)[KIND_AT(tag)] = TOXIC_NOOP; \
		m.len = msg_length(m.type, &p);                     \
		m.payload.tag = p;                                  \
		cr_expect_eq(msg_check(&m), 0);                     \
		m.payload.tag.member = value;                       \
		cr_expect_eq(msg_check(&m), -1, #tag "." #member);  \
	} while (0)

/* One field of each, as log.c writes it. */
static int
takes_field(const char *field, size_t len)
{
	struct log_record r = { .fields_len = (uint32_t)len };
	struct msg m = { .type = MSG_LOG, .fd = -1, .len = sizeof(r) };

	memcpy(r.fields, field, len);
	memcpy(&m.payload, &r, sizeof(r));
	return msg_check(&m) == 0;
}

/* Each of these made a line of the log that was none: found by tests/fuzz. */
Test(msg, a_log_field_cannot_break_its_line)
{
#define TAKES(field) takes_field(field, sizeof(field))
	cr_expect(TAKES("sa_key1\0any\ntext"));
	cr_expect(TAKES("nkey\0-12") && TAKES("nkey\0000"));
	cr_expect(!TAKES("sa key\0v") && !TAKES("s\0v"));
	cr_expect(!TAKES("skey\nlevel=fatal\0v") && !TAKES("sK\0v"));
	cr_expect(!TAKES("nkey\0") && !TAKES("nkey\0-"));
	cr_expect(!TAKES("nkey\0001-2") && !TAKES("nkey\00007"));
#undef TAKES
}

Test(msg, unknown_values_are_refused)
{
	REFUSES(MSG_SETUP, setup, flags, SETUP_FLAGS_ALL + 1);
	REFUSES(MSG_REPLICA_PROXY, proxy_state, enabled, 2);
	REFUSES(MSG_REPLICA_ROLE, role_vitals, role, ROLE_MAX);
	REFUSES(MSG_REPLICA_HEALTH, health, is_draining, 2);
	REFUSES(MSG_REPLICA_HEALTH, health, is_store_failing, 2);
	REFUSES(MSG_ANSWER, answer, code, ANSWER_CODE_MAX);
	REFUSES(MSG_ANSWER, answer, stage, STAGE_MAX);
	REFUSES(MSG_ANSWER, answer, endpoint_error, ENDPOINT_ERROR_MAX);
	REFUSES(MSG_ANSWER, answer, address.family, 5);
	REFUSES(MSG_CONFIG_END, config_end, is_bad, 2);
	REFUSES(MSG_CONFIG_PAIR_END, pair_end, what, PAIR_WHAT_MAX);
	REFUSES(MSG_CONFIG_END, config_end, is_socket_off, 2);
	REFUSES(MSG_PROXY_UPDATE, proxy_update, has_listen, 2);
	REFUSES(MSG_PROXY_UPDATE, proxy_update, has_upstream, 2);
	REFUSES(MSG_PROXY_UPDATE, proxy_update, has_enabled, 2);
	REFUSES(MSG_TOXIC_UPDATE, toxic_update, spec.kind, TOXIC_KIND_MAX);
	REFUSES(MSG_TOXIC_UPDATE, toxic_update, has_toxicity, 2);
	REFUSES(MSG_TOXIC_UPDATE, toxic_update, values_given, 0x80);
	REFUSES(MSG_RELAY_TOXIC_ADD, toxic_spec, kind, TOXIC_KIND_MAX);
	REFUSES(MSG_RELAY_TOXIC_ADD, toxic_spec, kind, TOXIC_NONE);
	REFUSES(MSG_RELAY_TOXIC_ADD, toxic_spec, values[7].integer, 1);
	REFUSES(MSG_RELAY_TOXIC_ADD, toxic_spec, stream, STREAM_MAX);
	REFUSES(MSG_RELAY_TOXIC_ADD, toxic_spec, toxicity, NAN);
	REFUSES(MSG_RELAY_TOXIC_ADD, toxic_spec, toxicity, INFINITY);
	REFUSES(MSG_RELAY_TOXIC_ADD, toxic_spec, kind, TOXIC_SLICER);
	REFUSES(MSG_STORED, store_result, code, STORE_CODE_MAX);
	REFUSES(MSG_STORED, store_result, is_populated, 2);
	REFUSES(MSG_DIALED, dial_result, error, ENDPOINT_ERROR_MAX);
	REFUSES(MSG_DIALED, dial_result, address.family, 1);
	REFUSES(MSG_LOOKED_UP, lookup_result, error, ENDPOINT_ERROR_MAX);
	REFUSES(MSG_LOOKED_UP, lookup_result, n, 1);
	REFUSES(MSG_LOOKED_UP, lookup_result, addresses[15].family, 4);
}

static int
takes_word(int64_t number)
{
	struct msg m = { .type = MSG_RELAY_TOXIC_ADD,
		.fd = -1,
		.len = offsetof(struct toxic_spec, tail) };
	struct toxic_spec spec = { .kind = TOXIC_CARRY };

	spec.values[CARRY_WAY].integer = number;
	memcpy(&m.payload, &spec, sizeof(spec));
	return msg_check(&m) == 0;
}

Test(msg, the_number_of_a_word_is_one)
{
	cr_expect(takes_word(0) && takes_word(3));
	cr_expect(!takes_word(4) && !takes_word(-1));
	cr_expect(!takes_word(INT64_MAX) && !takes_word(INT64_MIN));
}

Test(msg, descriptors_come_where_they_belong)
{
	cr_expect(msg_fd_is_legal(MSG_API_LISTENER, 1));
	cr_expect(!msg_fd_is_legal(MSG_API_LISTENER, 0));
	cr_expect(msg_fd_is_legal(MSG_PING, 0));
	cr_expect(!msg_fd_is_legal(MSG_PING, 1));
	cr_expect(msg_fd_is_legal(MSG_DIALED, 0));
	cr_expect(msg_fd_is_legal(MSG_DIALED, 1));
}

Test(msg, ids_come_where_they_belong)
{
	cr_expect(msg_id_is_legal(MSG_ANSWER, 1));
	cr_expect(!msg_id_is_legal(MSG_ANSWER, 0));
	cr_expect(msg_id_is_legal(MSG_LOG, 0));
	cr_expect(!msg_id_is_legal(MSG_LOG, 1));
	cr_expect(msg_id_is_legal(MSG_PING, 0));
	cr_expect(msg_id_is_legal(MSG_PING, UINT32_MAX));
}

Test(msg, a_number_that_is_no_type)
{
	cr_expect_str_eq(msg_name(MSG_MAX), "?");
	cr_expect_str_eq(msg_name(MSG_NONE), "?");
	cr_expect_eq(msg_size(MSG_MAX), 0);
	cr_expect_str_eq(msg_name(MSG_PING), "PING");
}

/* ---- channels */

static struct chan a, b;

static void
open_pair(void)
{
	int fds[2];

	cr_assert_eq(chan_pair(fds), 0);
	chan_open(&a, fds[0]);
	chan_open(&b, fds[1]);
}

static void
close_pair(void)
{
	chan_close(&a);
	chan_close(&b);
}

TestSuite(chan, .init = open_pair, .fini = close_pair);

Test(chan, carries_a_message)
{
	struct proxy_ref ref = { .id = 7 };
	struct msg m;

	cr_assert_eq(chan_receive(&b, &m), 0, "nothing yet");
	cr_assert_eq(chan_send(&a, MSG_DIAL_PROXY_GONE, 0, &ref, -1), 0);
	cr_assert_eq(chan_receive(&b, &m), 1);
	cr_assert_eq(m.type, MSG_DIAL_PROXY_GONE);
	cr_assert_eq(m.id, 0);
	cr_assert_eq(m.fd, -1);
	cr_assert_eq(msg_get_proxy_ref(&m)->id, 7);
}

Test(chan, carries_a_descriptor)
{
	struct nothing nothing = { 0 };
	struct msg m;
	int ends[2], fd;

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(chan_send(&a, MSG_API_LISTENER, 0, &nothing, ends[0]), 0);
	cr_assert_eq(write(ends[1], "x", 1), 1);
	cr_assert_eq(chan_receive(&b, &m), 1);
	fd = msg_take_fd(&m);
	cr_assert_neq(fd, -1);
	cr_assert_eq(msg_take_fd(&m), -1, "it is taken");
	cr_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	cr_assert_eq(read(fd, &(char){ 0 }, 1), 1);
	close(fd);
	close(ends[1]);
}

Test(chan, what_does_not_fit_waits_in_order)
{
	struct toxic_state state = { .spec.kind = TOXIC_NOOP };
	struct msg m;
	uint32_t sent, seen = 0;

	for (sent = 0; sent < 5000; sent++) {
		state.proxy_id = sent;
		cr_assert_eq(
		    chan_send(&a, MSG_REPLICA_TOXIC, 0, &state, -1), 0);
	}
	cr_assert(chan_wants_write(&a));
	while (seen < sent) {
		while (chan_receive(&b, &m) == 1) {
			cr_assert_eq(msg_get_toxic_state(&m)->proxy_id, seen);
			seen++;
		}
		cr_assert_eq(chan_flush(&a), 0);
	}
	cr_assert(!chan_wants_write(&a));
}

Test(chan, what_is_held_leaves_once_it_is_released)
{
	struct toxic_state state = { .spec.kind = TOXIC_NOOP };
	struct log_record line = { .level = LOG_INFO };
	struct msg m;

	chan_hold(&a);
	for (state.proxy_id = 1; state.proxy_id <= 3; state.proxy_id++)
		cr_assert_eq(
		    chan_send(&a, MSG_REPLICA_TOXIC, 0, &state, -1), 0);
	cr_assert_eq(chan_try_send(&a, MSG_LOG, &line), -1);
	cr_assert_eq(chan_flush(&a), 0);
	cr_assert(!chan_wants_write(&a), "nobody has to wait for room");
	cr_assert_eq(chan_receive(&b, &m), 0);

	cr_assert_eq(chan_release(&a), 0);
	for (state.proxy_id = 1; state.proxy_id <= 3; state.proxy_id++) {
		cr_assert_eq(chan_receive(&b, &m), 1);
		cr_assert_eq(msg_get_toxic_state(&m)->proxy_id, state.proxy_id);
	}
	cr_assert_eq(chan_receive(&b, &m), 0);
	cr_assert_eq(chan_send(&a, MSG_REPLICA_TOXIC, 0, &state, -1), 0);
	cr_assert_eq(chan_receive(&b, &m), 1, "from then on as ever");
}

Test(chan, what_may_be_lost_is_not_queued)
{
	struct log_record line = { .level = LOG_INFO };
	int i, lost = 0;

	for (i = 0; i < 10000; i++)
		lost += chan_try_send(&a, MSG_LOG, &line) == -1;
	cr_assert_gt(lost, 0);
	cr_assert(!chan_wants_write(&a));
}

Test(chan, a_queue_has_a_bound)
{
	struct toxic_name name = { .name = "t" };
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < 2 * CHAN_QUEUE_MAX / sizeof(name); i++)
		r = chan_send(&a, MSG_TOXIC_DELETE, 1, &name, -1);
	cr_assert_eq(r, -1);
	cr_assert_eq(errno, ENOBUFS);
}

Test(chan, the_other_end_has_gone)
{
	struct msg m;

	chan_close(&b);
	cr_assert_eq(chan_receive(&a, &m), -1);
	cr_assert_eq(errno, EPIPE);
	cr_assert_eq(chan_send_nothing(&a, MSG_PING, 1), -1);
	cr_assert_eq(errno, EPIPE);
	b.fd = -1;
	cr_assert_eq(chan_pair((int[2]){ 0, 0 }), 0);
}

/* That it has left something unread is no reason not to hear it. */
Test(chan, what_was_said_before_it_went_is_heard)
{
	struct msg m;

	cr_assert_eq(chan_send_nothing(&a, MSG_PING, 1), 0);
	cr_assert_eq(chan_send_nothing(&b, MSG_RELAY_DONE, 2), 0);
	chan_close(&b);
	cr_assert_eq(chan_receive(&a, &m), 1);
	cr_assert_eq(m.id, 2);
	cr_assert_eq(chan_receive(&a, &m), -1);
	cr_assert_eq(errno, EPIPE);
}

Test(chan, also_when_it_is_told_something_after_that)
{
	struct msg m;

	cr_assert_eq(chan_send_nothing(&a, MSG_PING, 1), 0);
	cr_assert_eq(chan_send_nothing(&b, MSG_RELAY_DONE, 2), 0);
	chan_close(&b);
	cr_assert_eq(chan_send_nothing(&a, MSG_PING, 3), -1);
	cr_assert_eq(errno, EPIPE);
	cr_assert_eq(chan_receive(&a, &m), 1);
	cr_assert_eq(m.id, 2);
}

Test(chan, what_is_no_message)
{
	static const uint8_t noise[][40] = { "", "x",
		"xxxxxxxxxxxxxxxxxxxxxx" };
	struct msg m;
	size_t i;

	for (i = 1; i < nitems(noise); i++) {
		cr_assert_eq(
		    send(a.fd, noise[i], strlen((const char *)noise[i]), 0),
		    (ssize_t)strlen((const char *)noise[i]));
		cr_assert_eq(chan_receive(&b, &m), -1);
		cr_assert_eq(errno, EBADMSG);
	}
}

/* Of every type: it is looked at before anybody gets it. */
Test(chan, what_is_no_payload)
{
	struct {
		uint32_t type, id;
		union msg_payload payload;
	} packet;
	struct msg m = { .fd = -1 };
	size_t i, refused = 0;
	int r;

	for (i = 0; i < nitems(samples); i++) {
		if (!msg_fd_is_legal(samples[i].type, 0))
			continue;
		memset(&packet, 0xff, sizeof(packet));
		packet.type = samples[i].type;
		packet.id = !msg_id_is_legal(samples[i].type, 0);
		m.type = samples[i].type;
		m.len = samples[i].size;
		memset(&m.payload, 0xff, sizeof(m.payload));
		r = msg_check(&m);
		refused += r == -1;
		cr_assert_gt(
		    send(a.fd, &packet, 2 * sizeof(uint32_t) + m.len, 0), 0);
		cr_expect_eq(chan_receive(&b, &m), r == -1 ? -1 : 1, "%s",
		    samples[i].name);
		cr_expect_eq(m.type, samples[i].type);
	}
	cr_assert_gt(refused, nitems(samples) / 2);
}

Test(chan, what_has_the_wrong_id)
{
	struct {
		uint32_t type, id;
		struct nothing nothing;
	} packet = { .type = MSG_RELAY_DONE };
	struct msg m;

	cr_assert_gt(send(a.fd, &packet, sizeof(packet), 0), 0);
	cr_expect_eq(chan_receive(&b, &m), -1, "it answers nothing");
	packet.type = MSG_API_SERVES;
	packet.id = 1;
	cr_assert_gt(send(a.fd, &packet, sizeof(packet), 0), 0);
	cr_expect_eq(chan_receive(&b, &m), -1, "it answers something");
	cr_expect_eq(errno, EBADMSG);
}

/* It would have stayed with us for ever: tests/fuzz found it. */
Test(chan, an_empty_packet_leaves_no_descriptor)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	struct msghdr mh = { .msg_control = &control,
		.msg_controllen = sizeof(control) };
	int fd = dup(a.fd), lowest;
	struct msg m;

	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	cr_assert_eq(sendmsg(a.fd, &mh, 0), 0);
	close(fd);
	cr_assert_eq(chan_receive(&b, &m), -1);
	cr_assert_eq(errno, EPIPE);
	lowest = dup(a.fd);
	cr_assert_eq(lowest, fd);
	close(lowest);
}

/* SPDX-License-Identifier: ISC */
/*
 * A packet of arbitrary bytes, and perhaps a descriptor, out of a channel and
 * past the check at its end: what passes is as its types say.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "packet.h"

static struct chan ends[2];

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int fds[2];

	(void)argc;
	(void)argv;
	must(chan_pair(fds) == 0);
	chan_open(&ends[0], fds[0]);
	chan_open(&ends[1], fds[1]);
	return 0;
}

static void
check_text(const char *text, size_t size)
{
	must(strnlen(text, size) < size);
}

static void
check_endpoint(const struct endpoint *e)
{
	char text[512];

	check_text(e->text, sizeof(e->text));
	check_text(e->host, sizeof(e->host));
	check_text(e->service, sizeof(e->service));
	must(!e->literal || e->address.family != 0);
	must(address_text(&e->address, text) == text);
	endpoint_error_text(e, e->error, 0, text, sizeof(text));
}

/* Whoever gets one walks over its fields, and does not look back. */
static void
check_log(const struct log_record *r)
{
	const char *at = r->fields, *end = r->fields + r->fields_len;

	must(r->fields_len <= sizeof(r->fields));
	while (at < end) {
		must(*at == 's' || *at == 'n');
		at += strlen(at) + 1;
		must(at < end);
		at += strlen(at) + 1;
	}
	must(at == end);
}

static void
check_toxic(const struct toxic_spec *spec)
{
	struct toxic_fault fault;

	check_text(spec->name, sizeof(spec->name));
	must(toxic_kind_is_known(spec->kind) && spec->stream < STREAM_MAX);
	must(toxic_spec_check(spec, &fault) == 0);
}

static void
check_payload(const struct msg *m)
{
	switch (m->type) {
	case MSG_LOG:
		check_log(msg_get_log_record(m));
		break;
	case MSG_LOOKUP:
		check_endpoint(&msg_get_lookup_request(m)->endpoint);
		break;
	case MSG_PROXY_CREATE_TOXIC:
	case MSG_RELAY_TOXIC_ADD:
	case MSG_RELAY_TOXIC_UPDATE:
		check_toxic(msg_get_toxic_spec(m));
		break;
	case MSG_ANSWER:
		check_endpoint(&msg_get_answer(m)->listen);
		break;
	case MSG_PROXY_CREATE:
	case MSG_PROXY_POPULATE:
		check_endpoint(&msg_get_proxy_create(m)->spec.upstream);
		break;
	default:
		break;
	}
}

/* Zeros up to the length that the type has, so that lengths need no luck. */
static size_t
fill_up(uint8_t *packet, size_t size, size_t max)
{
	const size_t header = 2 * sizeof(uint32_t);
	uint32_t type;
	size_t whole;

	memcpy(&type, packet, sizeof(type));
	whole = header + msg_length((enum msg_type)type, packet + header);
	return whole > size && whole <= max ? whole : size;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t packet[16384];
	struct input in = { data, size };
	uint8_t how = input_byte(&in);
	int lowest_fd = fuzz_lowest_free_fd();
	struct msg m;

	size = in.size < sizeof(packet) ? in.size : sizeof(packet);
	memset(packet, 0, sizeof(packet));
	input_bytes(&in, packet, size);
	if ((how & 4) != 0)
		size = fill_up(packet, size, sizeof(packet));
	packet_send(ends[0].fd, packet, size, STDIN_FILENO, how & 3);
	if (chan_receive(&ends[1], &m) == 1) {
		must(m.len == msg_length(m.type, &m.payload));
		check_payload(&m);
		msg_drop(&m);
	}
	must(chan_receive(&ends[1], &m) == 0);
	must(fuzz_lowest_free_fd() == lowest_fd);
	return 0;
}

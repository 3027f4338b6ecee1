/* SPDX-License-Identifier: ISC */
/* See packet.h. */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "nitems.h"
#include "packet.h"
#include "toxic_tail.h"

#define FDS_MAX 3
#define HEADER (2 * sizeof(uint32_t))

void
packet_send(int channel, const void *data, size_t size, int fd, int nfds)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control = { .space = { 0 } };
	struct iovec iov = { (void *)(uintptr_t)data, size };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	size_t i, n = (size_t)nfds;

	if (n > 0) {
		mh.msg_control = &control;
		mh.msg_controllen = CMSG_SPACE(n * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(n * sizeof(int));
	}
	for (i = 0; i < n; i++)
		memcpy(CMSG_DATA(&control.align) + i * sizeof(int), &fd,
		    sizeof(fd));
	/* A channel that is full, or closed, has heard enough. */
	(void)sendmsg(channel, &mh, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Some bytes somewhere. */
static void
patch(struct input *in, uint8_t *payload, size_t size)
{
	size_t at = input_number(in, 2) % size, n = input_byte(in);

	n = n < size - at ? n : size - at;
	n = n < in->size ? n : in->size;
	input_bytes(in, payload + at, n);
}

/* How long its tail is: of any length, or none. */
static size_t
set_tail(enum msg_type type, uint8_t *payload, uint8_t how)
{
	uint16_t ntail = how < 128 ? 0 : (uint16_t)((how - 128) * 4);

	memcpy(payload + msg_size(type) - sizeof(struct toxic_spec) +
		offsetof(struct toxic_spec, ntail),
	    &ntail, sizeof(ntail));
	return msg_length(type, payload);
}

void
packet_random(struct input *in, int channel)
{
	static uint8_t packet[HEADER + sizeof(union msg_payload) + 16];
	uint32_t type = input_byte(in) % (MSG_MAX + 1);
	uint32_t id = input_byte(in);
	uint8_t how = input_byte(in);
	size_t size = msg_size((enum msg_type)type);
	int nfds = !msg_fd_is_legal((enum msg_type)type, 0);

	memset(packet, 0, sizeof(packet));
	memcpy(packet, &type, sizeof(type));
	memcpy(packet + sizeof(type), &id, sizeof(id));
	for (; size > 0 && (how & 3) != 0; how--)
		patch(in, packet + HEADER, size);
	/* patched blindly, it would hardly ever be as long as it says */
	if (size != msg_length((enum msg_type)type, packet + HEADER))
		size = set_tail(
		    (enum msg_type)type, packet + HEADER, input_byte(in));
	if ((how & 0xf0) == 0xf0)
		nfds = how >> 2 & 3;
	if ((how & 0xf0) == 0xe0)
		size += (how >> 2 & 3) - 1U;
	packet_send(channel, packet, HEADER + size, STDIN_FILENO, nfds);
}

static union toxic_value
value(struct input *in, const struct toxic_attribute *a)
{
	static const uint8_t sizes[] = { 1, 1, 1, 2, 2, 3, 4, 8 };
	uint64_t n = input_number(in, sizes[input_byte(in) % nitems(sizes)]);
	union toxic_value value = { .integer = (int64_t)n };

	if (a->kind == VALUE_FRACTION)
		value.fraction = (double)(int64_t)n / 255;
	else if (a->kind == VALUE_ENUM)
		value.integer =
		    toxic_word(a, (int64_t)n) != NULL ? value.integer : 0;
	else if (value.integer < a->range.integer.min)
		value.integer = a->range.integer.most;
	return value;
}

/* What it has no room for is left out. */
static void
draw_tail(struct input *in, struct toxic_spec *spec, int slot,
    const struct toxic_attribute *a)
{
	uint8_t n = input_byte(in) % 32;
	char text[8] = "";

	toxic_tail_clear(spec, slot);
	text[0] = (char)('a' + n % 26);
	if (a->kind == VALUE_TEXT)
		(void)toxic_tail_set_text(spec, slot, n > 0 ? text : "");
	else if (a->kind == VALUE_TEXTS)
		while (n-- > 0)
			(void)toxic_tail_add_text(spec, slot, text + n % 2);
	else
		while (n-- > 0)
			(void)toxic_tail_add_integer(
			    spec, slot, a->range.integers.least + n);
}

int
packet_attributes(struct input *in, struct toxic_spec *spec)
{
	const struct toxic_schema *schema =
	    toxic_schema((enum toxic_kind)spec->kind);
	struct toxic_fault fault;
	size_t i;

	for (i = 0; i < schema->nattributes; i++) {
		if (toxic_is_in_tail(&schema->attributes[i]))
			draw_tail(in, spec, (int)i, &schema->attributes[i]);
		else
			spec->values[i] = value(in, &schema->attributes[i]);
	}
	return toxic_spec_check(spec, &fault);
}

enum toxic_kind
packet_kind(struct input *in)
{
	enum toxic_kind kind =
	    (enum toxic_kind)(1 + input_byte(in) % (TOXIC_KIND_MAX - 1));

	return toxic_schema(kind)->whose == OF_DEBUG && kind != TOXIC_CARRY
	    ? TOXIC_NOOP
	    : kind;
}

int
packet_toxic(struct input *in, struct toxic_spec *spec)
{
	uint8_t toxicity;

	memset(spec, 0, sizeof(*spec));
	spec->kind = (uint8_t)packet_kind(in);
	spec->stream = input_byte(in) % STREAM_MAX;
	spec->name[0] = (char)('a' + input_byte(in) % 4);
	toxicity = input_byte(in);
	spec->toxicity = toxicity >= 96 ? 1 : (float)toxicity / 96;
	return packet_attributes(in, spec);
}

/* A local address that the kernel makes up. */
int
packet_listener(void)
{
	struct sockaddr_un any = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	must(fd != -1);
	must(bind(fd, (struct sockaddr *)&any, sizeof(any.sun_family)) == 0);
	must(listen(fd, 64) == 0);
	return fd;
}

int
packet_connect(int listener)
{
	struct sockaddr_un where;
	socklen_t len = sizeof(where);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	must(fd != -1);
	must(getsockname(listener, (struct sockaddr *)&where, &len) == 0);
	if (connect(fd, (struct sockaddr *)&where, len) == 0)
		return fd;
	close(fd); /* its backlog is full */
	return -1;
}

void
packet_connect_spec(struct input *in, struct connect_spec *c)
{
	const uint8_t how = input_byte(in);

	memset(c, 0, sizeof(*c));
	c->mode = how % CONNECT_MODE_MAX;
	c->dial_fail = (how >> 4) % DIAL_FAIL_MAX;
	c->dial_delay = (how & 0x80) != 0 ? input_byte(in) : 0;
	if (c->mode == CONNECT_ACCEPT_DELAY)
		c->delay = 1U + input_byte(in);
}

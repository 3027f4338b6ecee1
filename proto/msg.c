/* SPDX-License-Identifier: ISC */
/* Messages, by the table of their types. */

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "msg.h"

/* Has it one? */
enum rule {
	NO,
	ID,
	FD = ID,
	ANY
};

/*
 * Names and not where they are: what has an address in it the loader writes to,
 * and every worker then has it in memory of its own.
 */
static const struct msg_rule {
	char name[24];
	enum payload_tag payload;
	size_t size;
	enum rule id, fd;
} rules[MSG_MAX] = {
#define X(type, payload, id, fd)                                               \
	[MSG_##type] = { #type, PAYLOAD_##payload, sizeof(struct payload), id, \
		fd },
	MSG_TYPES(X)
#undef X
};

#define X(payload) +1
enum {
	NPAYLOADS = 0 MSG_PAYLOADS(X)
};
#undef X

static const uint8_t has_tail[NPAYLOADS] = {
#define X(payload) [PAYLOAD_##payload] = 1,
	MSG_WITH_TAIL(X)
#undef X
};

static const struct msg_rule *
rule_of(enum msg_type type)
{
	if (type <= MSG_NONE || type >= MSG_MAX)
		return NULL;
	return &rules[type];
}

const char *
msg_name(enum msg_type type)
{
	const struct msg_rule *r = rule_of(type);

	return r != NULL ? r->name : "?";
}

size_t
msg_size(enum msg_type type)
{
	const struct msg_rule *r = rule_of(type);

	return r != NULL ? r->size : 0;
}

/* Where a payload of that size says how long its tail is. */
static size_t
where_ntail(size_t size)
{
	return size - sizeof(struct toxic_spec) +
	    offsetof(struct toxic_spec, ntail);
}

size_t
msg_length(enum msg_type type, const void *payload)
{
	const struct msg_rule *r = rule_of(type);
	uint16_t ntail;

	if (r == NULL || !has_tail[r->payload])
		return r != NULL ? r->size : 0;
	memcpy(&ntail, (const uint8_t *)payload + where_ntail(r->size),
	    sizeof(ntail));
	return r->size - TOXIC_TAIL_MAX + ntail;
}

/* Can a payload of that many bytes, which are here, be one of that type? */
static int
length_is_legal(enum msg_type type, const void *payload, size_t len)
{
	const struct msg_rule *r = rule_of(type);

	return r != NULL && len <= r->size &&
	    len >= r->size - (has_tail[r->payload] ? TOXIC_TAIL_MAX : 0) &&
	    len == msg_length(type, payload);
}

int
msg_fd_is_legal(enum msg_type type, int has_fd)
{
	const struct msg_rule *r = rule_of(type);

	return r != NULL && (r->fd == ANY || (r->fd == FD) == (has_fd != 0));
}

int
msg_id_is_legal(enum msg_type type, uint32_t id)
{
	const struct msg_rule *r = rule_of(type);

	return r != NULL && (r->id == ANY || (r->id == ID) == (id != 0));
}

int
msg_take_fd(struct msg *m)
{
	int fd = m->fd;

	m->fd = -1;
	return fd;
}

void
msg_drop(struct msg *m)
{
	if (m->fd != -1)
		close(m->fd);
	m->fd = -1;
}

int
msg_check(struct msg *m)
{
	const struct msg_rule *r = rule_of(m->type);

	if (r == NULL || !length_is_legal(m->type, &m->payload, m->len))
		return -1;
	memset((uint8_t *)&m->payload + m->len, 0, r->size - m->len);
	return payload_is_sound(r->payload, &m->payload) ? 0 : -1;
}

static void
must_have(const struct msg *m, enum payload_tag tag)
{
	const struct msg_rule *r = rule_of(m->type);

	if (r == NULL || r->payload != tag)
		fatalx(
		    "%s: %s has another payload", __func__, msg_name(m->type));
}

#define X(tag)                                               \
	const struct tag *msg_get_##tag(const struct msg *m) \
	{                                                    \
		must_have(m, PAYLOAD_##tag);                 \
		return &m->payload.tag;                      \
	}
MSG_PAYLOADS(X)
#undef X

/* SPDX-License-Identifier: ISC */
/*
 * A toxic's select, in the tail of its spec: the base, all numbers, and of each
 * client one byte, which says its family and how many bits of it count, and its
 * address.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "toxic_select.h"
#include "toxic_wave.h"

#define IPV4_BYTES 4
#define IPV6_BYTES 16
#define IPV6_MARK 64 /* its bits are above it, as IPv4's never are */

/*
 * Where each number is, which struct toxic_select has one behind the other.
 * Without pointers: the loader would write to a page more in each worker.
 */
static const struct {
	char name[20]; /* as a fault says it */
	size_t at;
	uint32_t min;
} numbers[] = {
#define X(name_, min_, help) \
	{ "select." #name_, offsetof(struct toxic_select, name_), (min_) },
	SELECT_NUMBERS(X)
#undef X
};
#define NNUMBERS (sizeof(numbers) / sizeof(numbers[0]))
#define HEAD_SIZE (sizeof(uint64_t) + NNUMBERS * sizeof(uint32_t))
_Static_assert(SELECT_BYTES_MAX ==
	HEAD_SIZE + (size_t)SELECT_CLIENTS_MAX * (1 + IPV6_BYTES),
    "as toxic_select.h says");

static uint32_t
number(const struct toxic_select *s, size_t i)
{
	uint32_t value;

	memcpy(&value, (const uint8_t *)s + numbers[i].at, sizeof(value));
	return value;
}

int
toxic_select_is_set(const struct toxic_select *s)
{
	size_t i;

	for (i = 0; i < NNUMBERS; i++) {
		if (number(s, i) != 0)
			return 1;
	}
	return s->nclients > 0;
}

/* ---- packed */

static size_t
address_size(uint8_t family)
{
	return family == 4 ? IPV4_BYTES : IPV6_BYTES;
}

static size_t
pack(const struct toxic_select *s, uint8_t *bytes)
{
	const struct bind_rule *r;
	uint8_t *at = bytes;
	uint32_t value;
	size_t i;

	memcpy(at, &s->base, sizeof(s->base));
	at += sizeof(s->base);
	for (i = 0; i < NNUMBERS; i++) {
		value = number(s, i);
		memcpy(at, &value, sizeof(value));
		at += sizeof(value);
	}
	for (i = 0; i < s->nclients; i++) {
		r = &s->clients[i];
		*at++ = (uint8_t)(r->bits + (r->family == 6 ? IPV6_MARK : 0));
		memcpy(at, r->ip, address_size(r->family));
		at += address_size(r->family);
	}
	return (size_t)(at - bytes);
}

/* Returns how many bytes it is; 0: so many are not there. */
static size_t
unpack_client(struct bind_rule *r, const uint8_t *at, size_t n)
{
	size_t size;

	memset(r, 0, sizeof(*r));
	r->last = UINT16_MAX;
	r->family = *at < IPV6_MARK ? 4 : 6;
	r->bits = (uint8_t)(*at - (r->family == 6 ? IPV6_MARK : 0));
	size = address_size(r->family);
	if (n < 1 + size || r->bits > size * 8)
		return 0;
	memcpy(r->ip, at + 1, size);
	return 1 + size;
}

/* 0, or -1: it is none. */
static int
unpack(struct toxic_select *s, const uint8_t *at, size_t n)
{
	const uint8_t *end = at + n;
	size_t i, size;

	memset(s, 0, sizeof(*s));
	if (n < HEAD_SIZE)
		return -1;
	memcpy(&s->base, at, sizeof(s->base));
	at += sizeof(s->base);
	for (i = 0; i < NNUMBERS; i++, at += sizeof(uint32_t))
		memcpy((uint8_t *)s + numbers[i].at, at, sizeof(uint32_t));
	for (; at < end; at += size) {
		if (s->nclients == SELECT_CLIENTS_MAX)
			return -1;
		size = unpack_client(
		    &s->clients[s->nclients++], at, (size_t)(end - at));
		if (size == 0)
			return -1;
	}
	return 0;
}

/* ---- in a spec */

/* It is behind the owner and all values. */
static size_t
select_at(const struct toxic_spec *spec)
{
	const size_t n = toxic_schema((enum toxic_kind)spec->kind)->nattributes;

	return toxic_tail_offset(spec, (int)n);
}

/* What is behind it are waves. */
static size_t
select_end(const struct toxic_spec *spec)
{
	return spec->ntail - toxic_waves_size(spec);
}

int
toxic_select_get(const struct toxic_spec *spec, struct toxic_select *s)
{
	const size_t at = select_at(spec), end = select_end(spec);

	if (at == end) {
		memset(s, 0, sizeof(*s));
		return 0;
	}
	return unpack(s, spec->tail + at, end - at) == 0;
}

void
toxic_select_set(struct toxic_spec *spec, const struct toxic_select *s)
{
	const size_t nwaves = toxic_waves_size(spec);
	size_t n = select_at(spec);
	uint8_t waves[WAVES_BYTES_MAX];

	memcpy(waves, spec->tail + select_end(spec), nwaves);
	if (toxic_select_is_set(s))
		n += pack(s, spec->tail + n);
	memcpy(spec->tail + n, waves, nwaves);
	n += nwaves;
	spec->ntail = (uint16_t)n;
	memset(spec->tail + n, 0, sizeof(spec->tail) - n);
}

/* In its place, as the spec may have no room for a whole tail. */
int
toxic_select_begin(struct toxic_spec *spec, uint64_t sessions)
{
	const size_t at = select_at(spec);
	uint64_t base;

	if (at == select_end(spec))
		return 0;
	memcpy(&base, spec->tail + at, sizeof(base));
	if (base <= sessions)
		return 0;
	memcpy(spec->tail + at, &sessions, sizeof(sessions));
	return 1;
}

void
toxic_select_anew(struct toxic_spec *spec)
{
	const uint64_t base = SELECT_FROM_NOW;
	const size_t at = select_at(spec);

	if (at < select_end(spec))
		memcpy(spec->tail + at, &base, sizeof(base));
}

void
toxic_select_take(struct toxic_spec *spec, const struct toxic_spec *from)
{
	struct toxic_select s;

	if (toxic_select_is_same(spec, from))
		return;
	(void)toxic_select_get(from, &s);
	s.base = SELECT_FROM_NOW;
	toxic_select_set(spec, &s);
}

void
toxic_select_keep(struct toxic_spec *spec, const struct toxic_spec *was)
{
	struct toxic_select s;

	if (toxic_select_is_same(spec, was) && toxic_select_get(was, &s))
		(void)toxic_select_begin(spec, s.base);
}

int
toxic_select_is_same(const struct toxic_spec *x, const struct toxic_spec *y)
{
	struct toxic_select a, b;

	(void)toxic_select_get(x, &a);
	(void)toxic_select_get(y, &b);
	a.base = b.base;
	return memcmp(&a, &b, sizeof(a)) == 0;
}

/* ---- is it sound? */

/* Some bit is set behind the prefix. */
static int
is_longer(const struct bind_rule *r)
{
	size_t i;

	for (i = r->bits; i < sizeof(r->ip) * 8; i++) {
		if ((r->ip[i / 8] & 0x80 >> i % 8) != 0)
			return 1;
	}
	return 0;
}

static const char *
clients_fault(const struct toxic_select *s, char *why, size_t size)
{
	size_t i;

	for (i = 0; i < s->nclients; i++) {
		if (!is_longer(&s->clients[i]))
			continue;
		snprintf(why, size, "an address goes on behind its prefix");
		return "select.clients";
	}
	return NULL;
}

const char *
toxic_select_fault(const struct toxic_select *s, char *why, size_t size)
{
	uint32_t value;
	size_t i;

	for (i = 0; i < NNUMBERS; i++) {
		value = number(s, i);
		if (value == 0 ||
		    (value >= numbers[i].min && value <= SELECT_NUMBER_MAX))
			continue;
		snprintf(why, size, "must be from %" PRIu32 " to %d",
		    numbers[i].min, SELECT_NUMBER_MAX);
		return numbers[i].name;
	}
	if (s->offset > 0 && s->offset >= s->every) {
		snprintf(why, size, "must be below every");
		return "select.offset";
	}
	return clients_fault(s, why, size);
}

int
toxic_own_check(const struct toxic_spec *spec, struct toxic_fault *fault)
{
#define X(name, min, help) +1
	static const size_t ncounts = 0 SELECT_COUNTS(X);
#undef X
	struct toxic_select s;
	size_t i;

	(void)toxic_select_get(spec, &s);
	fault->field = spec->lease != 0 ? "ttl" : NULL;
	if (spec->nowner > 0)
		fault->field = "owner";
	for (i = 0; i < ncounts && fault->field == NULL; i++) {
		if (number(&s, i) != 0)
			fault->field = numbers[i].name;
	}
	if (fault->field == NULL && s.nclients > 0)
		fault->field = "select.clients";
	if (fault->field == NULL)
		return 0;
	snprintf(fault->why, sizeof(fault->why),
	    "a toxic of one session's own has none");
	return -1;
}

/* It says something: "" is not written as zeros. */
int
toxic_select_is_sound(const uint8_t *bytes, size_t n)
{
	struct toxic_select s;
	char why[64];

	return unpack(&s, bytes, n) == 0 && toxic_select_is_set(&s) &&
	    toxic_select_fault(&s, why, sizeof(why)) == NULL;
}

/* SPDX-License-Identifier: ISC */
/* See chain_rig.h. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "chain_rig.h"
#include "nitems.h"

#define HELD_MAX ((size_t)32 * 1024 * 1024)

void
rig_open(struct rig *r)
{
	size_t i;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < nitems(r->toxics); i++)
		r->toxics[i].spec = &r->specs[i];
	r->budget.max = 8 * HELD_MAX;
	r->ended = CLOCK_NEVER;
	r->arrivals = calloc(ARRIVALS_MAX, sizeof(*r->arrivals));
	cr_assert_not_null(r->arrivals);
	random_seed(&r->random, 1, "unit", 1);
	chain_init(&r->chain, &r->budget, &r->random, HELD_MAX);
}

void
rig_close(struct rig *r)
{
	chain_free(&r->chain);
	cr_assert_eq(r->budget.held, 0, "%zu bytes not freed", r->budget.held);
	free(r->arrivals);
}

struct rig rig;

void
rig_before(void)
{
	rig_open(&rig);
}

void
rig_after(void)
{
	rig_close(&rig);
}

/* The n-th byte of the stream: 251 is prime, so that no size hides a shift. */
static uint8_t
byte_at(uint64_t n)
{
	return (uint8_t)(n % 251);
}

/* What the sink would write, and checks it. */
static void
take_out(struct rig *r, int64_t now)
{
	struct chunk *k;
	uint32_t i, len;

	while ((k = STAILQ_FIRST(&r->chain.out)) != NULL) {
		len = k->len;
		for (i = 0; i < len && !r->is_lossy; i++)
			cr_assert_eq(k->data[k->off + i], byte_at(r->got + i),
			    "byte %lu", (unsigned long)(r->got + i));
		r->got += len;
		cr_assert_lt(r->narrivals, (size_t)ARRIVALS_MAX);
		r->arrivals[r->narrivals++] =
		    (struct arrival){ now, len, k->is_piece };
		chain_written(&r->chain, len);
	}
	cr_assert_eq(r->chain.out_bytes, 0);
}

/* As a pipe does it: where there is room, there may be more to write. */
static void
drain(struct rig *r, int64_t now)
{
	do
		take_out(r, now);
	while (chain_wants_room(&r->chain) && chain_has_room(&r->chain, now));
	take_out(r, now);
	if (r->chain.end != CHAIN_OPEN && r->ended == CLOCK_NEVER)
		r->ended = now;
}

/* What the toxic has no attribute for is left alone. */
static void
set_values(struct toxic *t, int64_t a, int64_t b, int64_t c)
{
	const int64_t values[] = { a, b, c };
	const struct toxic_schema *s =
	    toxic_schema((enum toxic_kind)t->spec->kind);
	size_t i;

	for (i = 0; i < s->nattributes && i < nitems(values); i++) {
		if (s->attributes[i].kind == VALUE_FRACTION)
			t->spec->values[i].fraction = (double)values[i];
		else if (s->attributes[i].kind == VALUE_INTEGER)
			t->spec->values[i].integer = values[i];
	}
}

struct toxic *
rig_add_with(struct rig *r, enum toxic_kind kind, float toxicity, int64_t now,
    int64_t a, int64_t b, int64_t c)
{
	struct toxic *t = &r->toxics[r->ntoxics++];

	t->spec->kind = (uint8_t)kind;
	t->spec->toxicity = toxicity;
	set_values(t, a, b, c);
	r->is_lossy |= kind > TOXIC_NOOP;
	chain_add(&r->chain, t, now);
	drain(r, now);
	return t;
}

struct toxic *
rig_add(struct rig *r, enum toxic_kind kind, int64_t now, int64_t a, int64_t b,
    int64_t c)
{
	return rig_add_with(r, kind, 1, now, a, b, c);
}

void
rig_update(struct rig *r, struct toxic *t, int64_t now, int64_t a, int64_t b,
    int64_t c)
{
	set_values(t, a, b, c);
	chain_update(&r->chain, t, 0, now);
	drain(r, now);
}

void
rig_remove(struct rig *r, struct toxic *t, int64_t now)
{
	chain_remove(&r->chain, t, now);
	drain(r, now);
}

void
rig_halt(struct rig *r, int64_t now)
{
	size_t i;

	for (i = r->ntoxics; i > 0; i--)
		chain_halt(&r->chain, &r->toxics[i - 1], now);
	drain(r, now);
}

void
rig_feed(struct rig *r, size_t len, int64_t now)
{
	uint8_t *data = malloc(len);
	size_t i;

	cr_assert_not_null(data);
	for (i = 0; i < len; i++)
		data[i] = byte_at(r->fed + i);
	r->fed += len;
	chain_feed(&r->chain, data, len, now);
	free(data);
	drain(r, now);
}

void
rig_feed_eof(struct rig *r, int64_t now)
{
	chain_feed_eof(&r->chain, now);
	drain(r, now);
}

void
rig_run(struct rig *r, int64_t until)
{
	int64_t at;

	while ((at = chain_deadline(&r->chain)) <= until) {
		chain_run(&r->chain, at);
		drain(r, at);
	}
}

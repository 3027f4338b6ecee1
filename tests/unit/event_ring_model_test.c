/* SPDX-License-Identifier: ISC */
/* ctld/event_ring.c beside a plain model of it: lists that are gone through. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child_rig.h"
#include "children.h"
#include "event_fields.h"
#include "event_ring.h"
#include "nitems.h"

#define BLOCK (UINT64_C(1) << 32)
#define BASE (BLOCK * EVENT_BLOCK)
#define ADDED 60000
#define TENANTS 7 /* and nobody */

struct modelled {
	int of;                  /* a tenant; TENANTS: nobody */
	uint64_t id_own, id_all; /* of all 0: it is not there */
	size_t len;
};

/* The oldest first. */
static struct model {
	struct modelled *all[ADDED];
	size_t first, n;
	uint64_t last;
	size_t bytes;
} own[TENANTS + 1], all;
static size_t bytes;

static struct child apid;
static struct event_record heard[EVENTS_PAGE];
static size_t nheard;
static struct event_end end;

static void
hear(struct child *c, enum msg_type type, uint32_t id, const void *payload,
    size_t size)
{
	(void)c;
	(void)id;
	if (type == MSG_EVENT)
		memcpy(&heard[nheard++], payload, size);
	else if (type == MSG_EVENTS_END)
		memcpy(&end, payload, size);
}

static void
reserve(uint64_t next)
{
	(void)next;
}

static uint64_t
draw(uint64_t below)
{
	static uint64_t state = 1;

	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (state >> 33) % below;
}

static const char *
name(int of)
{
	static const char *const names[] = { "", "a", "b", "c", "d", "e", "f" };

	_Static_assert(nitems(names) == TENANTS, "one has no name");
	return of < TENANTS ? names[of] : "";
}

/* ---- the model */

/* of: a tenant, or -1: all */
static void
ask(int of, uint64_t after)
{
	struct event_question q = { .after = BASE + after,
		.of.is_of_all = of < 0 };

	if (of >= 0)
		snprintf(q.of.tenant, sizeof(q.of.tenant), "%s", name(of));
	nheard = 0;
	event_ring_read(&apid, 7, &q);
}

/* From the ring. */
static int
has_gone(const struct modelled *e)
{
	const uint64_t id = e->id_all != 0 ? e->id_all : e->id_own;

	ask(e->id_all != 0 ? -1 : e->of, id - 1);
	return nheard == 0 || heard[0].id != BASE + id;
}

/*
 * Of two with as much, the one that the ring has chosen; where it has lost both
 * their oldest, first the one that left less room, or the other need not have.
 */
static int
is_chosen(const struct model *m, const struct model *most)
{
	const struct modelled *e = m->all[m->first],
			      *other = most->all[most->first];

	if (m->bytes != most->bytes)
		return m->bytes > most->bytes;
	return has_gone(e) && (!has_gone(other) || e->len < other->len);
}

static struct model *
largest(void)
{
	struct model *most = &own[0], *m;

	for (m = &own[1]; m <= &own[TENANTS]; m++) {
		if (is_chosen(m, most))
			most = m;
	}
	return most;
}

static void
lose_oldest(struct model *m)
{
	struct modelled *e = m->all[m->first++];

	m->bytes -= EVENT_COST + e->len;
	bytes -= EVENT_COST + e->len;
	e->len = 0; /* gone from the list of all, too */
}

static void
put(struct model *m, struct modelled *e)
{
	m->all[m->n++] = e;
}

static void
model_add(int of, int is_in_all, size_t len)
{
	struct modelled *e = malloc(sizeof(*e));
	struct model *m = &own[of];

	cr_assert_not_null(e);
	*e = (struct modelled){ .of = of, .len = len, .id_own = ++m->last };
	if (is_in_all)
		e->id_all = ++all.last;
	while (bytes + EVENT_COST + len > EVENTS_BYTES_MAX)
		lose_oldest(largest());
	put(m, e);
	if (is_in_all)
		put(&all, e);
	m->bytes += EVENT_COST + len;
	bytes += EVENT_COST + len;
}

/* ---- both */

static struct event_record
make(int of, size_t len)
{
	char text[EVENT_FIELDS_MAX] = "";
	struct event_record r;

	memset(&r, 0, sizeof(r));
	r.kind = EVENT_PROXY_CREATED;
	snprintf(r.of.tenant, sizeof(r.of.tenant), "%s", name(of));
	memset(text, 'x', len);
	event_add_text(&r, EVENT_SAYS, "k", text);
	return r;
}

static void
add(void)
{
	const int of = draw(4) == 0 ? 0 : (int)draw(TENANTS + 1);
	const enum event_reach reach = of == TENANTS ? EVENT_OF_NOBODY
	    : draw(8) == 0                           ? EVENT_FOR_TENANT
						     : EVENT_OF_TENANT;
	const struct event_record r =
	    make(of, 1000 + draw(1900) + (size_t)of * 13);

	event_ring_add(&r, reach);
	model_add(of, reach != EVENT_FOR_TENANT, r.len);
}

/* m: that of all, or a tenant's. */
static void
compare(struct model *m, uint64_t after)
{
	const struct modelled *e;
	size_t i, n = 0;
	uint64_t id;

	ask(m == &all ? -1 : (int)(m - own), after);
	for (i = m->first; i < m->n && n <= nheard; i++) {
		e = m->all[i];
		id = m == &all ? e->id_all : e->id_own;
		if (e->len == 0 || id <= after)
			continue;
		if (n == EVENTS_PAGE)
			break;
		cr_assert_lt(n, nheard);
		cr_assert_eq(heard[n].id, BASE + id);
		cr_assert_eq(heard[n].len, e->len);
		cr_assert_str_eq(heard[n].of.tenant, name(e->of));
		n++;
	}
	cr_assert_eq(n, nheard);
	cr_assert_eq(end.last, BASE + m->last);
	cr_assert_eq(end.has_more, i < m->n);
}

/* Somewhere, or near an end. */
static void
compare_some(struct model *m)
{
	const uint64_t at[] = { 0, draw(m->last + 2), m->last,
		m->last - draw(m->last < 100 ? m->last + 1 : 100) };

	compare(m, at[draw(nitems(at))]);
}

static void
begin(void)
{
	child_hears = hear;
	TAILQ_INIT(&children.all);
	children.apid = &apid;
	event_ring_reserves(reserve);
	event_ring_begin(BLOCK);
}

Test(event_ring, is_as_a_plain_model_of_it, .init = begin, .timeout = 60)
{
	size_t i;

	for (i = 0; i < ADDED; i++) {
		add();
		if (i % 16 == 0)
			compare_some(&all);
		if (i % 16 == 8)
			compare_some(&own[draw(TENANTS)]);
	}
	cr_expect_gt(own[0].first, 1000, "it was full");
	for (i = 0; i <= TENANTS; i++)
		cr_expect_lt(own[i].first, own[i].n);
}

/* SPDX-License-Identifier: ISC */
/* See event_ring.h. */

#include <search.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "child.h"
#include "children.h"
#include "clock.h"
#include "clock_boot.h"
#include "container_of.h"
#include "event_ring.h"
#include "heap.h"
#include "log.h"
#include "msg.h"
#include "tenants.h"

struct event {
	TAILQ_ENTRY(event) of_own, of_all;
	struct stream *own;      /* its tenant's, or that of nobody */
	uint64_t id_own, id_all; /* id_all 0: it is not in the one of all */
	int64_t at;
	uint32_t kind, len;
	char fields[];
};
TAILQ_HEAD(event_list, event);

/* It is in two trees, and malloc(3) has something of its own beside each. */
#define TREE_NODE 32
_Static_assert(
    sizeof(struct event) + sizeof(size_t) + 15 + (size_t)2 * TREE_NODE <=
	EVENT_COST,
    "an event takes more than it is charged");

/* One of a tenant is for ever, as its ids are. */
struct stream {
	TAILQ_ENTRY(stream) entry;
	struct event_stream of;
	uint64_t last; /* id */
	struct event_list events;
	void *by_id; /* tsearch(3) of them */
	size_t bytes;
	struct deadline most; /* see by_size */
	int is_awaited;       /* apid has read all of it, and is told of more */
};

static TAILQ_HEAD(, stream) streams = TAILQ_HEAD_INITIALIZER(streams);
static uint32_t nstreams = 1; /* with that of nobody */
static void *by_tenant;       /* tsearch(3) of streams */
static struct stream all = { .of.is_of_all = 1,
	.events = TAILQ_HEAD_INITIALIZER(all.events) };
/* In the one of all only; nobody reads it as his own. */
static struct stream nobodys = { .events =
				     TAILQ_HEAD_INITIALIZER(nobodys.events) };
static size_t bytes; /* of all events */
/*
 * Streams that have any, but that of all: a heap of times, where .at is -.bytes
 * and what would be due first has most.
 */
static struct heap by_size;
static uint64_t first_block, next_block;
static void (*reserve)(uint64_t next);

/* ---- ids */

void
event_ring_reserves(void (*f)(uint64_t))
{
	reserve = f;
}

void
event_ring_begin(uint64_t least)
{
	const uint64_t second = (uint64_t)(clock_wall() / NS_PER_S);
	struct stream *s;

	first_block = least > second ? least : second;
	next_block = first_block + 1;
	all.last = nobodys.last = first_block * EVENT_BLOCK;
	TAILQ_FOREACH (s, &streams, entry)
		s->last = all.last;
	reserve(next_block);
}

uint64_t
event_ring_next_block(void)
{
	return next_block;
}

/* The next block is reserved long before there is an id of it. */
static uint64_t
next_id(struct stream *s)
{
	const uint64_t id = ++s->last;

	if (next_block != 0 && id / EVENT_BLOCK + 1 == next_block &&
	    id % EVENT_BLOCK >= EVENT_BLOCK / 2)
		reserve(++next_block);
	return id;
}

/* ---- streams */

static int
compare_tenants(const void *a, const void *b)
{
	const struct stream *x = a, *y = b;

	return strcmp(x->of.tenant, y->of.tenant);
}

static struct stream *
stream_find(const char *tenant)
{
	struct stream like = { .bytes = 0 };
	struct stream *const *found;

	memcpy(like.of.tenant, tenant, strlen(tenant) + 1);
	found = tfind(&like, &by_tenant, compare_tenants);
	return found != NULL ? *found : NULL;
}

/* NULL: there is no memory. */
static struct stream *
stream_new(const char *tenant)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	memcpy(s->of.tenant, tenant, strlen(tenant) + 1);
	s->last = first_block * EVENT_BLOCK;
	TAILQ_INIT(&s->events);
	if (tsearch(s, &by_tenant, compare_tenants) == NULL) {
		free(s);
		return NULL;
	}
	TAILQ_INSERT_HEAD(&streams, s, entry);
	nstreams++;
	return s;
}

static struct stream *
stream_of(const char *tenant)
{
	struct stream *s = stream_find(tenant);

	return s != NULL ? s : stream_new(tenant);
}

/* ---- what is in them */

static uint64_t
id_in(const struct event *e, const struct stream *s)
{
	return s == &all ? e->id_all : e->id_own;
}

static int
compare_own(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return (x->id_own > y->id_own) - (x->id_own < y->id_own);
}

static int
compare_all(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return (x->id_all > y->id_all) - (x->id_all < y->id_all);
}

static size_t
size_of(const struct event *e)
{
	return EVENT_COST + e->len;
}

static void
resize(struct stream *s, size_t size)
{
	bytes += size - s->bytes;
	s->bytes = size;
	heap_set(&by_size, &s->most, size > 0 ? -(int64_t)size : CLOCK_NEVER);
}

/* 0, or -1: there is no memory. */
static int
enter_trees(struct event *e)
{
	if (heap_reserve(&by_size, nstreams) == -1 ||
	    tsearch(e, &e->own->by_id, compare_own) == NULL)
		return -1;
	if (e->id_all == 0 || tsearch(e, &all.by_id, compare_all) != NULL)
		return 0;
	tdelete(e, &e->own->by_id, compare_own);
	return -1;
}

static int
enter(struct event *e)
{
	if (enter_trees(e) == -1)
		return -1;
	TAILQ_INSERT_TAIL(&e->own->events, e, of_own);
	if (e->id_all != 0)
		TAILQ_INSERT_TAIL(&all.events, e, of_all);
	resize(e->own, e->own->bytes + size_of(e));
	return 0;
}

static void
drop(struct event *e)
{
	struct stream *own = e->own;

	TAILQ_REMOVE(&own->events, e, of_own);
	tdelete(e, &own->by_id, compare_own);
	if (e->id_all != 0) {
		TAILQ_REMOVE(&all.events, e, of_all);
		tdelete(e, &all.by_id, compare_all);
	}
	resize(own, own->bytes - size_of(e));
	free(e);
}

/* ---- what there is no room for */

/* It is out of the heap until it is another size. */
static struct stream *
take_largest(void)
{
	return container_of(
	    heap_take_due(&by_size, CLOCK_NEVER), struct stream, most);
}

/* One who is busy does not take what others have. */
static void
make_room(size_t size)
{
	while (bytes + size > EVENTS_BYTES_MAX)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): was removed */
		drop(TAILQ_FIRST(&take_largest()->events));
}

/* ---- one more */

/* Once, until apid has read to the end again. */
static void
tell(struct stream *s)
{
	if (!s->is_awaited)
		return;
	s->is_awaited = 0;
	child_send(children.apid, MSG_EVENTS_NEWS, 0, &s->of, -1);
}

static struct event *
event_of(const struct event_record *r)
{
	struct event *e;

	make_room(EVENT_COST + r->len);
	if ((e = malloc(sizeof(*e) + r->len)) == NULL)
		return NULL;
	*e = (struct event){
		.kind = r->kind, .len = r->len, .at = clock_wall() / NS_PER_MS
	};
	memcpy(e->fields, r->fields, r->len);
	return e;
}

/* One that there is no memory for has an id all the same, and is missed. */
void
event_ring_add(const struct event_record *r, enum event_reach reach)
{
	struct stream *own =
	    reach == EVENT_OF_NOBODY ? &nobodys : stream_of(r->of.tenant);
	const uint64_t id_all = reach == EVENT_FOR_TENANT ? 0 : next_id(&all);
	const uint64_t id_own = own != NULL ? next_id(own) : 0;
	struct event *e = own != NULL ? event_of(r) : NULL;

	if (e != NULL) {
		e->own = own;
		e->id_own = id_own;
		e->id_all = id_all;
		if (enter(e) == -1)
			free(e);
	}
	if (own != NULL)
		tell(own);
	if (id_all != 0)
		tell(&all);
}

/* ---- read */

static const struct event *
behind(const struct event *e, const struct stream *s)
{
	return s == &all ? TAILQ_NEXT(e, of_all) : TAILQ_NEXT(e, of_own);
}

struct place {
	uint64_t id;
	const struct stream *in;
	const struct event **first;
};

/*
 * tfind(3) goes down to where that id would be: of the events that it leaves on
 * its right, the last one is the first behind it.
 */
static int
pass(const void *key, const void *event)
{
	const struct place *p = key;
	const struct event *e = event;

	if (id_in(e, p->in) <= p->id)
		return 1;
	*p->first = e;
	return -1;
}

/* The first with a higher id. */
static const struct event *
first_after(const struct stream *s, uint64_t id)
{
	const struct event *first = NULL;
	const struct place place = { id, s, &first };

	(void)tfind(&place, &s->by_id, pass);
	return first;
}

static void
say(struct child *apid, uint32_t id, const struct event *e,
    const struct stream *s)
{
	struct event_record r = {
		.id = id_in(e, s), .at = e->at, .kind = e->kind, .len = e->len
	};

	r.of = e->own->of;
	if (e->own == &nobodys)
		r.of.is_of_all = 1;
	memcpy(r.fields, e->fields, e->len);
	child_send(apid, MSG_EVENT, id, &r, -1);
}

/* NULL: there is none, and none is made for a name that an apid has made up. */
static struct stream *
stream_asked(const struct event_stream *of)
{
	struct stream *s;

	if (of->is_of_all)
		return &all;
	s = stream_find(of->tenant);
	return s == NULL && tenants_have(of->tenant) ? stream_new(of->tenant)
						     : s;
}

void
event_ring_read(struct child *apid, uint32_t id, const struct event_question *q)
{
	struct stream *s = stream_asked(&q->of);
	struct event_end end = { .last = first_block * EVENT_BLOCK };
	const struct event *e = NULL;
	int n;

	if (s != NULL) {
		e = first_after(s, q->after);
		for (n = 0; e != NULL && n < EVENTS_PAGE; n++) {
			say(apid, id, e, s);
			e = behind(e, s);
		}
		end.last = s->last;
		if (e == NULL) /* else it may be awaited all the same */
			s->is_awaited = 1;
	}
	end.has_more = e != NULL;
	child_send(apid, MSG_EVENTS_END, id, &end, -1);
}

void
event_ring_forget_reader(void)
{
	struct stream *s;

	all.is_awaited = 0;
	TAILQ_FOREACH (s, &streams, entry)
		s->is_awaited = 0;
}

/* SPDX-License-Identifier: ISC */
/* See feeds.h. */

#include <stdlib.h>
#include <string.h>

#include "apid.h"
#include "container_of.h"
#include "feeds.h"
#include "log.h"

/* Of each feed: what the slowest of those who keep up may be behind. */
#define FEED_BYTES_MAX ((size_t)512 * 1024)
/*
 * A thousand readers come back at once where their streams have ended: ctld is
 * not to have a page for each of them in its hands.
 */
#define ASKED_MAX 8
/*
 * Of what is not here a reader is given so many pages, or all, unless meanwhile
 * so much has happened that others forget what they were given: it would not
 * come to an end.
 */
#define PAGES_MAX 4

struct feed {
	TAILQ_ENTRY(feed) entry;
	unsigned int nreaders;
	TAILQ_HEAD(, reader) waiting; /* those of them that do */
	struct event_texts texts;     /* with a higher id than .base */
	size_t bytes;
	uint64_t base;
	int is_known;             /* ctld has said where it is */
	struct question question; /* .after: the last that is here */
};

static TAILQ_HEAD(, feed) feeds = TAILQ_HEAD_INITIALIZER(feeds);
TAILQ_HEAD(questions, question);
static struct questions asked = TAILQ_HEAD_INITIALIZER(asked);
static struct questions put_off = TAILQ_HEAD_INITIALIZER(put_off);
static unsigned int nasked;

/* ---- questions */

static void
put_question(struct question *q)
{
	static uint32_t last;
	struct event_question payload = { .after = q->after, .of = q->of };

	if (++last == 0)
		last = 1;
	q->id = last;
	if (chan_send(&apid.ctld, MSG_EVENTS_READ, q->id, &payload, -1) == -1)
		apid.has_ended = 1;
}

static void
ask_next(void)
{
	struct question *q;

	while (nasked < ASKED_MAX && (q = TAILQ_FIRST(&put_off)) != NULL) {
		TAILQ_REMOVE(&put_off, q, entry);
		TAILQ_INSERT_TAIL(&asked, q, entry);
		nasked++;
		put_question(q);
	}
}

/* Those for one reader are behind those for many. */
static void
question_ask(struct question *q)
{
	q->is_open = 1;
	if (q->reader == NULL)
		TAILQ_INSERT_HEAD(&put_off, q, entry);
	else
		TAILQ_INSERT_TAIL(&put_off, q, entry);
	ask_next();
}

static void
question_end(struct question *q)
{
	if (!q->is_open)
		return;
	TAILQ_REMOVE(q->id != 0 ? &asked : &put_off, q, entry);
	nasked -= q->id != 0 ? 1 : 0;
	q->is_open = 0;
	q->id = 0;
	ask_next();
}

/* They are answered in their order.  NULL: nobody wants to know any more. */
static struct question *
question_of(uint32_t id)
{
	struct question *q;

	TAILQ_FOREACH (q, &asked, entry) {
		if (q->id == id)
			break;
	}
	return q;
}

void
feeds_ask_again(void)
{
	struct question *q;
	struct feed *f;

	TAILQ_FOREACH (q, &asked, entry)
		put_question(q);
	TAILQ_FOREACH (f, &feeds, entry) {
		if (!f->question.is_open)
			question_ask(&f->question);
	}
}

/* ---- feeds */

static int
is_same(const struct event_stream *a, const struct event_stream *b)
{
	return a->is_of_all == b->is_of_all &&
	    strcmp(a->tenant, b->tenant) == 0;
}

static struct feed *
feed_find(const struct event_stream *of)
{
	struct feed *f;

	TAILQ_FOREACH (f, &feeds, entry) {
		if (is_same(&f->question.of, of))
			break;
	}
	return f;
}

static struct feed *
feed_of(const struct event_stream *of)
{
	struct feed *f = feed_find(of);

	if (f != NULL)
		return f;
	if ((f = calloc(1, sizeof(*f))) == NULL)
		fatal("%s", __func__);
	TAILQ_INIT(&f->waiting);
	TAILQ_INIT(&f->texts);
	f->question.of = *of;
	f->question.after = EVENTS_FROM_NOW;
	TAILQ_INSERT_TAIL(&feeds, f, entry);
	question_ask(&f->question);
	return f;
}

static void
drop_first(struct feed *f)
{
	struct event_text *t = TAILQ_FIRST(&f->texts);

	TAILQ_REMOVE(&f->texts, t, entry);
	t->is_listed = 0;
	f->bytes -= t->len;
	f->base = t->id;
	event_text_drop(t);
}

static void
feed_free(struct feed *f)
{
	while (!TAILQ_EMPTY(&f->texts))
		drop_first(f);
	question_end(&f->question);
	TAILQ_REMOVE(&feeds, f, entry);
	free(f);
}

static void
feed_add(struct feed *f, struct event_text *t)
{
	t->is_listed = 1;
	TAILQ_INSERT_TAIL(&f->texts, t, entry);
	f->bytes += t->len;
	while (f->bytes > FEED_BYTES_MAX)
		drop_first(f);
}

static void
set_waiting(struct reader *r, int is_waiting)
{
	if (r->is_waiting && !is_waiting)
		TAILQ_REMOVE(&r->feed->waiting, r, entry);
	if (!r->is_waiting && is_waiting)
		TAILQ_INSERT_TAIL(&r->feed->waiting, r, entry);
	r->is_waiting = is_waiting;
}

static void
wake(struct reader *r)
{
	if (!r->is_waiting)
		return;
	set_waiting(r, 0);
	r->ready(r);
}

static void
wake_all(struct feed *f)
{
	struct reader *r;

	while ((r = TAILQ_FIRST(&f->waiting)) != NULL)
		wake(r);
}

/* ---- what ctld says */

void
feeds_news(const struct event_stream *of)
{
	struct feed *f = feed_find(of);

	if (f != NULL && !f->question.is_open)
		question_ask(&f->question);
}

static void
take(struct question *q, struct event_text *t)
{
	if (q->reader != NULL)
		TAILQ_INSERT_TAIL(&q->reader->own, t, entry);
	else
		feed_add(container_of(q, struct feed, question), t);
}

/* Up to an id; who asks for all that there is misses nothing before that. */
static void
miss(struct question *q, uint64_t id)
{
	if (id != q->after && q->after != 0)
		take(q, event_text_gap(q->after, id));
	q->after = id;
}

void
feeds_event(uint32_t id, const struct event_record *r)
{
	struct question *q = question_of(id);

	if (q == NULL)
		return;
	miss(q, r->id - 1);
	take(q, event_text_of(r));
	q->after = r->id;
}

static void
feed_ends(struct feed *f, const struct event_end *end)
{
	if (!f->is_known)
		f->base = f->question.after = end->last;
	f->is_known = 1;
	if (end->has_more)
		question_ask(&f->question);
	else
		miss(&f->question, end->last);
	wake_all(f);
}

void
feeds_end(uint32_t id, const struct event_end *end)
{
	struct question *q = question_of(id);

	if (q == NULL)
		return;
	question_end(q);
	if (q->reader == NULL) {
		feed_ends(container_of(q, struct feed, question), end);
		return;
	}
	if (!end->has_more)
		miss(q, end->last);
	q->reader->has_all = !end->has_more;
	wake(q->reader);
}

/* ---- readers */

void
reader_open(struct reader *r, const struct event_stream *of, uint64_t after)
{
	r->feed = feed_of(of);
	r->feed->nreaders++;
	TAILQ_INIT(&r->own);
	r->is_new = after == EVENTS_FROM_NOW;
	r->is_back = !r->is_new;
	r->after = after;
	r->question.reader = r;
	r->question.of = *of;
	r->question.after = after;
}

void
reader_close(struct reader *r)
{
	struct event_text *t;

	while ((t = TAILQ_FIRST(&r->own)) != NULL) {
		TAILQ_REMOVE(&r->own, t, entry);
		event_text_drop(t);
	}
	question_end(&r->question);
	event_text_drop(r->at);
	set_waiting(r, 0);
	if (--r->feed->nreaders == 0)
		feed_free(r->feed);
}

/* The first behind it that is here: it knows nearly all, mostly, or none. */
static struct event_text *
first_after(const struct feed *f, uint64_t id)
{
	struct event_text *t = TAILQ_LAST(&f->texts, event_texts),
			  *first = NULL;

	if (id == f->base)
		return TAILQ_FIRST(&f->texts);
	for (; t != NULL && t->id > id; t = TAILQ_PREV(t, event_texts, entry))
		first = t;
	return first;
}

static struct event_text *
next_own(struct reader *r)
{
	struct event_text *t = TAILQ_FIRST(&r->own);

	if (t != NULL) {
		TAILQ_REMOVE(&r->own, t, entry);
		r->after = t->id;
	} else if (r->is_back && !r->question.is_open) {
		r->after = r->question.after;
		r->is_back = !r->has_all;
	}
	return t;
}

/* Of what is here. */
static struct event_text *
next_of_feed(struct reader *r)
{
	const struct feed *f = r->feed;
	struct event_text *t;

	if (r->after < f->base) { /* it was too slow */
		t = event_text_gap(r->after, f->base);
		r->after = f->base;
		return t;
	}
	t = r->at != NULL && r->at->is_listed ? TAILQ_NEXT(r->at, entry)
					      : first_after(f, r->after);
	if (t == NULL)
		return NULL;
	event_text_drop(r->at);
	r->at = t;
	r->after = t->id;
	event_text_use(t); /* here, and the caller's */
	event_text_use(t);
	return t;
}

int
reader_begins(struct reader *r)
{
	set_waiting(r, !r->feed->is_known);
	if (r->is_waiting)
		return 0;
	if (r->is_new)
		r->after = r->feed->question.after;
	r->is_new = 0;
	return 1;
}

uint64_t
reader_last(const struct reader *r)
{
	return r->feed->question.after;
}

/*
 * An id that is not here yet may be of another toxid, or an apid beside this
 * one has said it: ctld knows.
 */
static int
has_to_ask(const struct reader *r)
{
	const struct feed *f = r->feed;

	return r->is_back &&
	    (r->after < f->base || r->after > f->question.after) &&
	    (r->npages < PAGES_MAX || r->base == f->base);
}

/* 1: what it wants is here, or will be. */
static int
is_here(struct reader *r)
{
	if (!reader_begins(r) || r->question.is_open)
		return 0;
	if (!has_to_ask(r)) {
		r->is_back = 0;
		return 1;
	}
	if (r->npages++ == 0)
		r->base = r->feed->base;
	question_ask(&r->question);
	return 0;
}

struct event_text *
reader_next(struct reader *r)
{
	struct event_text *t = next_own(r);

	if (t == NULL && is_here(r))
		t = next_of_feed(r);
	set_waiting(r, t == NULL);
	return t;
}

int
reader_is_current(const struct reader *r)
{
	return r->feed->is_known && !r->question.is_open &&
	    !r->feed->question.is_open;
}

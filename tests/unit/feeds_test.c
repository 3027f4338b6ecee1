/* SPDX-License-Identifier: ISC */
/* apid/feeds.c, apid/event_text.c: who reads events has each once, or is told
 * how many it has not. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid.h"
#include "event_fields.h"
#include "feeds.h"

#define BASE (7 * EVENT_BLOCK)

static struct chan ctld;
static const struct event_stream of_all = { .is_of_all = 1 };
static size_t nready;
static struct msg question;
static int has_tenants;

int
callers_are_tenants(void)
{
	return has_tenants;
}

static void
is_ready(struct reader *r)
{
	(void)r;
	nready++;
}

static void
begin(void)
{
	int fds[2];

	cr_assert_eq(chan_pair(fds), 0);
	chan_open(&apid.ctld, fds[0]);
	chan_open(&ctld, fds[1]);
}

TestSuite(feeds, .init = begin);
TestSuite(event_text);

/* What ctld is asked next; 0: nothing. */
static int
hears(void)
{
	return chan_receive(&ctld, &question);
}

static uint64_t
asked_after(void)
{
	cr_assert_eq(hears(), 1);
	cr_assert_eq(question.type, MSG_EVENTS_READ);
	return msg_get_event_question(&question)->after;
}

static void
say(uint64_t n)
{
	const struct event_record r = { .id = BASE + n };

	feeds_event(question.id, &r);
}

static void
say_end(uint64_t n, int has_more)
{
	const struct event_end end = { .last = BASE + n,
		.has_more = (uint32_t)has_more };

	feeds_end(question.id, &end);
}

static void
open_at(struct reader *r, uint64_t after)
{
	*r = (struct reader){ .ready = is_ready };
	reader_open(r, &of_all, after);
}

/* One that has heard of all up to n. */
static void
open_now(struct reader *r, uint64_t n)
{
	open_at(r, EVENTS_FROM_NOW);
	cr_assert_null(reader_next(r));
	cr_assert_eq(asked_after(), EVENTS_FROM_NOW);
	say_end(n, 0);
	cr_assert(reader_begins(r));
}

static void
news(uint64_t from, uint64_t to)
{
	feeds_news(&of_all);
	cr_assert_eq(asked_after(), BASE + from - 1);
	for (; from <= to; from++)
		say(from);
	say_end(to, 0);
}

/* The id of what comes next, from BASE on; 0: nothing. */
static uint64_t
next(struct reader *r)
{
	struct event_text *t = reader_next(r);
	const uint64_t n = t != NULL ? t->id - BASE : 0;

	event_text_drop(t);
	return n;
}

static int
next_is(struct reader *r, const char *json)
{
	struct event_text *t = reader_next(r);
	int is = t != NULL && strlen(json) == t->njson &&
	    memcmp(t->text + t->json, json, t->njson) == 0;

	event_text_drop(t);
	return is;
}

Test(feeds, readers_of_one_stream_share_it)
{
	struct reader a, b;

	open_now(&a, 3);
	open_at(&b, EVENTS_FROM_NOW);
	cr_expect_null(reader_next(&a));
	cr_expect_null(reader_next(&b));
	news(4, 5);
	cr_expect_eq(nready, 3, "both, and once one that there was an end");
	cr_expect_eq(hears(), 0);
	cr_expect_eq(next(&a), 4);
	cr_expect_eq(next(&b), 4);
	cr_expect_eq(next(&a), 5);
	cr_expect_eq(next(&a), 0);
	news(6, 6);
	cr_expect_eq(next(&a), 6);
	cr_expect_eq(next(&b), 5);
	cr_expect_eq(next(&b), 6);
	reader_close(&a);
	cr_expect_eq(next(&b), 0);
	reader_close(&b);
	feeds_news(&of_all);
	cr_expect_eq(hears(), 0, "nobody reads");
}

Test(feeds, who_comes_back_is_given_what_is_not_here)
{
	struct reader a, b;

	open_now(&a, 100);
	open_at(&b, BASE + 1);
	cr_expect_null(reader_next(&b));
	cr_assert_eq(asked_after(), BASE + 1);
	say(2);
	say(3);
	say_end(100, 1);
	cr_expect_eq(next(&b), 2);
	cr_expect_eq(next(&b), 3);
	cr_expect_eq(next(&b), 0);
	cr_expect_not(reader_is_current(&b));
	cr_assert_eq(asked_after(), BASE + 3);
	say(99);
	say(100);
	say_end(100, 0);
	cr_expect(
	    next_is(&b, "{\"id\":7340130,\"event\":\"gap\",\"missed\":95}"));
	cr_expect_eq(next(&b), 99);
	cr_expect_eq(next(&b), 100);
	news(101, 101);
	cr_expect_eq(next(&b), 101);
	cr_expect_eq(next(&b), 0);
	cr_expect(reader_is_current(&b));
	reader_close(&a);
	reader_close(&b);
}

/* What ctld has been asked meanwhile is behind the n that it knew of. */
static size_t
hear_ids(uint32_t *ids, size_t n)
{
	while (hears() == 1)
		ids[n++] = question.id;
	return n;
}

/* ctld has a few questions in its hands, however many come back at once. */
Test(feeds, a_crowd_that_comes_back_is_served_one_after_another)
{
	struct reader a, back[20];
	uint32_t ids[20];
	size_t i, n;

	open_now(&a, 100);
	for (i = 0; i < 20; i++) {
		open_at(&back[i], BASE + 1);
		cr_expect_eq(next(&back[i]), 0);
	}
	reader_close(&back[19]);
	reader_close(&back[0]);
	n = hear_ids(ids, 0);
	cr_expect_eq(n, 9, "eight, and one as one of them has gone");
	for (i = 0; i < n; i++) {
		question.id = ids[i];
		say_end(100, 0);
		n = hear_ids(ids, n);
	}
	cr_expect_eq(n, 19);
	for (i = 1; i < 19; i++) {
		cr_expect_eq(next(&back[i]), 100, "a gap");
		reader_close(&back[i]);
	}
	reader_close(&a);
}

/* ... and of all that is kept nothing is missing, whatever is not. */
Test(feeds, who_wants_all_that_is_kept_misses_nothing)
{
	struct reader r;

	open_at(&r, 0);
	cr_assert_eq(asked_after(), EVENTS_FROM_NOW);
	say_end(9, 0);
	cr_expect_eq(next(&r), 0);
	cr_assert_eq(asked_after(), 0);
	say(8);
	say(9);
	say_end(9, 0);
	cr_expect_eq(next(&r), 8);
	cr_expect_eq(next(&r), 9);
	cr_expect_eq(next(&r), 0);
	cr_expect_eq(hears(), 0);
	reader_close(&r);
	open_at(&r, 0);
	(void)asked_after();
	say_end(9, 0);
	cr_expect_eq(next(&r), 0);
	(void)asked_after();
	say_end(9, 0);
	cr_expect_eq(next(&r), 0, "none is kept, and that is known");
	cr_expect_eq(hears(), 0);
	reader_close(&r);
}

Test(feeds, who_is_slow_is_told_how_many_it_has_missed)
{
	struct reader fast, slow;
	uint64_t n, missed;
	struct event_text *t;

	open_now(&slow, 0);
	open_at(&fast, EVENTS_FROM_NOW);
	cr_expect_eq(next(&fast), 0);
	for (n = 1; n <= 20000; n++) {
		news(n, n);
		cr_assert_eq(next(&fast), n);
	}
	t = reader_next(&slow);
	cr_assert_not_null(t);
	missed = t->id - BASE;
	cr_expect(strstr(t->text, "\"event\":\"gap\"") != NULL);
	event_text_drop(t);
	cr_expect_gt(missed, 10000);
	while (missed < 20000)
		cr_assert_eq(next(&slow), ++missed);
	cr_expect_eq(next(&slow), 0);
	reader_close(&slow);
	reader_close(&fast);
}

/* It has read none of what was asked, and has no id of before. */
Test(feeds, another_ctld_is_asked_anew)
{
	struct reader r, back;
	uint32_t before;

	open_now(&r, 5);
	open_at(&back, BASE + 1);
	cr_expect_eq(next(&back), 0);
	cr_expect_eq(asked_after(), BASE + 1);
	say(2);
	before = question.id;
	feeds_ask_again();
	cr_expect_eq(asked_after(), BASE + 2);
	cr_expect_neq(question.id, before);
	question.id = before;
	say(3);
	cr_expect_eq(next(&back), 2);
	cr_expect_eq(next(&back), 0, "it is of the one before");
	cr_expect_eq(asked_after(), BASE + 5);
	say_end(EVENT_BLOCK, 0);
	cr_expect(
	    next_is(&r, "{\"id\":8388608,\"event\":\"gap\",\"missed\":null}"));
	cr_expect_eq(next(&r), 0);
	reader_close(&r);
	reader_close(&back);
}

Test(feeds, an_id_that_has_not_been_is_of_another_toxid)
{
	struct reader a, b;

	open_now(&a, 5);
	open_at(&b, BASE + 6);
	cr_expect_eq(next(&b), 0);
	cr_assert_eq(asked_after(), BASE + 6);
	say_end(5, 0);
	cr_expect(
	    next_is(&b, "{\"id\":7340037,\"event\":\"gap\",\"missed\":null}"));
	cr_expect_eq(next(&b), 0);
	cr_expect_eq(hears(), 0);
	reader_close(&a);
	reader_close(&b);
}

/* ... or ctld has said more to one reader than to all, so far. */
Test(feeds, who_is_ahead_of_the_others_waits_for_them)
{
	struct reader a, b;
	uint64_t n;

	open_now(&a, 5);
	open_at(&b, BASE + 1);
	cr_expect_eq(next(&b), 0);
	cr_assert_eq(asked_after(), BASE + 1);
	for (n = 2; n <= 7; n++)
		say(n);
	say_end(7, 0);
	for (n = 2; n <= 7; n++)
		cr_expect_eq(next(&b), n);
	cr_expect_eq(next(&b), 0);
	cr_expect_eq(hears(), 0);
	cr_expect_eq(next(&a), 0);
	news(6, 8);
	cr_expect_eq(next(&b), 8, "none twice");
	cr_expect_eq(next(&b), 0);
	cr_expect_eq(next(&a), 6);
	reader_close(&a);
	reader_close(&b);
}

/* A page of the question of that id. */
static void
give_page(uint32_t id, uint64_t from)
{
	uint64_t n;

	question.id = id;
	for (n = from; n < from + 64; n++)
		say(n);
	say_end(20000, 1);
}

/* So much happens that it would not come to an end. */
Test(feeds, who_comes_back_and_cannot_catch_up_goes_on_with_the_others)
{
	struct reader a, back;
	uint64_t n, page;
	uint32_t id;

	open_now(&a, 1000);
	open_at(&back, BASE + 1);
	cr_expect_eq(next(&back), 0);
	cr_assert_eq(asked_after(), BASE + 1);
	id = question.id;
	for (n = 1001; n <= 20000; n++)
		news(n, n);
	for (page = 0; page < 4; page++) {
		if (page > 0)
			cr_assert_eq(asked_after(), BASE + 1 + page * 64);
		give_page(page > 0 ? question.id : id, 2 + page * 64);
		for (n = 2 + page * 64; n < 66 + page * 64; n++)
			cr_assert_eq(next(&back), n);
		if (page < 3)
			cr_expect_eq(next(&back), 0);
	}
	n = next(&back);
	cr_expect_gt(n, 1000, "a gap");
	cr_expect_eq(next(&back), n + 1);
	cr_expect_eq(hears(), 0);
	reader_close(&a);
	reader_close(&back);
}

/* ---- texts */

Test(event_text, has_the_object_and_is_an_event)
{
	struct event_record r = { .id = 12,
		.at = INT64_C(1795766400250),
		.kind = EVENT_TOXIC_CHANGED,
		.of.tenant = "a" };
	struct event_text *t;
	const char *json;

	event_add_text(&r, EVENT_SAYS, "proxy", "w\"");
	event_add_integer(&r, EVENT_WAS, "latency", 1);
	event_add_list(&r, EVENT_WAS, "codes");
	event_add_fraction(&r, EVENT_IS, "toxicity", 0.5);
	event_add_list(&r, EVENT_IS, "codes");
	event_add_integer(&r, EVENT_IS, "", 1);
	event_add_integer(&r, EVENT_IS, "", 2);
	event_add_integer(&r, EVENT_IS, "latency", 2);
	event_add_flag(&r, EVENT_SAYS, "all", 1);
	has_tenants = 1;
	t = event_text_of(&r);
	json = "{\"id\":12,\"event\":\"toxic_changed\","
	       "\"at\":\"2026-11-27T08:00:00.250Z\",\"tenant\":\"a\","
	       "\"proxy\":\"w\\\"\",\"all\":true,\"changed\":{"
	       "\"latency\":{\"before\":1,\"after\":2},"
	       "\"codes\":{\"before\":[],\"after\":[1,2]},"
	       "\"toxicity\":{\"after\":0.5}}}";
	cr_expect_eq(t->njson, strlen(json));
	cr_expect_eq(
	    memcmp(t->text + t->json, json, t->njson), 0, "%s", t->text);
	cr_expect_eq(
	    memcmp(t->text, "id: 12\nevent: toxic_changed\ndata: ", t->json),
	    0);
	cr_expect_eq(memcmp(t->text + t->json + t->njson, "\n\n", 2), 0);
	cr_expect_eq(t->len, t->json + t->njson + 2);
	event_text_drop(t);
}

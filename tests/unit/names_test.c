/* SPDX-License-Identifier: ISC */
/* Who is asked of resolvd, and who is not any more: names.c. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "names.h"
#include "nitems.h"

/* What resolvd was told, in order; 0: what it was not. */
static struct said {
	enum msg_type type;
	uint32_t id;
	char host[HOST_MAX + 1];
} said[64];
static size_t nsaid;

static struct lookup_result last; /* what a waiter was told */
static int ntold;

static void
say(enum msg_type type, uint32_t id, const void *payload, size_t size)
{
	struct said *s = &said[nsaid++];

	cr_assert_leq(nsaid, nitems(said));
	cr_assert_eq(size, msg_size(type));
	s->type = type;
	s->id = id;
	if (type == MSG_LOOKUP)
		strcpy(s->host,
		    ((const struct lookup_request *)payload)->endpoint.host);
}

static void
told(struct waiter *w, const struct lookup_result *r)
{
	cr_assert_null(w->name);
	last = *r;
	ntold++;
}

static void
open_names(void)
{
	names_open(say);
}

TestSuite(names, .init = open_names);

/* As many turns of the loop as there are to be. */
static void
serve(void)
{
	while (names_have_answers())
		names_serve();
}

static void
ask(struct waiter *w, const char *host)
{
	struct endpoint e = { .service = "80" };

	snprintf(e.host, sizeof(e.host), "%s", host);
	w->done = told;
	names_ask(w, &e);
	serve();
}

/* Of the last question with that host. */
static uint32_t
id_of(const char *host)
{
	size_t i = nsaid;

	while (i-- > 0) {
		if (strcmp(said[i].host, host) == 0)
			return said[i].id;
	}
	return 0;
}

static int
answer_only(uint32_t id)
{
	struct lookup_result r = { .n = 1, .addresses = { { .family = 4 } } };
	struct msg m = {
		.type = MSG_LOOKED_UP, .id = id, .len = sizeof(r), .fd = -1
	};

	m.payload.lookup_result = r;
	return names_answered(&m);
}

static int
answer(uint32_t id)
{
	int r = answer_only(id);

	serve();
	return r;
}

static void
die_and_come_back(void)
{
	names_lost();
	names_found(0);
	serve();
}

Test(names, numbers_are_known)
{
	struct endpoint e = { .literal = 1, .address = { .family = 4 } };
	struct waiter w = { .done = told };

	names_found(0);
	names_ask(&w, &e);
	cr_assert_eq(ntold, 1);
	cr_assert_eq(last.n, 1);
	cr_assert_eq(nsaid, 0);
}

Test(names, one_question_for_all_who_wait)
{
	struct waiter a = { 0 }, b = { 0 }, c = { 0 };

	ask(&a, "x");
	cr_assert_eq(nsaid, 0, "nobody is there");
	names_found(0);
	ask(&b, "x");
	ask(&c, "y");
	cr_assert_eq(nsaid, 2);
	cr_assert_eq(answer(id_of("x")), 0);
	cr_assert_eq(ntold, 2);
	cr_assert_eq(answer(id_of("x")), -1, "it has said so");
	cr_assert_eq(answer(0), -1);
	names_forget(&c);
	cr_assert_eq(answer(id_of("y")), 0);
	cr_assert_eq(ntold, 2);
}

Test(names, who_comes_and_goes_asks_no_more_than_who_stays)
{
	struct waiter w = { 0 };
	int i;

	names_found(0);
	for (i = 0; i < 1000; i++) {
		ask(&w, "x");
		names_forget(&w);
		cr_assert_leq(names_tick(clock_now()), clock_now() + NS_PER_S);
	}
	cr_assert_eq(nsaid, 1);
	ask(&w, "x");
	cr_assert_eq(names_tick(clock_now() + NS_PER_S), CLOCK_NEVER);
	cr_assert_eq(nsaid, 1, "it is wanted again");
	cr_assert_eq(answer(id_of("x")), 0);
	cr_assert_eq(ntold, 1);
}

Test(names, what_nobody_waits_for_is_called_off)
{
	struct waiter w = { 0 };

	names_found(0);
	ask(&w, "x");
	names_forget(&w);
	cr_assert_eq(names_tick(clock_now() + NS_PER_S), CLOCK_NEVER);
	cr_assert_eq(said[1].type, MSG_LOOKUP_CANCEL);
	cr_assert_eq(said[1].id, id_of("x"));
	ask(&w, "x");
	cr_assert_eq(nsaid, 3, "that is another look-up");
	cr_assert_eq(answer(said[0].id), 0);
	cr_assert_eq(ntold, 0);
	cr_assert_eq(answer(said[2].id), 0);
	cr_assert_eq(ntold, 1);
}

Test(names, what_kills_twice_is_refused)
{
	struct waiter w = { 0 };
	size_t n;

	names_found(0);
	ask(&w, "poison");
	die_and_come_back();
	cr_assert_eq(nsaid, 2);
	cr_assert_eq(ntold, 0);
	die_and_come_back();
	cr_assert_eq(ntold, 1);
	cr_assert_eq(last.error, ENDPOINT_POISONOUS);
	n = nsaid;
	ask(&w, "POISON");
	cr_assert_eq(ntold, 2);
	ask(&w, "poison.");
	cr_assert_eq(ntold, 3);
	cr_assert_eq(nsaid, n, "with other letters, or a dot, it is the same");
}

Test(names, what_was_interrupted_is_asked_again)
{
	struct waiter w = { 0 };
	size_t i;

	names_found(0);
	ask(&w, "x");
	for (i = 2; i < 10; i++) {
		names_interrupted();
		names_found(0);
		cr_assert_eq(nsaid, i);
	}
	cr_assert_eq(answer(id_of("x")), 0);
	cr_assert_eq(ntold, 1);
}

Test(names, suspects_are_asked_one_at_a_time)
{
	struct waiter w[3] = { 0 };

	names_found(0);
	ask(&w[0], "a");
	ask(&w[1], "b");
	ask(&w[2], "poison");
	cr_assert_eq(nsaid, 3);
	die_and_come_back();
	cr_assert_eq(nsaid, 4, "the last one first");
	cr_assert_str_eq(said[3].host, "poison");
	die_and_come_back();
	cr_assert_eq(ntold, 1);
	cr_assert_eq(last.error, ENDPOINT_POISONOUS);
	cr_assert_str_eq(said[4].host, "b");
	cr_assert_eq(nsaid, 5);
	cr_assert_eq(answer(id_of("b")), 0);
	cr_assert_str_eq(said[5].host, "a");
	cr_assert_eq(answer(id_of("a")), 0);
	cr_assert_eq(ntold, 3);
	cr_assert_eq(last.error, ENDPOINT_OK);
}

Test(names, who_has_answered_is_cleared)
{
	struct waiter w = { 0 };
	int i;

	names_found(0);
	for (i = 0; i < 5; i++) {
		ask(&w, "x");
		die_and_come_back();
		cr_assert_eq(answer(id_of("x")), 0);
	}
	cr_assert_eq(ntold, 5);
	cr_assert_eq(last.error, ENDPOINT_OK);
}

Test(names, who_was_called_off_is_suspected_too)
{
	struct waiter w = { 0 };

	names_found(0);
	ask(&w, "poison");
	names_forget(&w);
	die_and_come_back();
	cr_assert_eq(nsaid, 1, "nobody wants to know any more");
	ask(&w, "poison");
	die_and_come_back();
	cr_assert_eq(last.error, ENDPOINT_POISONOUS);
}

Test(names, suspects_wait_for_those_of_others)
{
	struct waiter a = { 0 }, b = { 0 };
	int64_t now = clock_now();

	names_found(0);
	ask(&a, "suspect");
	names_lost();
	cr_assert_gt(names_hold_ms(), 0);
	names_found(now + NS_PER_S);
	cr_assert_eq(nsaid, 1);
	ask(&b, "innocent");
	cr_assert_eq(nsaid, 2);
	cr_assert_str_eq(said[1].host, "innocent");
	cr_assert_eq(names_tick(now), now + NS_PER_S);
	names_tick(now + NS_PER_S);
	cr_assert_str_eq(said[2].host, "suspect");
	cr_assert_eq(names_tick(now + NS_PER_S), CLOCK_NEVER);
}

Test(names, the_old_ones_are_not_held_back)
{
	struct waiter old = { 0 }, fresh = { 0 };
	int i;

	names_found(0);
	ask(&old, "old");
	nanosleep(&(struct timespec){ .tv_nsec = 510000000 }, NULL);
	ask(&fresh, "fresh");
	die_and_come_back();
	cr_assert_eq(nsaid, 4, "at once, and the suspect beside it");
	cr_assert_eq(answer(id_of("fresh")), 0);
	for (i = 0; i < 2 && last.error == ENDPOINT_OK; i++)
		die_and_come_back();
	cr_assert_eq(last.error, ENDPOINT_POISONOUS, "it was the only one");
}

/* One answer may be for thousands: others have their turn meanwhile. */
Test(names, an_answer_is_told_to_a_few_at_a_time_and_in_order)
{
	struct waiter many[100] = { 0 }, other = { 0 };
	int turns, before, next = 0;
	size_t i;

	names_found(0);
	for (i = 0; i < nitems(many); i++)
		ask(&many[i], "many");
	ask(&other, "other");
	cr_assert_eq(answer_only(id_of("many")), 0);
	cr_assert_eq(answer_only(id_of("other")), 0);
	cr_assert_eq(ntold, 0, "it is told in its turn");
	for (turns = 0; names_have_answers(); turns++) {
		before = ntold;
		names_serve();
		cr_assert_leq(ntold - before, 8);
		cr_assert_null(other.name, "it waits for no more than a turn");
		for (; next < 100 && many[next].name == NULL; next++)
			continue;
		for (i = (size_t)next; i < nitems(many); i++)
			cr_assert_not_null(many[i].name, "in order");
	}
	cr_assert_eq(ntold, 101);
	cr_assert_geq(turns, 100 / 8);
}

/* Told already are those before: the rest may go, and others ask anew. */
Test(names, who_goes_before_its_turn_is_not_told)
{
	struct waiter many[100] = { 0 }, late = { 0 };
	int before;
	size_t i;

	names_found(0);
	for (i = 0; i < nitems(many); i++)
		ask(&many[i], "many");
	cr_assert_eq(answer_only(id_of("many")), 0);
	names_serve();
	late.done = told;
	names_ask(&late, &(struct endpoint){ .host = "many", .service = "80" });
	cr_assert_eq(nsaid, 2, "that is another look-up");
	for (i = 0; i < nitems(many); i++)
		names_forget(&many[i]);
	before = ntold;
	serve();
	cr_assert_eq(ntold, before);
	die_and_come_back();
	cr_assert_eq(answer(id_of("many")), 0);
	cr_assert_eq(ntold, before + 1);
}

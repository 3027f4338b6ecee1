/* SPDX-License-Identifier: ISC */
/* ctld/ended_event.c: what a worker says comes to few events, of its proxy. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "agreed.h"
#include "callers.h"
#include "child_rig.h"
#include "children.h"
#include "clock_rig.h"
#include "ended_event.h"
#include "event_fields.h"
#include "event_ring.h"
#include "proxies.h"

static struct child worker, apid;
static struct proxy proxy;
static struct toxic toxic;
static struct event_record got[2 * EVENTS_PAGE];
static size_t ngot;

/* In place of ctld/proxies.c */
struct toxic *
proxy_toxic_find(const struct proxy *p, const char *name)
{
	return p == &proxy && strcmp(name, "cut") == 0 ? &toxic : NULL;
}

/* In place of ctld/callers.c */
void
caller_client_text(const struct caller *c, char text[ADDRESS_TEXT_MAX])
{
	(void)c;
	text[0] = '\0';
}

static void
hear(struct child *c, enum msg_type type, uint32_t id, const void *payload,
    size_t size)
{
	(void)id;
	cr_assert_eq(c, &apid);
	if (type != MSG_EVENT)
		return;
	cr_assert_lt(ngot, sizeof(got) / sizeof(got[0]));
	memcpy(&got[ngot++], payload, size);
}

static void
nothing(uint64_t next)
{
	(void)next;
}

static void
begin(void)
{
	clock_stop();
	child_hears = hear;
	children.apid = &apid;
	worker.proxy = &proxy;
	proxy.worker = &worker;
	proxy.assignment = 7;
	strcpy(proxy.key.name, "p");
	event_ring_reserves(nothing);
	event_ring_begin(1);
}

TestSuite(ended_event, .init = begin);

/* All that have been made so far. */
static void
read_all(void)
{
	const struct event_question all = { .of.is_of_all = 1 };
	struct event_question q = all;

	ngot = 0;
	do {
		q.after = ngot > 0 ? got[ngot - 1].id : 0;
		event_ring_read(&apid, 1, &q);
	} while (
	    ngot > 0 && got[ngot - 1].id != q.after && ngot % EVENTS_PAGE == 0);
}

/* NULL: it says nothing of that. */
static const char *
says(const struct event_record *r, const char *key)
{
	static struct event_field f;
	size_t at, n;

	for (at = 0; (n = event_field_at(r, at, &f)) > 0; at += n) {
		if (strcmp(f.key, key) == 0)
			return f.value;
	}
	return NULL;
}

static struct session_ended
ended(enum session_end end)
{
	return (struct session_ended){
		.assignment = 7, .sessions = 1, .end = (uint8_t)end
	};
}

Test(ended_event, a_toxic_is_one_that_the_proxy_has)
{
	struct session_ended e = ended(END_TOXIC_RESET);

	strcpy(e.toxic, "cut");
	cr_assert_eq(event_ended(&worker, &e), 0);
	strcpy(e.toxic, "made up");
	cr_assert_eq(event_ended(&worker, &e), 0);
	read_all();
	cr_assert_eq(ngot, 2);
	cr_assert_str_eq(says(&got[0], "proxy"), "p");
	cr_assert_str_eq(says(&got[0], "toxic"), "cut");
	cr_assert_str_eq(says(&got[0], "cause"), "toxic_reset");
	cr_assert_null(says(&got[1], "toxic"));
}

Test(ended_event, a_flood_is_a_few_and_a_number)
{
	struct session_ended e = ended(END_CLIENT_RESET);
	int i;

	for (i = 0; i < 1000; i++)
		cr_assert_eq(event_ended(&worker, &e), 0);
	e.sessions = INT64_MAX;
	for (i = 0; i < 4; i++)
		cr_assert_eq(event_ended(&worker, &e), 0);
	read_all();
	cr_assert_eq(ngot, 2 * ENDED_KINDS);
	e.sessions = 1;
	clock_stopped_at += NS_PER_S;
	cr_assert_eq(event_ended(&worker, &e), 0);
	read_all();
	cr_assert_eq(ngot, 2 * ENDED_KINDS + 1);
	cr_assert_str_eq(says(&got[ngot - 1], "untold"), "9223372036854775807");
	cr_assert_eq(event_ended(&worker, &e), 0);
	read_all();
	cr_assert_null(says(&got[ngot - 1], "untold"), "once");
}

Test(ended_event, what_no_honest_worker_says)
{
	struct session_ended e = ended(END_CLIENT_RESET);
	static const enum session_end others[] = { END_NONE, END_BOTH_FIN,
		END_WORKER, END_WORKER_DIED, END_PROXY_CHANGED };
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		e.end = (uint8_t)others[i];
		cr_assert_eq(event_ended(&worker, &e), -1);
	}
	e = ended(END_CLIENT_RESET);
	e.sessions = 0;
	cr_assert_eq(event_ended(&worker, &e), -1);
	e = ended(END_CLIENT_RESET);
	e.assignment = 8;
	cr_assert_eq(event_ended(&worker, &e), -1);
	read_all();
	cr_assert_eq(ngot, 0);
}

Test(ended_event, each_cause_has_a_word_of_its_own)
{
	int i, j;

	for (i = 0; i < END_MAX; i++) {
		cr_assert_str_neq(session_end_word((enum session_end)i), "");
		cr_assert_str_neq(session_end_text((enum session_end)i), "");
		for (j = 0; j < i; j++)
			cr_assert_str_neq(session_end_word((enum session_end)i),
			    session_end_word((enum session_end)j));
	}
}

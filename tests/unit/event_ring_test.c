/* SPDX-License-Identifier: ISC */
/* ctld/event_ring.c: each tenant's events, and those of all, by their ids. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child_rig.h"
#include "children.h"
#include "event_fields.h"
#include "event_ring.h"

/* Far behind any second since 1970. */
#define BLOCK (UINT64_C(1) << 32)
#define BASE (BLOCK * EVENT_BLOCK)

static struct child apid;
static struct event_record heard[EVENTS_PAGE];
static size_t nheard, nnews;
static struct event_end end;
static struct event_stream news;
static uint64_t reserved;

static void
hear(struct child *c, enum msg_type type, uint32_t id, const void *payload,
    size_t size)
{
	struct msg m = { .type = type, .id = id, .len = size, .fd = -1 };

	cr_assert_eq(c, &apid);
	memcpy(&m.payload, payload, size);
	cr_assert_eq(msg_check(&m), 0);
	if (type == MSG_EVENT) {
		cr_assert_lt(nheard, EVENTS_PAGE);
		heard[nheard++] = *msg_get_event_record(&m);
	} else if (type == MSG_EVENTS_END) {
		end = *msg_get_event_end(&m);
	} else {
		cr_assert_eq(type, MSG_EVENTS_NEWS);
		news = *msg_get_event_stream(&m);
		nnews++;
	}
}

static void
reserve(uint64_t next)
{
	cr_assert_gt(next, reserved);
	reserved = next;
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

TestSuite(event_ring, .init = begin);

static struct event_record
of(const char *tenant, const char *text)
{
	struct event_record r;

	memset(&r, 0, sizeof(r));
	r.kind = EVENT_PROXY_CREATED;
	snprintf(r.of.tenant, sizeof(r.of.tenant), "%s", tenant);
	event_add_text(&r, EVENT_SAYS, "proxy", text);
	return r;
}

static void
add(const char *tenant, enum event_reach reach)
{
	const struct event_record r = of(tenant, "p");

	event_ring_add(&r, reach);
}

/* tenant NULL: of all */
static void
ask(const char *tenant, uint64_t after)
{
	struct event_question q = { .after = after };

	nheard = 0;
	if (tenant == NULL)
		q.of.is_of_all = 1;
	else
		snprintf(q.of.tenant, sizeof(q.of.tenant), "%s", tenant);
	event_ring_read(&apid, 7, &q);
}

Test(event_ring, who_asks_has_what_is_behind_an_id)
{
	add("", EVENT_OF_TENANT);
	add("", EVENT_OF_TENANT);
	add("", EVENT_OF_TENANT);
	ask("", BASE + 1);
	cr_assert_eq(nheard, 2);
	cr_expect_eq(heard[0].id, BASE + 2);
	cr_expect_eq(heard[1].id, BASE + 3);
	cr_expect_eq(end.last, BASE + 3);
	cr_expect_not(end.has_more);
	ask("", EVENTS_FROM_NOW);
	cr_expect_eq(nheard, 0);
	cr_expect_eq(end.last, BASE + 3);
}

/* Of a name that nobody has, too: an apid may make up any. */
Test(event_ring, each_tenant_counts_its_own)
{
	add("", EVENT_OF_TENANT);
	add("a", EVENT_OF_TENANT);
	add("", EVENT_OF_NOBODY);
	add("a", EVENT_FOR_TENANT);
	ask("a", 0);
	cr_assert_eq(nheard, 2);
	cr_expect_eq(heard[1].id, BASE + 2);
	cr_expect_str_eq(heard[1].of.tenant, "a");
	ask("", 0);
	cr_expect_eq(nheard, 1);
	ask(NULL, 0);
	cr_assert_eq(nheard, 3);
	cr_expect_eq(heard[2].id, BASE + 3);
	cr_expect(heard[2].of.is_of_all);
	ask("nobody", 0);
	cr_expect_eq(nheard, 0);
	cr_expect_eq(end.last, BASE);
}

Test(event_ring, a_page_says_that_there_is_more)
{
	int i;

	for (i = 0; i < EVENTS_PAGE + 2; i++)
		add("", EVENT_OF_TENANT);
	ask(NULL, BASE);
	cr_assert_eq(nheard, EVENTS_PAGE);
	cr_expect(end.has_more);
	cr_expect_eq(end.last, BASE + EVENTS_PAGE + 2);
	add("", EVENT_OF_TENANT);
	cr_expect_eq(nnews, 0, "who has not read to the end need not be told");
	ask(NULL, heard[EVENTS_PAGE - 1].id);
	cr_expect_eq(nheard, 3);
	cr_expect_not(end.has_more);
}

Test(event_ring, news_are_said_once)
{
	add("", EVENT_OF_TENANT);
	cr_expect_eq(nnews, 0);
	ask("", 0);
	add("a", EVENT_OF_TENANT);
	cr_expect_eq(nnews, 0);
	add("", EVENT_OF_TENANT);
	add("", EVENT_OF_TENANT);
	cr_expect_eq(nnews, 1);
	cr_expect_not(news.is_of_all);
	ask(NULL, EVENTS_FROM_NOW);
	add("a", EVENT_OF_TENANT);
	cr_expect_eq(nnews, 2);
	cr_expect(news.is_of_all);
	ask("", EVENTS_FROM_NOW);
	event_ring_forget_reader();
	add("", EVENT_OF_TENANT);
	cr_expect_eq(nnews, 2);
}

/* Who has little keeps it. */
Test(event_ring, the_one_with_most_loses_its_oldest)
{
	struct event_record r = of("a", "p");
	size_t i;

	add("", EVENT_OF_TENANT);
	while (sizeof(r.fields) - r.len > 300)
		event_add_text(&r, EVENT_SAYS, "filler",
		    "0123456789012345678901234567890123456789");
	for (i = 0; i < EVENTS_BYTES_MAX / (EVENT_COST + r.len) + 10; i++)
		event_ring_add(&r, EVENT_OF_TENANT);
	ask("", 0);
	cr_assert_eq(nheard, 1);
	cr_expect_eq(heard[0].id, BASE + 1);
	ask(NULL, 0);
	cr_assert_eq(nheard, EVENTS_PAGE);
	cr_expect_eq(heard[0].id, BASE + 1);
	cr_expect_gt(heard[1].id, BASE + 2, "there are some missing");
	ask("a", 0);
	cr_expect_gt(heard[0].id, BASE + 1);
}

Test(event_ring, a_block_is_reserved_before_its_first_id)
{
	size_t i;

	cr_expect_eq(reserved, BLOCK + 1);
	for (i = 0; i < EVENT_BLOCK / 2 - 1; i++)
		add("", EVENT_OF_TENANT);
	cr_expect_eq(reserved, BLOCK + 1);
	add("", EVENT_OF_TENANT);
	cr_expect_eq(reserved, BLOCK + 2);
	cr_expect_eq(event_ring_next_block(), BLOCK + 2);
}

/* Whatever was kept: it may be of a machine with another clock, or of none. */
Test(event_ring, no_block_is_begun_twice)
{
	ask("", EVENTS_FROM_NOW);
	add("", EVENT_OF_TENANT);
	event_ring_begin(event_ring_next_block());
	add("", EVENT_OF_TENANT);
	ask("", BASE + 1);
	cr_assert_eq(nheard, 1);
	cr_expect_eq(heard[0].id, (BLOCK + 1) * EVENT_BLOCK + 1);
}

/* SPDX-License-Identifier: ISC */
/* Whose a worker's numbers are, and what becomes of them with it. */

#include <criterion/criterion.h>

#include "child.h"
#include "msg.h"
#include "proxies.h"
#include "toxics_done.h"

static struct child worker;
static struct proxy proxy;
static struct toxic toxics[2];

static void
begin(void)
{
	size_t i;

	worker.proxy = &proxy;
	proxy.worker = &worker;
	TAILQ_INIT(&proxy.toxics);
	for (i = 0; i < 2; i++) {
		toxic_is_given(&worker, &toxics[i]);
		TAILQ_INSERT_TAIL(&proxy.toxics, &toxics[i], entry);
	}
}

static int
say(uint64_t nth, uint64_t hits, uint32_t id)
{
	struct msg m = { .type = MSG_RELAY_TOXIC_COUNTED,
		.id = id,
		.from = &worker,
		.len = sizeof(struct toxic_counted),
		.fd = -1 };

	m.payload.toxic_counted.nth = nth;
	m.payload.toxic_counted.counts.hits = hits;
	return toxic_counted(&m);
}

static uint64_t
hits(const struct toxic *t)
{
	return toxic_has_done(t).hits;
}

TestSuite(toxics_done, .init = begin);

Test(toxics_done, is_each_ones_own)
{
	cr_expect_eq(say(2, 7, 0), 0);
	cr_expect_eq(hits(&toxics[0]), 0);
	cr_expect_eq(hits(&toxics[1]), 7);
	cr_expect(toxics[1].has_news);
	cr_expect(!toxics[0].has_news);
}

/* A scenario of many short steps gives a worker so many in a week. */
Test(toxics_done, is_told_from_one_that_came_2_to_the_32_before)
{
	const uint64_t many = UINT64_C(1) << 32;

	worker.given = many;
	toxic_is_given(&worker, &toxics[1]);
	cr_expect_eq(toxics[1].nth, many + 1);
	cr_expect_eq(say(many + 1, 7, 0), 0);
	cr_expect_eq(hits(&toxics[0]), 0);
	cr_expect_eq(hits(&toxics[1]), 7);
	cr_expect_eq(say(many + 2, 1, 0), -1);
}

Test(toxics_done, goes_on_with_another_worker)
{
	static struct child next;

	cr_expect_eq(say(1, 3, 0), 0);
	toxics_keep_counts(&proxy);
	cr_expect_eq(hits(&toxics[0]), 3);
	worker = next;
	worker.proxy = &proxy;
	toxic_is_given(&worker, &toxics[0]);
	toxic_is_given(&worker, &toxics[1]);
	cr_expect_eq(say(1, 2, 0), 0);
	cr_expect_eq(hits(&toxics[0]), 5);
}

/* ... which one of the same name that was made since has not done. */
Test(toxics_done, is_nothing_of_one_that_has_gone)
{
	static struct toxic anew;

	TAILQ_REMOVE(&proxy.toxics, &toxics[1], entry);
	toxic_is_given(&worker, &anew);
	TAILQ_INSERT_TAIL(&proxy.toxics, &anew, entry);
	cr_expect_eq(say(2, 7, 0), 0);
	cr_expect_eq(hits(&anew), 0);
	cr_expect_eq(say(3, 1, 0), 0);
	cr_expect_eq(hits(&anew), 1);
}

Test(toxics_done, that_an_honest_worker_does_not_say)
{
	cr_expect_eq(say(0, 1, 0), -1, "of none");
	cr_expect_eq(say(3, 1, 0), -1, "not given yet");
	cr_expect_eq(say(1, 1, 5), -1, "an answer to nothing");
	cr_expect_eq(say(1, 2, 0), 0);
	cr_expect_eq(say(1, 1, 0), -1, "it goes back");
}

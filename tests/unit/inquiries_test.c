/* SPDX-License-Identifier: ISC */
/* ctld/inquiries.c: a worker is asked of its sessions, one page at a time. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "agreed.h"
#include "change.h"
#include "child_rig.h"
#include "clock.h"
#include "inquiries.h"
#include "losses.h"
#include "requests.h"

#define ASKERS 4

static struct child worker, apid;
static struct proxy proxy;
static struct change asked[ASKERS];
static enum answer_code answers[ASKERS];
static int nanswers[ASKERS], npages[ASKERS];
static uint32_t last_id;
static unsigned int nasked;
static unsigned int nown; /* toxics of a session's own, as apid has heard */
static int wants_own;
static enum answer_code is_counted; /* what may be of one more toxic */
static unsigned int ncounted;

/* In place of ctld/proxies.c and ctld/change.c */

struct proxy *
proxy_find(const struct proxy_key *key)
{
	return strcmp(key->name, "p") == 0 ? &proxy : NULL;
}

const struct proxy_key *
change_key(const struct change *ch)
{
	return &ch->u.inquiry.proxy;
}

enum answer_code
change_count_toxics(struct change *ch, uint32_t n, uint32_t gone)
{
	(void)ch;
	cr_assert_eq(gone, 0);
	ncounted += n;
	return is_counted;
}

/* Of those that lose segments there is none here. */
enum answer_code
loss_allowed(const struct proxy *p, const struct toxic_spec *spec)
{
	(void)p;
	(void)spec;
	return ANSWER_OK;
}

void
loss_give(struct child *c, const struct toxic_spec *spec)
{
	(void)c;
	(void)spec;
}

static void
hear(struct child *c, enum msg_type type, uint32_t id, const void *payload,
    size_t size)
{
	(void)payload;
	(void)size;
	if (c == &apid && type == MSG_API_OWN_TOXIC) {
		nown++;
		return;
	}
	if (c == &apid) {
		cr_assert_eq(type, MSG_API_PAGE);
		npages[id]++;
		return;
	}
	cr_assert_eq(type, wants_own ? MSG_RELAY_OWN_ASK : MSG_RELAY_ASK);
	last_id = id;
	nasked++;
}

static void
is_done(struct change *ch, enum answer_code code)
{
	answers[ch->id] = code;
	nanswers[ch->id]++;
}

static void
begin(void)
{
	size_t i;

	child_hears = hear;
	inquiries_open(is_done);
	watches_open();
	deadlines_open();
	worker.role = ROLE_RELAYD;
	worker.state = CHILD_RUNNING;
	worker.proxy = &proxy;
	worker.pong_by = worker.ping_at = CLOCK_NEVER;
	TAILQ_INIT(&worker.waiting);
	TAILQ_INIT(&worker.inquiry.waiting);
	proxy.worker = &worker;
	proxy.assignment = 7;
	for (i = 0; i < ASKERS; i++) {
		asked[i].id = (uint32_t)i;
		asked[i].asker = &apid;
		strcpy(asked[i].u.inquiry.proxy.name, "p");
	}
}

TestSuite(inquiries, .init = begin);

static int
says(uint64_t assignment, uint64_t next, uint32_t n)
{
	struct session_page page = { .assignment = assignment, .next = next };

	page.n = n;
	return inquiry_page(&worker, last_id, &page);
}

Test(inquiries, are_asked_one_after_another)
{
	inquiry_start(&asked[0]);
	inquiry_start(&asked[1]);
	cr_expect_eq(nasked, 1);
	cr_expect_eq(says(7, 0, 0), 0);
	cr_expect_eq(nanswers[0], 1);
	cr_expect_eq(npages[0], 1);
	cr_expect_eq(answers[0], ANSWER_OK);
	cr_expect_eq(nasked, 2);
	cr_expect_eq(nanswers[1], 0);
	cr_expect_eq(says(7, 1, 0), 0);
	cr_expect_eq(nanswers[1], 1);
}

Test(inquiries, nobody_says_what_was_not_asked)
{
	const struct toxic_work work = { .kind = 1 };

	last_id = 1;
	cr_expect_eq(says(7, 0, 0), -1);
	inquiry_start(&asked[0]);
	cr_expect_eq(inquiry_work(&worker, last_id, &work), -1);
	cr_expect_eq(says(8, 0, 0), -1);
	asked[0].u.inquiry.ask.number = 3;
	cr_expect_eq(says(7, 0, 0), 0);
	cr_expect_eq(says(7, 0, 0), -1);
}

/* Who goes on with the next page comes to an end. */
Test(inquiries, pages_go_on)
{
	asked[0].u.inquiry.ask.assignment = 7;
	asked[0].u.inquiry.ask.number = 3;
	inquiry_start(&asked[0]);
	cr_expect_eq(says(7, 3, 0), -1);
	cr_expect_eq(says(7, 4, 0), 0);
}

Test(inquiries, one_that_does_not_answer_is_asked_nothing_more)
{
	const int64_t late = clock_now() + 2 * NS_PER_S;

	inquiry_start(&asked[0]);
	inquiry_start(&asked[1]);
	inquiries_look(&worker, clock_now());
	cr_expect_eq(nanswers[0], 0);
	inquiries_look(&worker, late);
	cr_expect_eq(answers[0], ANSWER_WORKER_BUSY);
	cr_expect_eq(answers[1], ANSWER_WORKER_BUSY);
	inquiry_start(&asked[2]);
	cr_expect_eq(nasked, 1);
	cr_expect_eq(says(7, 0, 0), 0); /* to nobody */
	cr_expect_eq(npages[0] + npages[1] + npages[2], 0);
	cr_expect_eq(nasked, 2);
	cr_expect_eq(says(7, 0, 0), 0);
	cr_expect_eq(npages[2], 1);
}

Test(inquiries, a_worker_that_dies_has_no_sessions)
{
	asked[1].u.inquiry.ask.wish = WISH_CLOSE;
	inquiry_start(&asked[0]);
	inquiry_start(&asked[1]);
	inquiries_forget_worker(&worker);
	cr_expect_eq(answers[0], ANSWER_OK);
	cr_expect_eq(npages[0], 1);
	cr_expect_eq(answers[1], ANSWER_NO_CONNECTION);
	proxy.worker = NULL;
	inquiry_start(&asked[2]);
	cr_expect_eq(npages[2], 1);
	strcpy(asked[3].u.inquiry.proxy.name, "q");
	inquiry_start(&asked[3]);
	cr_expect_eq(answers[3], ANSWER_NO_PROXY);
}

/* It is to say first how it is: what it said before is dropped. */
Test(inquiries, an_earlier_ctlds_worker_is_asked_later)
{
	worker.state = CHILD_GREETED;
	inquiry_start(&asked[0]);
	cr_expect_eq(nasked, 0);
	worker.state = CHILD_RUNNING;
	inquiries_go_on(&worker);
	cr_expect_eq(nasked, 1);
}

/* ---- toxics of one session's own */

static void
ask_own(size_t i, enum session_wish wish)
{
	wants_own = wish != WISH_OWN_TOXICS;
	asked[i].u.inquiry.ask.assignment = 7;
	asked[i].u.inquiry.ask.wish = wish;
	inquiry_start(&asked[i]);
}

static int
says_outcome(enum own_outcome outcome)
{
	struct session_page page = {
		.assignment = 7, .n = 1, .outcome = outcome
	};

	return inquiry_page(&worker, last_id, &page);
}

Test(inquiries, what_became_of_a_sessions_own_toxic)
{
	static const enum answer_code codes[OWN_OUTCOMES] = { ANSWER_OK,
		ANSWER_TOXIC_EXISTS, ANSWER_NO_TOXIC, ANSWER_TOO_MANY_OWN,
		ANSWER_TOXIC_DIFFERS };
	unsigned int i;

	for (i = 0; i < OWN_OUTCOMES; i++) {
		ask_own(0, WISH_OWN_UPDATE);
		cr_expect_eq(says_outcome((enum own_outcome)i), 0);
		cr_expect_eq(answers[0], codes[i]);
	}
	ask_own(0, WISH_OWN_ADD);
	cr_expect_eq(says(7, 0, 0), 0);
	cr_expect_eq(answers[0], ANSWER_NO_CONNECTION);
}

/* A worker says of it what was asked, and no more. */
Test(inquiries, of_own_toxics_as_many_as_were_asked)
{
	const struct toxic_spec spec = { .name = "t", .kind = TOXIC_NOOP };
	int i;

	ask_own(0, WISH_OWN_ADD);
	cr_expect_eq(inquiry_own_toxic(&worker, last_id + 1, &spec), -1);
	cr_expect_eq(inquiry_own_toxic(&worker, last_id, &spec), 0);
	cr_expect_eq(nown, 1);
	cr_expect_eq(inquiry_own_toxic(&worker, last_id, &spec), -1);
	cr_expect_eq(says_outcome(OWN_DONE), 0);
	ask_own(0, WISH_OWN_REMOVE);
	cr_expect_eq(inquiry_own_toxic(&worker, last_id, &spec), -1);
	cr_expect_eq(says_outcome(OWN_NOT_THERE), 0);
	ask_own(0, WISH_OWN_TOXICS);
	for (i = 0; i < PROXY_TOXICS_MAX; i++)
		cr_expect_eq(inquiry_own_toxic(&worker, last_id, &spec), 0);
	cr_expect_eq(inquiry_own_toxic(&worker, last_id, &spec), -1);
	cr_expect_eq(says_outcome(OWN_EXISTS), -1);
	cr_expect_eq(says_outcome(OWN_DONE), 0);
}

/* It counts among all toxics as soon as it is asked for. */
Test(inquiries, one_toxic_too_many_is_not_asked_for)
{
	ask_own(0, WISH_OWN_UPDATE);
	cr_expect_eq(ncounted, 0);
	cr_expect_eq(says_outcome(OWN_DONE), 0);
	ask_own(0, WISH_OWN_ADD);
	cr_expect_eq(ncounted, 1);
	cr_expect_eq(says_outcome(OWN_DONE), 0);
	is_counted = ANSWER_TOO_MANY_TOXICS;
	nasked = 0;
	ask_own(0, WISH_OWN_ADD);
	cr_expect_eq(nasked, 0);
	cr_expect_eq(answers[0], ANSWER_TOO_MANY_TOXICS);
}

/* Those that are there have to be counted first. */
Test(inquiries, of_an_earlier_ctlds_worker_none_is_counted_before_it_has_said)
{
	worker.state = CHILD_GREETED;
	is_counted = ANSWER_OVER_LIMIT;
	ask_own(0, WISH_OWN_ADD);
	ask_own(1, WISH_OWN_UPDATE);
	cr_expect_eq(ncounted, 0);
	worker.state = CHILD_RUNNING;
	inquiries_go_on(&worker);
	cr_expect_eq(answers[0], ANSWER_OVER_LIMIT);
	cr_expect_eq(nasked, 1);
	cr_expect_eq(says_outcome(OWN_DONE), 0);
	cr_expect_eq(nanswers[1], 1);
}

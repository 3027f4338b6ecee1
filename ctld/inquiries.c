/* SPDX-License-Identifier: ISC */
/*
 * See inquiries.h.  A worker is asked one question at a time, the others wait
 * here, and each has a second: a worker that has no time for it, or no will, is
 * no reason to kill it.  It owes that answer all the same, and is asked nothing
 * more before it has come.
 */

#include <string.h>

#include "change.h"
#include "child.h"
#include "clock.h"
#include "due.h"
#include "inquiries.h"
#include "losses.h"
#include "proxies.h"
#include "toxic_spec.h"

#define ANSWER_WITHIN NS_PER_S

static void (*is_done)(struct change *, enum answer_code);

void
inquiries_open(void (*done)(struct change *, enum answer_code))
{
	is_done = done;
}

/* ---- a request */

static int
is_to_end(const struct change *ch)
{
	return ch->u.inquiry.ask.wish == WISH_CLOSE ||
	    ch->u.inquiry.ask.wish == WISH_RESET;
}

static int
is_list(const struct relay_ask *ask)
{
	return ask->wish == WISH_PAGE || ask->wish == WISH_ENDED;
}

int
get_inquiry(struct change *ch, const struct msg *m)
{
	ch->u.inquiry = *msg_get_sessions_ask(m);
	return !session_wish_is_own(ch->u.inquiry.ask.wish) &&
		is_to_end(ch) == (m->type == MSG_PROXY_SESSION_END)
	    ? 0
	    : -1;
}

const struct proxy_key *
proxy_of_inquiry(const struct change *ch)
{
	return &ch->u.inquiry.proxy;
}

/* Without a worker there is no session; nor in the next one those of it. */
static void
find_none(struct change *ch)
{
	static const struct session_page none;

	if (!is_list(&ch->u.inquiry.ask)) {
		is_done(ch, ANSWER_NO_CONNECTION);
		return;
	}
	if (ch->asker != NULL)
		child_send(ch->asker, MSG_API_PAGE, ch->id, &none, -1);
	is_done(ch, ANSWER_OK);
}

/* ---- workers are asked */

static struct change *
take_first(struct child *c)
{
	struct change *ch = TAILQ_FIRST(&c->inquiry.waiting);

	TAILQ_REMOVE(&c->inquiry.waiting, ch, entry);
	child_due(c);
	return ch;
}

/* One that an earlier ctld had is to say first how it is. */
static int
can_be_asked(const struct child *c)
{
	return c->inquiry.owed == 0 &&
	    (c->state == CHILD_STARTING || c->state == CHILD_RUNNING);
}

static void
put_to(struct child *c, const struct change *ch)
{
	static uint32_t last;

	if (++last == 0)
		last = 1;
	c->inquiry.owed = last;
	c->inquiry.is_awaited = 1;
	c->inquiry.nworks = 0;
	c->inquiry.ask = ch->u.inquiry.ask;
	if (c->inquiry.ask.wish == WISH_OWN_ADD)
		loss_give(c, &ch->u.own_toxic.spec);
	if (session_wish_is_own(c->inquiry.ask.wish))
		child_send(c, MSG_RELAY_OWN_ASK, last, &ch->u.own_toxic, -1);
	else
		child_send(c, MSG_RELAY_ASK, last, &c->inquiry.ask, -1);
}

/*
 * One more counts from now on, and its worker counts it when it is there.  Not
 * before it can be asked: an earlier ctld's has said by then how many it has.
 */
static enum answer_code
count_own(struct change *ch)
{
	const struct toxic_spec *spec = &ch->u.own_toxic.spec;
	enum answer_code code;

	if (ch->u.inquiry.ask.wish != WISH_OWN_ADD)
		return ANSWER_OK;
	if (toxic_spec_loses(spec))
		return ANSWER_NO_LOSS; /* the program knows no sessions */
	if ((code = loss_allowed(NULL, spec)) != ANSWER_OK)
		return code;
	return change_count_toxics(ch, 1, 0);
}

void
inquiries_go_on(struct child *c)
{
	enum answer_code code;
	struct change *ch;

	while ((ch = TAILQ_FIRST(&c->inquiry.waiting)) != NULL &&
	    can_be_asked(c)) {
		if ((code = count_own(ch)) == ANSWER_OK)
			put_to(c, ch);
		else
			is_done(take_first(c), code);
	}
}

void
inquiry_start(struct change *ch)
{
	const struct proxy *p = proxy_find(change_key(ch));
	struct child *c = p != NULL ? p->worker : NULL;

	if (p == NULL) {
		is_done(ch, ANSWER_NO_PROXY);
	} else if (c == NULL || c->state == CHILD_KILLED) {
		find_none(ch);
	} else {
		ch->deadline = clock_now() + ANSWER_WITHIN;
		TAILQ_INSERT_TAIL(&c->inquiry.waiting, ch, entry);
		child_due(c);
		inquiries_go_on(c);
	}
}

/* ---- they answer */

/* Who asked for what has come; NULL: nobody any more. */
static struct change *
awaiting(const struct child *c)
{
	return c->inquiry.is_awaited ? TAILQ_FIRST(&c->inquiry.waiting) : NULL;
}

int
inquiry_work(struct child *c, uint32_t id, const struct toxic_work *work)
{
	const struct change *ch = awaiting(c);

	if (id != c->inquiry.owed || c->inquiry.ask.wish != WISH_ONE ||
	    ++c->inquiry.nworks > 2 * PROXY_TOXICS_MAX)
		return -1;
	if (ch != NULL && ch->asker != NULL)
		child_send(ch->asker, MSG_API_TOXIC_WORK, ch->id, work, -1);
	return 0;
}

int
inquiry_ended(struct child *c, uint32_t id, const struct session_ended *ended)
{
	const struct change *ch = awaiting(c);

	if (id != c->inquiry.owed || c->inquiry.ask.wish != WISH_ENDED ||
	    ++c->inquiry.nworks > SESSIONS_PAGE ||
	    ended->assignment != c->proxy->assignment)
		return -1;
	if (ch != NULL && ch->asker != NULL)
		child_send(ch->asker, MSG_API_ENDED, ch->id, ended, -1);
	return 0;
}

/* All of them, or what became of the one. */
static unsigned int
own_toxics_max(const struct relay_ask *ask)
{
	switch (ask->wish) {
	case WISH_OWN_TOXICS:
		return PROXY_TOXICS_MAX;
	case WISH_OWN_ADD:
	case WISH_OWN_UPDATE:
		return 1;
	default:
		return 0;
	}
}

int
inquiry_own_toxic(struct child *c, uint32_t id, const struct toxic_spec *spec)
{
	const struct change *ch = awaiting(c);

	if (id != c->inquiry.owed || spec->name[0] == '\0' ||
	    ++c->inquiry.nworks > own_toxics_max(&c->inquiry.ask))
		return -1;
	if (ch != NULL && ch->asker != NULL)
		child_send(ch->asker, MSG_API_OWN_TOXIC, ch->id, spec, -1);
	return 0;
}

static int
is_later(const struct relay_ask *ask, uint64_t assignment, uint64_t number)
{
	return assignment > ask->assignment ||
	    (assignment == ask->assignment && number > ask->number);
}

/* Who goes on with pages comes to their end. */
static int
fits(const struct child *c, const struct session_page *page)
{
	const struct relay_ask *ask = &c->inquiry.ask;

	if (page->assignment != c->proxy->assignment ||
	    (page->outcome != OWN_DONE && !session_wish_is_own(ask->wish)))
		return 0;
	if (is_list(ask))
		return page->next == 0 ||
		    is_later(ask, page->assignment, page->next);
	return page->next == 0 &&
	    (page->n == 0 ||
		(page->n == 1 && page->rows[0].number == ask->number));
}

static enum answer_code
outcome_of(const struct relay_ask *ask, const struct session_page *page)
{
	static const enum answer_code codes[OWN_OUTCOMES] = {
		[OWN_DONE] = ANSWER_OK,
		[OWN_EXISTS] = ANSWER_TOXIC_EXISTS,
		[OWN_NOT_THERE] = ANSWER_NO_TOXIC,
		[OWN_TOO_MANY] = ANSWER_TOO_MANY_OWN,
		[OWN_DIFFERS] = ANSWER_TOXIC_DIFFERS,
	};

	return !is_list(ask) && page->n == 0 ? ANSWER_NO_CONNECTION
					     : codes[page->outcome];
}

int
inquiry_page(struct child *c, uint32_t id, const struct session_page *page)
{
	struct change *ch = awaiting(c);

	if (c->inquiry.owed == 0 || id != c->inquiry.owed || !fits(c, page))
		return -1;
	c->inquiry.owed = 0;
	if (ch != NULL) {
		(void)take_first(c);
		if (ch->asker != NULL)
			child_send(ch->asker, MSG_API_PAGE, ch->id, page, -1);
		is_done(ch, outcome_of(&ch->u.inquiry.ask, page));
	}
	inquiries_go_on(c);
	return 0;
}

/* ---- time, and deaths */

void
inquiries_look(struct child *c, int64_t now)
{
	const struct change *ch;

	while ((ch = TAILQ_FIRST(&c->inquiry.waiting)) != NULL &&
	    now >= ch->deadline) {
		c->inquiry.is_awaited = 0;
		is_done(take_first(c), ANSWER_WORKER_BUSY);
	}
	inquiries_go_on(c);
}

void
inquiries_forget_worker(struct child *c)
{
	while (!TAILQ_EMPTY(&c->inquiry.waiting))
		find_none(take_first(c));
}

/* SPDX-License-Identifier: ISC */
/*
 * A request on its way: its address is looked up (resolving), it is prepared,
 * kept (storing), done at once and whole, its worker applies it (waiting), it
 * is answered.  Nothing is locked but while it is being kept, and then only its
 * proxy: where a look-up took so long that the truth has moved on, it is looked
 * up again.
 *
 * What the steps are, its row in requests.c says.  All requests are answered
 * here, and freed.
 */

#include <stdio.h>
#include <string.h>

#include "agenda.h"
#include "agreed.h"
#include "audit.h"
#include "change.h"
#include "change_event.h"
#include "changes.h"
#include "child.h"
#include "children.h"
#include "clock.h"
#include "container_of.h"
#include "dispatch_resolvd.h"
#include "endpoint.h"
#include "halting.h"
#include "in_hand.h"
#include "log.h"
#include "mode.h"
#include "msg.h"
#include "names.h"
#include "pending.h"
#include "prepare.h"
#include "proxies.h"
#include "quota.h"
#include "requests.h"
#include "scenario_request.h"
#include "selects.h"
#include "store.h"
#include "tenant_queue.h"
#include "tenants.h"
#include "tokens.h"
#include "truth_save.h"

/* ---- its answer, and end */

static void
answer(struct change *ch)
{
	struct change *whole = ch->whole;

	if (ch->asker != NULL)
		child_send(ch->asker, MSG_ANSWER, ch->id, &ch->answer, -1);
	change_free(ch);
	if (whole != NULL && --whole->nparts == 0)
		answer(whole);
}

void
changes_refuse(struct change *ch, enum answer_code code)
{
	audit(ch, code);
	event_refused(ch, code);
	ch->answer.code = code;
	answer(ch);
}

/* Somebody else was asked, and has answered, or not. */
void
changes_inquired(struct change *ch, enum answer_code code)
{
	changes_refuse(ch, code);
}

/* A request that is no change: there was no memory, or it only tells. */
void
changes_answer_unread(struct child *asker, uint32_t id, enum answer_code code)
{
	const struct answer answer = { .code = (uint8_t)code };

	child_send(asker, MSG_ANSWER, id, &answer, -1);
}

static void
refuse_endpoint(struct change *ch, int error, int sys_errno)
{
	ch->answer.endpoint_error = (uint8_t)error;
	ch->answer.sys_errno = sys_errno;
	ch->answer.listen = ch->endpoint;
	changes_refuse(ch, ANSWER_BAD_LISTEN);
}

/* ---- it happens */

static void
happen(struct change *ch)
{
	const struct request *r = ch->request;
	int waits;

	audit(ch, ANSWER_OK);
	truth_begin();
	if (r->log != NULL && log_wants(LOG_INFO))
		r->log(ch);
	if (r->event != NULL)
		r->event(ch);
	change_uncount_toxics(ch);
	waits = r->apply(ch);
	truth_commit();
	if (!waits)
		answer(ch);
}

/* For all workers that it was about. */
void
changes_halted(struct change *ch)
{
	answer(ch);
}

/* A worker answers in the order in which it was asked: this is the first. */
int
changes_applied(struct child *worker, uint32_t serial)
{
	struct change *ch = TAILQ_FIRST(&worker->waiting);

	if (ch == NULL || ch->serial != serial)
		return -1;
	TAILQ_REMOVE(&worker->waiting, ch, entry);
	if (worker->proxy != NULL) {
		select_applied(worker->proxy, ch);
		truth_commit();
	}
	answer(ch);
	return 0;
}

/*
 * Whatever a worker that died had been asked to change is in the truth, which
 * the next one starts with: so it is done.
 */
void
changes_forget_worker(struct child *worker)
{
	struct change *ch;

	while ((ch = TAILQ_FIRST(&worker->waiting)) != NULL) {
		TAILQ_REMOVE(&worker->waiting, ch, entry);
		answer(ch);
	}
}

/* ---- it is prepared, and kept */

/* Nothing of it happens. */
static void
undo(struct change *ch, enum answer_code code)
{
	change_undo(ch);
	changes_refuse(ch, code);
}

/*
 * Once it is the truth it has to be in the journal.  What makes room needs
 * hardly any.
 */
static int
has_room(const struct change *ch)
{
	const struct request *r = ch->request;
	uint32_t there = ch->proxy != NULL ? ch->proxy->ntoxics : 0;

	return (r->ends_a_proxy && !r->makes_a_proxy) || r->is_no_more ||
	    r->is_of_all /* and has seen to that itself */ ||
	    truth_has_room(2, there + ch->ntoxics + 1, 0);
}

/* Who else waits for what is being stored. */
static struct change **
storing(const struct change *ch)
{
	if (ch->request->is_of_all)
		return &pending.whole;
	return ch->request->is_of_tenant
	    ? tokens_storing(change_key(ch)->tenant)
	    : &ch->proxy->storing;
}

/* A reload may have taken its caller's token away while it waited. */
static void
prepare(struct change *ch)
{
	const struct request *r = ch->request;
	enum answer_code code = change_allowed(ch);

	if (code == ANSWER_OK)
		code = r->prepare(ch);
	if (code == ANSWER_OK && r->apply != NULL && !has_room(ch))
		code = ANSWER_NO_MEMORY;
	if (code != ANSWER_OK || r->apply == NULL) {
		undo(ch, code);
	} else if (!store_is_used() || r->store == NULL) {
		happen(ch);
	} else if (ch->proxy != NULL && ch->proxy->is_left_out &&
	    !r->ends_a_proxy) {
		undo(ch, ANSWER_STORE_FAILED);
	} else {
		*storing(ch) = ch;
		store_change(ch);
	}
}

/* Its address is known, if it needs one. */
static void
go_on(struct change *ch)
{
	if (ch->request->ask != NULL) {
		ch->request->ask(ch);
		return;
	}
	if (mode.is_draining) {
		changes_refuse(ch, ANSWER_ENDING);
		return;
	}
	if (ch->request->at_once != NULL)
		ch->request->at_once(ch);
	if (change_has_to_wait(ch) || scenario_is_to_begin(ch))
		pending_queue(ch);
	else
		prepare(ch);
}

/* ---- its address is looked up */

static void start(struct change *);
static void start_queued(const struct proxy_key *proxy);

static void
resolved(struct change *ch, const struct lookup_result *r)
{
	enum answer_stage stage;
	const struct endpoint *e;

	if (r->error != ENDPOINT_OK) {
		refuse_endpoint(ch, r->error, r->sys_errno);
		return;
	}
	e = change_endpoint(ch, &stage);
	if (e == NULL || strcmp(e->text, ch->endpoint.text) != 0) {
		start(ch);
		return;
	}
	ch->address = resolver_to_bind(r);
	go_on(ch);
}

/* At once: then nobody has come to wait for it, and it is being paid for. */
static int is_asking;

/* Whoever asked for the change pays for what is done of it now, too. */
static void
looked_up(struct waiter *w, const struct lookup_result *r)
{
	struct change *ch = container_of(w, struct change, waiter);
	struct proxy_key key;
	struct child *asker = ch->asker;
	const int is_at_once = is_asking;

	if (!is_at_once && asker != NULL)
		quota_begin(asker);
	key = *change_key(ch);
	change_uncount_name(ch);
	pending_resolved(ch);
	resolved(ch, r);
	if (is_at_once)
		return;
	start_queued(&key);
	if (asker != NULL)
		quota_end(asker);
}

static void
ask_for_address(struct change *ch)
{
	ch->deadline = clock_now() + RESOLVE_WITHIN;
	pending_resolve(ch);
	ch->waiter.done = looked_up;
	is_asking = 1;
	names_ask(&ch->waiter, &ch->endpoint);
	is_asking = 0;
}

/* From the beginning, or again because the truth has moved on. */
static void
start(struct change *ch)
{
	enum answer_stage stage = STAGE_LISTEN;
	const struct endpoint *e;
	enum answer_code code;

	if (ch->request->find != NULL)
		ch->request->find(ch);
	e = change_endpoint(ch, &stage);
	ch->answer.stage = (uint8_t)stage;
	if (e == NULL) {
		go_on(ch);
		return;
	}
	ch->endpoint = *e;
	if (e->error != ENDPOINT_OK) {
		refuse_endpoint(ch, e->error, 0);
	} else if (e->literal) {
		ch->address = address_unmapped(&e->address);
		go_on(ch);
	} else if ((code = change_count_name(ch)) != ANSWER_OK) {
		changes_refuse(ch, code);
	} else {
		ask_for_address(ch);
	}
}

/* What is at once, or changes nothing, is out of turn. */
static int
has_a_turn(const struct change *ch)
{
	return ch->is_asked && tenants_now()->n > 0 &&
	    ch->request->at_once == NULL && ch->request->ask == NULL;
}

/*
 * Where there are tenants, one who asks for much is not in the way of another:
 * each has a turn, one change, and between two of them it is everybody's who
 * has something to say.
 */
void
changes_ask(struct change *ch)
{
	const enum answer_code code = changes_are_too_many(ch);

	if (code != ANSWER_OK)
		changes_refuse(ch, code);
	else if (has_a_turn(ch))
		tenant_queue_put(ch, change_key(ch)->tenant);
	else
		start(ch);
}

void
changes_turn(void)
{
	struct change *ch = tenant_queue_take();
	struct child *asker;

	if (ch == NULL)
		return;
	if ((asker = ch->asker) != NULL) {
		in_hand_begin(asker);
		quota_begin(asker);
	}
	start(ch);
	if (asker != NULL) {
		quota_end(asker);
		in_hand_end();
	}
}

/* Those that waited for another about their proxy, until the next one. */
static void
start_queued(const struct proxy_key *proxy)
{
	struct change *ch;

	while (
	    (ch = pending_queued(proxy)) != NULL && !change_has_to_wait(ch)) {
		pending_dequeue(ch);
		start(ch);
	}
}

/* ---- stored has kept it, or not */

/* What was not kept does not happen. */
void
changes_stored(struct change *ch, enum store_code code)
{
	const int is_of_all = ch->request->is_of_all;
	struct proxy_key key;

	key = *change_key(ch);
	*storing(ch) = NULL;
	if (code == STORE_OK)
		happen(ch);
	else
		undo(ch, store_answer(code));
	start_queued(&key);
	if (is_of_all || pending.nwhole > 0)
		agenda_add(AGENDA_CHANGES);
}

/* ---- time, and deaths */

/* Of a worker that holds one up. */
void
changes_look(struct child *worker, int64_t now)
{
	const struct change *ch = TAILQ_FIRST(&worker->waiting);

	if (ch != NULL && now >= ch->deadline)
		child_kill(worker, "does not apply a change");
}

/* Whose worker has said meanwhile how it is: see change_has_to_wait(). */
static struct change *
next_that_can_go_on(void)
{
	struct change *ch;

	TAILQ_FOREACH (ch, &pending.queued, entry) {
		if (pending_queued(change_key(ch)) == ch &&
		    !change_has_to_wait(ch))
			break;
	}
	return ch;
}

void
changes_go_on(void)
{
	struct change *ch;

	agenda_done(AGENDA_CHANGES);
	while ((ch = next_that_can_go_on()) != NULL) {
		pending_dequeue(ch);
		start(ch);
	}
}

/* Those whose look-up has come to its deadline, or whose wait is over. */
void
changes_tick(int64_t now)
{
	static const struct lookup_result late = { .error =
						       ENDPOINT_TIMED_OUT };
	struct change *ch;

	while ((ch = TAILQ_FIRST(&pending.resolving)) != NULL &&
	    now >= ch->deadline) {
		names_forget(&ch->waiter);
		looked_up(&ch->waiter, &late);
	}
	changes_go_on();
}

static void
forget(struct changes *changes, const struct child *asker)
{
	struct change *ch;

	TAILQ_FOREACH (ch, changes, entry) {
		if (ch->asker == asker)
			ch->asker = NULL;
		if (ch->whole != NULL && ch->whole->asker == asker)
			ch->whole->asker = NULL;
	}
}

/* An apid that died takes its requests' answers with it, not their effect. */
void
changes_forget_asker(const struct child *asker)
{
	struct child *c;

	forget(&pending.resolving, asker);
	forget(&store.storing, asker);
	forget(&pending.queued, asker);
	tenant_queue_forget_asker(asker);
	TAILQ_FOREACH (c, &children.all, entry) {
		forget(&c->waiting, asker);
		if (c->role == ROLE_RELAYD)
			forget(&c->inquiry.waiting, asker);
	}
	halting_forget_asker(asker);
	if (pending.reading != NULL) {
		change_free(pending.reading); /* it was never whole */
		pending_read(NULL);
	}
}

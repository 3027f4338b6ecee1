/* SPDX-License-Identifier: ISC */
/*
 * A request on its way: its address is looked up (resolving), it is prepared
 * (prepare.c), kept (storing), done at once and whole (commit.c), its worker
 * applies it (waiting), it is answered.  Nothing is locked but while it is
 * being kept, and then only its proxy: where a look-up took so long that the
 * truth has moved on, it is looked up again.
 */

#include <stdio.h>
#include <string.h>

#include "change.h"
#include "changes.h"
#include "child.h"
#include "clock.h"
#include "commit.h"
#include "dispatch_resolvd.h"
#include "endpoint.h"
#include "msg.h"
#include "names.h"
#include "pending.h"
#include "prepare.h"
#include "proxy_spec.h"
#include "state.h"

/* resolvd gives up before; this is for one that never answers. */
#define RESOLVE_WITHIN (5 * NS_PER_S / 2)

static void
answer_bad_endpoint(struct change *ch, int error, int sys_errno)
{
	ch->answer.code = ANSWER_BAD_LISTEN;
	ch->answer.endpoint_error = (uint8_t)error;
	ch->answer.sys_errno = sys_errno;
	ch->answer.listen = ch->endpoint;
	change_answer(ch);
}

static void start_queued(const char *proxy);

static void
go_on(struct change *ch, const struct lookup_result *r)
{
	enum answer_stage stage;
	const struct endpoint *e;

	if (r->error != ENDPOINT_OK) {
		answer_bad_endpoint(ch, r->error, r->sys_errno);
		return;
	}
	e = change_endpoint(ch, &stage);
	if (e == NULL || strcmp(e->text, ch->endpoint.text) != 0) {
		change_start(ch);
		return;
	}
	ch->address = *resolver_to_bind(r);
	change_commit(ch);
}

/* At once: then nobody has come to wait for it. */
static int is_asking;

static void
looked_up(struct waiter *w, const struct lookup_result *r)
{
	struct change *ch =
	    (struct change *)((char *)w - offsetof(struct change, waiter));
	char proxy[PROXY_NAME_MAX + 1];

	snprintf(proxy, sizeof(proxy), "%s", change_proxy_name(ch));
	pending_resolved(ch);
	go_on(ch, r);
	if (!is_asking)
		start_queued(proxy);
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
void
change_start(struct change *ch)
{
	enum answer_stage stage = STAGE_LISTEN;
	const struct endpoint *e;

	if (changes_are_too_many()) {
		ch->answer.code = ANSWER_NO_MEMORY;
		change_answer(ch);
		return;
	}
	e = change_endpoint(ch, &stage);
	ch->answer.stage = (uint8_t)stage;
	if (e == NULL) {
		change_commit(ch);
		return;
	}
	ch->endpoint = *e;
	if (e->error != ENDPOINT_OK) {
		answer_bad_endpoint(ch, e->error, 0);
	} else if (e->literal) {
		ch->address = e->address;
		change_commit(ch);
	} else {
		ask_for_address(ch);
	}
}

/* Those that waited for another about their proxy, until the next one. */
static void
start_queued(const char *proxy)
{
	struct change *ch;

	while (
	    (ch = pending_queued(proxy)) != NULL && !change_has_to_wait(ch)) {
		pending_dequeue(ch);
		change_start(ch);
	}
}

/* stored has kept it, or not. */
void
changes_stored(struct change *ch, enum store_code code)
{
	char proxy[PROXY_NAME_MAX + 1];

	snprintf(proxy, sizeof(proxy), "%s", ch->proxy->name);
	change_stored(ch, code);
	start_queued(proxy);
}

/* Those that have come to their deadline; workers that hold one up die. */
void
changes_tick(int64_t now)
{
	static const struct lookup_result late = { .error =
						       ENDPOINT_TIMED_OUT };
	struct child *c;
	struct change *ch;

	while ((ch = TAILQ_FIRST(&toxid.resolving)) != NULL &&
	    now >= ch->deadline) {
		names_forget(&ch->waiter);
		looked_up(&ch->waiter, &late);
	}
	TAILQ_FOREACH (c, &toxid.children, entry) {
		ch = TAILQ_FIRST(&c->waiting);
		if (ch != NULL && now >= ch->deadline)
			child_kill(c, "does not apply a change");
	}
}

static void
forget(struct changes *changes, const struct child *asker)
{
	struct change *ch;

	TAILQ_FOREACH (ch, changes, entry) {
		if (ch->asker == asker)
			ch->asker = NULL;
	}
}

/* An apid that died takes its requests' answers with it, not their effect. */
void
changes_forget_asker(const struct child *asker)
{
	struct child *c;

	forget(&toxid.resolving, asker);
	forget(&toxid.storing, asker);
	forget(&toxid.queued, asker);
	TAILQ_FOREACH (c, &toxid.children, entry)
		forget(&c->waiting, asker);
	if (toxid.reading != NULL) {
		toxid.reading->asker = NULL;
		change_answer(toxid.reading); /* it was never whole */
		toxid.reading = NULL;
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * A request on its way: its address is looked up (resolving), it is prepared
 * (prepare.c), kept (storing), done at once and whole (commit.c), its worker
 * applies it (waiting), it is answered.  Nothing is locked but while it is
 * being kept, and then only its proxy: where a look-up took so long that the
 * truth has moved on, it is looked up again.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor.h"

/* resolvd gives up before; this is for one that never answers. */
#define RESOLVE_WITHIN (5 * NS_PER_S / 2)

/*
 * So many at once, of some 4 KB each.  apid has one for each of its clients,
 * mostly; one that has been taken over would have as many as memory can hold.
 */
#define CHANGES_MAX 16384
static unsigned int nchanges;

struct change *
change_new(enum msg_type type, uint32_t id, struct child *asker)
{
	struct change *ch;

	if ((ch = calloc(1, sizeof(*ch))) == NULL)
		return NULL;
	ch->type = type;
	ch->id = id;
	ch->asker = asker;
	ch->fd = -1;
	TAILQ_INIT(&ch->toxics);
	nchanges++;
	return ch;
}

/* Of a question to a child; 0 is never used. */
uint32_t
change_serial(void)
{
	if (++toxid.next_serial == 0)
		toxid.next_serial = 1;
	return toxid.next_serial;
}

/*
 * So many toxics there will be, also while others are being stored.  -1: they
 * would be too many.
 */
int
change_count_toxics(struct change *ch, uint32_t n)
{
	if (toxid.ntoxics + toxid.ntoxics_to_be + n > TOXICS_MAX)
		return -1;
	ch->ntoxics_to_be = n;
	toxid.ntoxics_to_be += n;
	return 0;
}

/* They are in the truth, or will not be. */
void
change_uncount_toxics(struct change *ch)
{
	toxid.ntoxics_to_be -= ch->ntoxics_to_be;
	ch->ntoxics_to_be = 0;
}

/* The last call: the change is gone. */
void
change_answer(struct change *ch)
{
	names_forget(&ch->waiter);
	if (ch->asker != NULL)
		child_send(ch->asker, MSG_ANSWER, ch->id, &ch->answer, -1);
	change_uncount_toxics(ch);
	toxics_free(&ch->toxics);
	free(ch->spec);
	free(ch);
	nchanges--;
}

/* What was prepared must have been undone. */
void
change_refuse(struct change *ch, enum answer_code code)
{
	ch->answer.code = code;
	change_answer(ch);
}

const char *
change_proxy_name(const struct change *ch)
{
	switch (ch->type) {
	case MSG_PROXY_CREATE:
	case MSG_PROXY_POPULATE:
		return ch->u.create.spec.name;
	case MSG_PROXY_UPDATE:
		return ch->u.update.name;
	case MSG_TOXIC_CREATE:
		return ch->u.toxic_create.proxy;
	case MSG_TOXIC_UPDATE:
		return ch->u.toxic_update.proxy;
	case MSG_TOXIC_DELETE:
		return ch->u.toxic_name.proxy;
	default:
		return ch->u.name.proxy;
	}
}

static void
answer_bad_endpoint(struct change *ch, int error, int sys_errno)
{
	ch->answer.code = ANSWER_BAD_LISTEN;
	ch->answer.endpoint_error = (uint8_t)error;
	ch->answer.sys_errno = sys_errno;
	ch->answer.listen = ch->endpoint;
	change_answer(ch);
}

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
		changes_start_queued(proxy);
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

	if (nchanges > CHANGES_MAX) {
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

int
change_makes_a_proxy(const struct change *ch)
{
	return ch->type == MSG_PROXY_CREATE || ch->type == MSG_PROXY_POPULATE;
}

/*
 * Changes about one proxy are committed one after another: each is prepared
 * for the truth as it is.  And what is asked about a proxy that is being made
 * is not answered "there is none": it would be left behind.
 */
int
change_has_to_wait(const struct change *ch)
{
	const char *proxy = change_proxy_name(ch);

	return proxy_storing(proxy) != NULL ||
	    (!change_makes_a_proxy(ch) && pending_is_being_made(proxy));
}

/* Those that waited for another about their proxy, until the next one. */
void
changes_start_queued(const char *proxy)
{
	struct change *ch;

	while (
	    (ch = pending_queued(proxy)) != NULL && !change_has_to_wait(ch)) {
		pending_dequeue(ch);
		change_start(ch);
	}
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

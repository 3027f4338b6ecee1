/* SPDX-License-Identifier: ISC */
/*
 * A lease is over: what it was for goes, as by a DELETE that nobody has asked
 * for.  That needs no commit, as the row says itself when it ends; stored is
 * told, and where it cannot keep that, it is told the whole truth later.
 *
 * It waits for a change about that proxy that is being committed, which may be
 * a longer lease; what comes after waits for the end: see change_has_to_wait().
 */

#include <string.h>

#include "agenda.h"
#include "audit.h"
#include "change.h"
#include "child.h"
#include "clock.h"
#include "event_make.h"
#include "expiry.h"
#include "lapse.h"
#include "log.h"
#include "mode.h"
#include "msg.h"
#include "proxies.h"
#include "requests.h"
#include "scenario_event.h"
#include "store.h"
#include "toxic_spec.h"
#include "truth_save.h"

/* What could not end at its time is tried again so much later. */
#define AGAIN (10 * NS_PER_MS)

static int
is_over(int64_t lease, int64_t now)
{
	return lease != 0 && lease <= now;
}

/* Of the rows that are being loaded, those behind it are its toxics. */
static int
may_end(const struct proxy *p)
{
	return store.is_loaded && p->storing == NULL && !mode.is_draining &&
	    (p->worker == NULL || p->worker->state != CHILD_GREETED) &&
	    truth_has_room(1, p->ntoxics, 0);
}

/* What it keeps needs no word of it: see store_lapsed(). */
static void
tell_stored(enum msg_type type, const void *payload, size_t size)
{
	if (store_is_used())
		store_lapsed(type, payload, size);
}

/* Its worker is waited for as if somebody did: one that hangs is replaced. */
static void
apply(struct change *ch)
{
	if (!ch->request->apply(ch))
		change_free(ch);
}

/* 0, or -1: there is no memory. */
static int
end_proxy(struct proxy *p)
{
	struct change *ch = change_new(request_of(MSG_PROXY_DELETE), 0, NULL);

	if (ch == NULL)
		return -1;
	ch->u.key = p->key;
	ch->proxy = p;
	audit_lapse(&p->key, "");
	event_scenario_of(p, "proxy_deleted");
	event_lapse(&p->key, "");
	log_event(LOG_INFO, "Lease over: proxy deleted", LOG_PROXY(&p->key),
	    LOG_STR("listen", p->listen.text),
	    LOG_STR("upstream", p->upstream.text),
	    LOG_INT("toxics", p->ntoxics));
	tell_stored(MSG_STORE_PROXY_GONE, &ch->u.key, sizeof(ch->u.key));
	apply(ch);
	return 0;
}

static int
end_toxic(struct proxy *p, const struct toxic *t)
{
	struct change *ch = change_new(request_of(MSG_TOXIC_DELETE), 0, NULL);
	struct toxic_name *name;

	if (ch == NULL)
		return -1;
	name = &ch->u.toxic_name;
	*name = toxic_name_of(t);
	name->proxy = p->key;
	ch->proxy = p;
	audit_lapse(&p->key, name->name);
	event_lapse(&p->key, name->name);
	log_event(LOG_INFO, "Lease over: toxic deleted", LOG_PROXY(&p->key),
	    LOG_STR("toxic", name->name));
	tell_stored(MSG_STORE_TOXIC_GONE, name, sizeof(*name));
	apply(ch);
	return 0;
}

/* 0, or -1: the others have to wait for memory. */
static int
end_toxics(struct proxy *p, int64_t now)
{
	struct toxic *t, *next;

	for (t = TAILQ_FIRST(&p->toxics); t != NULL; t = next) {
		next = TAILQ_NEXT(t, entry);
		if (is_over(t->spec->lease, now) && end_toxic(p, t) == -1)
			return -1;
	}
	return 0;
}

static int
end(struct proxy *p, int64_t now)
{
	if (!may_end(p))
		return -1;
	if (is_over(p->lease, now))
		return end_proxy(p);
	if (end_toxics(p, now) == -1)
		return -1;
	expiry_set(p);
	return 0;
}

void
lapse_look(struct proxy *p, int64_t now)
{
	int has_ended;

	truth_begin();
	has_ended = end(p, now) == 0;
	truth_commit();
	if (!has_ended) {
		expiry_again(p, now + AGAIN);
		return;
	}
	agenda_add(AGENDA_CHANGES); /* who has waited for it goes on */
}

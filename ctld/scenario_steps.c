/* SPDX-License-Identifier: ISC */
/* See scenario_steps.h. */

#include "agenda.h"
#include "change.h"
#include "child.h"
#include "children.h"
#include "clock.h"
#include "commit.h"
#include "halts.h"
#include "log.h"
#include "mode.h"
#include "msg.h"
#include "proxies.h"
#include "requests.h"
#include "scenario.h"
#include "scenario_event.h"
#include "scenario_steps.h"
#include "store.h"
#include "text_put.h"
#include "truth_save.h"

/* What could not be done at its time is tried again so much later; and where
 * none may step, so much. */
#define AGAIN (2 * NS_PER_MS)
#define NONE_MAY (100 * NS_PER_MS)

/* For each toxic that goes or comes the next step is so much later at least:
 * all that happens to it is said to apid, and no tenant's steps are all that
 * is. */
#define A_TOXIC (20 * NS_PER_US)

/* An apid that has not read so much is told of no more steps. */
#define APID_IS_BEHIND ((size_t)4 * 1024 * 1024)

/* A worker that has not applied the last change is asked for no other. */
static int
worker_may(const struct child *worker)
{
	return worker == NULL ||
	    (worker->state != CHILD_GREETED && TAILQ_EMPTY(&worker->waiting));
}

static int
may_step(const struct scenario *s)
{
	const struct proxy *p = s->proxy;

	return p->storing == NULL && worker_may(p->worker) &&
	    (children.apid == NULL ||
		children.apid->chan.out_bytes < APID_IS_BEHIND) &&
	    truth_has_room(1, p->ntoxics + s->most, 0);
}

/* It is waited for as if somebody did: see lapse.c. */
static void
apply(struct change *ch, int (*commit)(struct change *))
{
	if (!commit(ch))
		change_free(ch);
}

/* 0, or -1: there is no memory. */
static int
step(const struct scenario *s, const struct scenario_place *place)
{
	struct change *ch =
	    change_new(request_of(MSG_SCENARIO_CREATE), 0, NULL);
	struct proxy *p = s->proxy;

	if (ch == NULL)
		return -1;
	ch->u.scenario.proxy = p->key;
	ch->proxy = p;
	if (scenario_copy(s, place->step, &ch->toxics, &ch->ntoxics) == -1) {
		change_free(ch);
		return -1;
	}
	log_event(LOG_DEBUG, "Scenario steps on", LOG_PROXY(&p->key),
	    LOG_STR("scenario", s->spec.name), LOG_INT("step", place->step),
	    LOG_INT("toxics", ch->ntoxics));
	event_scenario_step(s, place, ch->ntoxics);
	ch->nth = place->nth;
	apply(ch, commit_scenario_step);
	return 0;
}

/* Likewise. */
static int
end(const struct scenario *s, const char *why)
{
	struct change *ch =
	    change_new(request_of(MSG_SCENARIO_DELETE), 0, NULL);
	struct proxy *p = s->proxy;
	struct scenario_name *name;

	if (ch == NULL)
		return -1;
	ch->proxy = p;
	name = &ch->u.scenario_name;
	name->proxy = p->key;
	text_put(name->name, sizeof(name->name), s->spec.name);
	log_event(LOG_INFO, "Scenario over", LOG_PROXY(&p->key),
	    LOG_STR("scenario", s->spec.name), LOG_STR("reason", why));
	event_scenario_ended(s, why);
	if (store_is_used())
		store_lapsed(MSG_STORE_SCENARIO_GONE, &p->key, sizeof(p->key));
	apply(ch, commit_scenario_delete);
	return 0;
}

static int
any_may_step(void)
{
	return store.is_loaded && !mode.is_draining;
}

/* 1: it is over; 0: it goes on; -1: it has to wait. */
static int
go_on(struct scenario *s, int64_t now)
{
	struct scenario_place place;
	const char *why = NULL;
	int64_t least = now;

	if (!any_may_step() || !may_step(s))
		return -1;
	if (scenario_place(&s->spec, now - s->spec.began, &place) == -1)
		why = "over";
	if (s->spec.lease != 0 && s->spec.lease <= now)
		why = "lease_ended";
	if (halts_cover(s->spec.proxy.tenant))
		why = "halted";
	if (why != NULL)
		return end(s, why) == 0 ? 1 : -1;
	if (place.nth != s->proxy->scenario_nth) {
		if (step(s, &place) == -1)
			return -1;
		least += (int64_t)s->most * 2 * A_TOXIC;
	}
	scenario_goes_on(s, now, least);
	return 0;
}

void
scenario_look(struct scenario *s, int64_t now)
{
	int r;

	truth_begin();
	if ((r = go_on(s, now)) == -1)
		scenario_look_at(s, now + (any_may_step() ? AGAIN : NONE_MAY));
	truth_commit();
	if (r == 1)
		agenda_add(AGENDA_CHANGES); /* who has waited for it goes on */
}

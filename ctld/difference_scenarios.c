/* SPDX-License-Identifier: ISC */
/*
 * Scenarios of a document.  One that was in the last document as it is in this
 * one is left alone, be it over or not; but where its proxy is made anew, it
 * begins anew.
 */

#include <string.h>

#include "change.h"
#include "commit.h"
#include "difference.h"
#include "document.h"
#include "log.h"
#include "msg.h"
#include "prepare.h"
#include "proxies.h"
#include "requests.h"
#include "scenario.h"
#include "scenario_event.h"
#include "scenario_request.h"
#include "sources.h"
#include "store_send.h"
#include "store_tell.h"
#include "text_put.h"

/* ---- what is to be done with each */

static enum plan
plan_of(const struct document *d, const struct wanted_scenario *w)
{
	const struct scenario_spec *spec = &w->change->u.scenario;
	const struct source_scenario *last = d->last != NULL
	    ? source_scenario_find(d->last, spec->proxy.tenant, spec->name)
	    : NULL;

	return last != NULL && last->print == w->print &&
		proxy_key_compare(&last->proxy, &spec->proxy) == 0 &&
		!wanted_is_new(w->on)
	    ? PLAN_KEEP
	    : PLAN_MAKE;
}

void
scenarios_plan(struct document *d)
{
	struct wanted_scenario *w;

	TAILQ_FOREACH (w, &d->scenarios, entry)
		w->plan = plan_of(d, w);
}

static int
is_kept(const struct document *d, const struct source_scenario *last)
{
	const struct wanted_scenario *w;

	TAILQ_FOREACH (w, &d->scenarios, entry) {
		if (w->plan == PLAN_KEEP &&
		    strcmp(w->change->u.scenario.name, last->name) == 0 &&
		    proxy_key_compare(
			&w->change->u.scenario.proxy, &last->proxy) == 0)
			return 1;
	}
	return 0;
}

/*
 * One of the last document that goes on, and is to end: its proxy, which stays.
 * NULL: it is over already, is kept, or goes with its proxy.
 */
static struct proxy *
to_end(const struct document *d, const struct source_scenario *last)
{
	struct scenario *s = scenario_find(last->proxy.tenant, last->name);

	return s != NULL && s->proxy != NULL && s->proxy->leaving == STAYS &&
		proxy_key_compare(&s->proxy->key, &last->proxy) == 0 &&
		!is_kept(d, last)
	    ? s->proxy
	    : NULL;
}

static int
ends_by(const struct document *d, const struct scenario *s)
{
	const struct source_scenario *last = d->last != NULL
	    ? source_scenario_find(d->last, s->spec.proxy.tenant, s->spec.name)
	    : NULL;

	return s->proxy != NULL &&
	    (s->proxy->leaving != STAYS ||
		(last != NULL && to_end(d, last) == s->proxy));
}

/* ---- what may fail */

void
scenarios_undo(struct document *d)
{
	struct wanted_scenario *w;

	TAILQ_FOREACH (w, &d->scenarios, entry) {
		if (w->change == NULL)
			continue;
		scenario_free(w->change->scenario);
		w->change->scenario = NULL;
		change_uncount_toxics(w->change);
	}
}

/* Is its proxy, or its name, another's, which does not end? */
static const char *
in_the_way(const struct document *d, const struct wanted_scenario *w,
    const struct proxy *p)
{
	const struct scenario_spec *spec = &w->change->u.scenario;
	const struct scenario *s =
	    scenario_find(spec->proxy.tenant, spec->name);

	if (p->scenario != NULL && !ends_by(d, p->scenario))
		return "the proxy has a scenario already";
	if (s != NULL && !ends_by(d, s))
		return "a scenario of that name is there already";
	return NULL;
}

static enum answer_code
prepare(struct document *d, struct wanted_scenario *w)
{
	struct change *ch = w->change;
	const struct change *on = w->on->change;
	const int is_new = wanted_is_new(w->on);
	struct proxy *p = is_new ? on->made : proxy_find(change_key(on));
	const char *why = p != NULL ? in_the_way(d, w, p) : NULL;
	enum answer_code code;

	if (why != NULL)
		document_scenario_fault(d, w, DESIRED_NAME, why);
	if (p == NULL || why != NULL)
		return ANSWER_OK;
	code = scenario_prepare(ch, p, is_new ? &on->toxics : &p->toxics);
	if (code == ANSWER_OK || code == ANSWER_NO_MEMORY)
		return code;
	document_scenario_fault(d, w, DESIRED_STEPS, document_refusal(code));
	return ANSWER_OK;
}

enum answer_code
scenarios_prepare(struct document *d)
{
	enum answer_code code = ANSWER_OK;
	struct wanted_scenario *w;

	TAILQ_FOREACH (w, &d->scenarios, entry) {
		if (w->plan == PLAN_MAKE && (code = prepare(d, w)) != ANSWER_OK)
			break;
	}
	return code;
}

/* ---- what stored is told */

void
scenarios_tell(const struct document *d)
{
	const struct wanted_scenario *w;
	const struct proxy *p;
	uint32_t i;

	for (i = 0; d->last != NULL && i < d->last->state.nscenarios; i++) {
		if ((p = to_end(d, &d->last->scenarios[i])) != NULL)
			store_send(MSG_STORE_SCENARIO_GONE, &p->key);
	}
	TAILQ_FOREACH (w, &d->scenarios, entry) {
		if (w->plan == PLAN_MAKE)
			tell_scenario(w->change);
	}
}

/* ---- and then nothing fails */

/* The first memory that it asks for is less than what it gives back. */
static void
end(struct proxy *p)
{
	struct change *ch =
	    change_new(request_of(MSG_SCENARIO_DELETE), 0, NULL);

	if (ch == NULL)
		fatal("%s", __func__);
	ch->proxy = p;
	ch->u.scenario_name.proxy = p->key;
	text_put(ch->u.scenario_name.name, sizeof(ch->u.scenario_name.name),
	    p->scenario->spec.name);
	log_scenario_deleted(ch);
	event_scenario_deleted(ch);
	if (!commit_scenario_delete(ch))
		change_free(ch);
}

/* Who has asked for all of it is answered when its worker has the first step.
 */
static void
begin(struct wanted_scenario *w, struct change *whole)
{
	struct change *ch = w->change;

	w->change = NULL;
	ch->proxy = proxy_find(change_key(ch));
	change_uncount_toxics(ch);
	log_scenario_started(ch);
	event_scenario_started(ch);
	if (!commit_scenario_create(ch)) {
		change_free(ch);
		return;
	}
	ch->whole = whole;
	whole->nparts++;
}

void
scenarios_end(struct document *d)
{
	struct proxy *p;
	uint32_t i;

	for (i = 0; d->last != NULL && i < d->last->state.nscenarios; i++) {
		if ((p = to_end(d, &d->last->scenarios[i])) != NULL)
			end(p);
	}
}

void
scenarios_begin(struct document *d)
{
	struct wanted_scenario *w;

	TAILQ_FOREACH (w, &d->scenarios, entry) {
		if (w->plan == PLAN_MAKE)
			begin(w, d->asked);
	}
}

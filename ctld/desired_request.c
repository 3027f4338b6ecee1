/* SPDX-License-Identifier: ISC */
/* See desired_request.h. */

#include <stdlib.h>
#include <string.h>

#include "callers.h"
#include "change.h"
#include "changes.h"
#include "child.h"
#include "clock_boot.h"
#include "desired.h"
#include "desired_request.h"
#include "difference.h"
#include "event_make.h"
#include "event_ring.h"
#include "document.h"
#include "lease.h"
#include "log.h"
#include "msg.h"
#include "proxies.h"
#include "proxy_spec.h"
#include "sources.h"
#include "store.h"
#include "store_send.h"
#include "tenants.h"
#include "terms.h"
#include "text_put.h"

/* ---- what is asked for */

/* The configuration file's is none of theirs. */
int
get_desired(struct change *ch, const struct msg *m)
{
	ch->u.desired = *msg_get_desired_put(m);
	return strcmp(ch->u.desired.source, SOURCE_CONFIG_NAME) != 0 ? 0 : -1;
}

const struct proxy_key *
tenant_of_desired(const struct change *ch)
{
	return &ch->u.desired.of;
}

int
get_desired_show(struct change *ch, const struct msg *m)
{
	ch->u.desired_show = *msg_get_desired_show(m);
	return 0;
}

const struct proxy_key *
tenant_of_desired_show(const struct change *ch)
{
	return &ch->u.desired_show.of;
}

/* ---- may it be? */

static void
tell_source(const struct change *ch, const struct source *s)
{
	if (ch->asker != NULL)
		child_send(ch->asker, MSG_API_SOURCE, ch->id, &s->state, -1);
}

/* Is what is applied what its caller takes it to be? */
static int
is_believed(const struct change *ch, const struct source *last)
{
	const struct desired_put *put = &ch->u.desired;

	if (!put->has_believed || put->is_forced)
		return 1;
	if (last == NULL)
		return 0;
	return put->believed[0] == '\0' ||
	    strcmp(put->believed, last->state.generation) == 0;
}

/*
 * An administrator may say whose each item is: apid lets him where he acts for
 * no tenant.  What he owns by it, nobody else takes away.
 */
static enum answer_code
may_have(const struct change *ch, const struct proxy_key *key)
{
	return caller_may(&ch->caller, ch->request, key);
}

static enum answer_code
may_have_all(const struct change *ch, const struct document *d)
{
	enum answer_code code = ANSWER_OK;
	const struct wanted *w;
	const struct proxy *p;

	TAILQ_FOREACH (w, &d->all, entry) {
		if ((code = may_have(ch, change_key(w->change))) != ANSWER_OK)
			return code;
	}
	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->leaving != STAYS &&
		    (code = may_have(ch, &p->key)) != ANSWER_OK)
			break;
	}
	return code;
}

/* ---- what may fail */

/* NULL: no memory. */
static struct source_scenario *
list_scenarios(const struct document *d)
{
	const struct wanted_scenario *w;
	struct source_scenario *all, *s;

	if ((all = calloc(d->nscenarios + 1, sizeof(*all))) == NULL)
		return NULL;
	s = all;
	TAILQ_FOREACH (w, &d->scenarios, entry) {
		s->proxy = w->change->u.scenario.proxy;
		s->print = w->print;
		s->source = d->source;
		text_put(s->name, sizeof(s->name), w->change->u.scenario.name);
		s++;
	}
	return all;
}

/* As which it is there, when it is. */
static enum answer_code
make_source(struct change *ch)
{
	const struct desired_put *put = &ch->u.desired;
	struct desired *w = ch->wants;
	struct source_state state = { .of = put->of,
		.applied_at = clock_wall() / NS_PER_MS,
		.size = put->size,
		.id = w->document.source,
		.nscenarios = w->document.nscenarios };
	struct source_scenario *scenarios;
	char *text = w->text;

	text_put(state.name, sizeof(state.name), put->source);
	text_put(state.generation, sizeof(state.generation), put->generation);
	if (!source_has_room(&state))
		return ANSWER_TOO_MANY_SOURCES;
	if ((scenarios = list_scenarios(&w->document)) == NULL)
		return ANSWER_NO_MEMORY;
	w->text = NULL;
	w->made = source_new(&state, text, scenarios);
	return w->made != NULL ? ANSWER_OK : ANSWER_NO_MEMORY;
}

static enum answer_code
prepare(struct change *ch)
{
	const struct desired_put *put = &ch->u.desired;
	struct desired *w = ch->wants;
	struct document *d = &w->document;
	enum answer_code code;
	size_t room = 0;

	difference_plan(d);
	if ((code = may_have_all(ch, d)) != ANSWER_OK)
		return code;
	if (!put->is_removal && (code = make_source(ch)) != ANSWER_OK)
		return code;
	if (w->made != NULL)
		room = source_room(&w->made->state);
	code = difference_prepare(d, NULL, room);
	return code == ANSWER_FAULTS && w->is_owned ? ANSWER_OWNED : code;
}

/* Leases of what leaves wait for it, as all else does. */
static void
hold(struct change *ch)
{
	struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->leaving != STAYS)
			p->storing = ch;
	}
}

enum answer_code
prepare_desired(struct change *ch)
{
	const struct desired_put *put = &ch->u.desired;
	struct document *d = &ch->wants->document;
	enum answer_code code;

	if (!tenants_have(put->of.tenant))
		return ANSWER_NO_TENANT;
	d->last = source_find(put->of.tenant, put->source);
	if (!is_believed(ch, d->last)) {
		if (d->last != NULL)
			tell_source(ch, d->last);
		return ANSWER_GENERATION;
	}
	if (d->last == NULL && put->is_removal)
		return ANSWER_NO_SOURCE;
	d->source = d->last != NULL ? d->last->state.id : source_new_id();
	if ((code = prepare(ch)) == ANSWER_OK)
		hold(ch);
	return code;
}

void
undo_desired(struct change *ch)
{
	struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->storing == ch)
			p->storing = NULL;
	}
	difference_undo(&ch->wants->document);
}

/* ---- it is done */

void
tell_desired(const struct change *ch)
{
	const struct desired *w = ch->wants;
	const struct source_ref gone = { .id = w->document.source };

	difference_tell(&w->document);
	if (w->made != NULL)
		source_tell(w->made);
	else
		store_send(MSG_STORE_SOURCE_GONE, &gone);
}

static void
log_done(const struct change *ch, const struct difference_counts *n)
{
	const struct desired_put *put = &ch->u.desired;

	log_event(LOG_INFO, "Desired state applied",
	    LOG_STR("source", put->source),
	    LOG_STR("generation", put->generation), LOG_INT("made", n->made),
	    LOG_INT("changed", n->changed), LOG_INT("replaced", n->replaced),
	    LOG_INT("deleted", n->removed), LOG_INT("unchanged", n->unchanged));
}

/* Without a generation the source has gone. */
static void
event_done(const struct change *ch, const struct difference_counts *n)
{
	const struct desired_put *put = &ch->u.desired;
	struct event_record r = event_about(EVENT_DESIRED_APPLIED, &put->of);

	event_add_text(&r, EVENT_SAYS, "source", put->source);
	if (!put->is_removal)
		event_add_text(&r, EVENT_SAYS, "generation", put->generation);
	event_add_integer(&r, EVENT_SAYS, "made", n->made);
	/* "changed" has what was and is: see event_fields.h */
	event_add_integer(&r, EVENT_SAYS, "updated", n->changed);
	event_add_integer(&r, EVENT_SAYS, "replaced", n->replaced);
	event_add_integer(&r, EVENT_SAYS, "removed", n->removed);
	event_add_integer(&r, EVENT_SAYS, "unchanged", n->unchanged);
	event_by(&r, &ch->caller);
	event_ring_add(&r, EVENT_OF_TENANT);
}

static void
tell_done(const struct change *ch, const struct difference_counts *n,
    int64_t applied_at)
{
	const struct desired_done done = { .applied_at = applied_at,
		.made = n->made,
		.changed = n->changed,
		.replaced = n->replaced,
		.removed = n->removed,
		.unchanged = n->unchanged };

	if (ch->asker != NULL)
		child_send(ch->asker, MSG_API_DESIRED_DONE, ch->id, &done, -1);
}

int
commit_desired(struct change *ch)
{
	struct desired *w = ch->wants;
	struct document *d = &w->document;
	struct difference_counts n;
	int64_t applied_at = 0;

	n = difference_apply(d);
	if (w->made != NULL) {
		applied_at = w->made->state.applied_at;
		source_enter(w->made);
	} else {
		source_remove(source_by_id(d->source));
	}
	w->made = NULL;
	d->last = NULL;
	log_done(ch, &n);
	event_done(ch, &n);
	tell_done(ch, &n, applied_at);
	return ch->nparts > 0;
}

/* ---- one is shown, or all of a tenant's */

static void
tell_text(const struct change *ch, const struct source *s)
{
	struct source_text part;
	uint64_t at = 0;

	while (at < s->state.size) {
		at = source_text_part(&part, s->text, s->state.size, at);
		child_send(ch->asker, MSG_API_SOURCE_TEXT, ch->id, &part, -1);
	}
}

/* All tenants' are for an administrator, whatever apid says. */
static int
may_see(const struct change *ch, const struct source *s)
{
	const struct desired_show *show = &ch->u.desired_show;

	if (!show->is_of_all)
		return strcmp(s->state.of.tenant, show->of.tenant) == 0;
	return caller_may(&ch->caller, ch->request, &s->state.of) == ANSWER_OK;
}

static void
tell_list(const struct change *ch)
{
	const struct source *s = NULL;

	while ((s = source_next(s)) != NULL) {
		if (may_see(ch, s))
			tell_source(ch, s);
	}
}

void
desired_show(struct change *ch)
{
	const struct desired_show *show = &ch->u.desired_show;
	const struct source *s;

	if (show->source[0] == '\0') {
		tell_list(ch);
		changes_inquired(ch, ANSWER_OK);
		return;
	}
	if ((s = source_find(show->of.tenant, show->source)) == NULL) {
		changes_inquired(ch, ANSWER_NO_SOURCE);
		return;
	}
	tell_source(ch, s);
	if (ch->asker != NULL)
		tell_text(ch, s);
	changes_inquired(ch, ANSWER_OK);
}

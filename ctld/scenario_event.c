/* SPDX-License-Identifier: ISC */
/* See scenario_event.h. */

#include "change.h"
#include "connect_event.h"
#include "event_make.h"
#include "event_ring.h"
#include "proxies.h"
#include "scenario.h"
#include "scenario_event.h"

static struct event_record
about(enum event_kind kind, const struct scenario_spec *spec)
{
	struct event_record r = event_about(kind, &spec->proxy);

	event_add_text(&r, EVENT_SAYS, "scenario", spec->name);
	return r;
}

void
event_scenario_started(const struct change *ch)
{
	static const struct scenario_place first;
	const struct scenario *s = ch->scenario;
	struct event_record r = about(EVENT_SCENARIO_STARTED, &s->spec);

	event_by(&r, &ch->caller);
	event_add_integer(&r, EVENT_SAYS, "steps", s->spec.nsteps);
	event_add_flag(&r, EVENT_SAYS, "loop", s->spec.loops);
	event_ring_add(&r, EVENT_OF_TENANT);
	event_scenario_step(s, &first, ch->ntoxics);
}

void
event_scenario_step(const struct scenario *s,
    const struct scenario_place *place, uint32_t toxics)
{
	struct event_record r = about(EVENT_SCENARIO_STEP, &s->spec);
	const struct connect_spec *c = scenario_connect(&s->spec, place->step);

	event_add_integer(&r, EVENT_SAYS, "step", place->step);
	event_add_integer(&r, EVENT_SAYS, "round", (int64_t)place->round);
	event_add_integer(&r, EVENT_SAYS, "toxics", toxics);
	if (c != NULL)
		event_add_connect(&r, EVENT_SAYS, c, &connect_usual);
	event_ring_add(&r, EVENT_OF_TENANT);
}

static void
say_ended(const struct scenario *s, const char *why, const struct change *ch)
{
	struct event_record r = about(EVENT_SCENARIO_ENDED, &s->spec);

	if (ch != NULL)
		event_by(&r, &ch->caller);
	event_add_text(&r, EVENT_SAYS, "why", why);
	event_ring_add(&r, EVENT_OF_TENANT);
}

void
event_scenario_ended(const struct scenario *s, const char *why)
{
	say_ended(s, why, NULL);
}

void
event_scenario_deleted(const struct change *ch)
{
	say_ended(ch->proxy->scenario, "deleted", ch);
}

void
event_scenario_of(const struct proxy *p, const char *why)
{
	if (p->scenario != NULL)
		say_ended(p->scenario, why, NULL);
}

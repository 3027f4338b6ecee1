/* SPDX-License-Identifier: ISC */
/* Scenarios, and when they are to be looked at: see scenario.h. */

#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "clock.h"
#include "clock_boot.h"
#include "container_of.h"
#include "halts.h"
#include "heap.h"
#include "payload_tenant.h"
#include "scenario.h"
#include "timer.h"
#include "toxic_list.h"

/* So many in a turn: a few ms of ours, if each is at its next step. */
#define SLICE 16

static TAILQ_HEAD(, scenario) all = TAILQ_HEAD_INITIALIZER(all);
static unsigned int count;
static void (*look_at)(struct scenario *, int64_t);
static struct timer next; /* of clock_boot() */

/* ---- when */

void
scenarios_open(void (*look)(struct scenario *, int64_t now))
{
	look_at = look;
	timer_open(&next, CLOCK_BOOTTIME);
}

int
scenarios_reserve(void)
{
	return heap_reserve(&next.times, MAX_PROXIES);
}

void
scenario_look_at(struct scenario *s, int64_t at)
{
	heap_set(&next.times, &s->next, at);
}

void
scenario_goes_on(struct scenario *s, int64_t now, int64_t least)
{
	const int64_t began = s->spec.began, lease = s->spec.lease;
	struct scenario_place place;
	int64_t at = now;

	if (scenario_place(&s->spec, now - began, &place) == 0)
		at = began + place.ends;
	at = at > least ? at : least;
	scenario_look_at(s, lease != 0 && lease < at ? lease : at);
}

void
scenarios_turn(void)
{
	struct deadline *d;
	int64_t now;
	int n = 0;

	if (next.times.len == 0)
		return;
	now = clock_boot();
	while (n++ < SLICE && (d = heap_take_due(&next.times, now)) != NULL)
		look_at(container_of(d, struct scenario, next), now);
}

int
scenarios_wait(void)
{
	return next.times.len > 0 && heap_next(&next.times) <= clock_boot();
}

void
scenarios_arm(void)
{
	timer_arm(&next);
}

/* ---- all of them */

struct scenario *
scenario_next(const struct scenario *s)
{
	return s == NULL ? TAILQ_FIRST(&all) : TAILQ_NEXT(s, entry);
}

unsigned int
scenarios_count(void)
{
	return count;
}

struct scenario *
scenario_new(const struct scenario_spec *spec)
{
	struct scenario *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->spec = *spec;
	TAILQ_INIT(&s->toxics);
	TAILQ_INSERT_TAIL(&all, s, entry);
	count++;
	return s;
}

void
scenario_free(struct scenario *s)
{
	if (s == NULL)
		return;
	scenario_look_at(s, CLOCK_NEVER);
	TAILQ_REMOVE(&all, s, entry);
	count--;
	toxics_free(&s->toxics);
	free(s);
}

struct scenario *
scenario_find(const char *tenant, const char *name)
{
	struct scenario *s;

	TAILQ_FOREACH (s, &all, entry) {
		if (strcmp(s->spec.proxy.tenant, tenant) == 0 &&
		    strcmp(s->spec.name, name) == 0)
			break;
	}
	return s;
}

static int
is_about(const struct halt *h, const struct scenario *s)
{
	return s->proxy != NULL && halt_covers(h, s->spec.proxy.tenant);
}

void
scenarios_halt(const struct halt *h)
{
	const int64_t now = clock_boot();
	struct scenario *s, *after;

	for (s = TAILQ_FIRST(&all); s != NULL; s = after) {
		after = TAILQ_NEXT(s, entry);
		if (!is_about(h, s))
			continue;
		look_at(s, now);
	}
}

int
scenarios_have(const struct halt *h)
{
	const struct scenario *s;

	TAILQ_FOREACH (s, &all, entry) {
		if (is_about(h, s))
			break;
	}
	return s != NULL;
}

/* ---- its toxics */

static const struct toxic *
find_in_step(const struct toxics *toxics, const struct scenario_spec *spec,
    int step, const char *name)
{
	const struct toxic *t;

	TAILQ_FOREACH (t, toxics, entry) {
		if (strcmp(t->spec->name, name) == 0 &&
		    toxic_owner_step(t->spec, spec->name) == step)
			break;
	}
	return t;
}

int
scenario_may_have(const struct scenario_spec *spec, const struct toxics *others,
    const struct toxic_spec *t)
{
	const struct toxic *last = TAILQ_LAST(others, toxics);
	const int step = toxic_owner_step(t, spec->name);

	return step >= 0 && (uint32_t)step < spec->nsteps && t->lease == 0 &&
	    t->name[0] != '\0' &&
	    (last == NULL ||
		toxic_owner_step(last->spec, spec->name) <= step) &&
	    find_in_step(others, spec, step, t->name) == NULL;
}

/* How many there are of the step that has the most. */
static void
count_most(struct scenario *s)
{
	const struct toxic *t;
	uint32_t n = 0;
	int step = -1;

	TAILQ_FOREACH (t, &s->toxics, entry) {
		n = toxic_owner_step(t->spec, s->spec.name) == step ? n + 1 : 1;
		step = toxic_owner_step(t->spec, s->spec.name);
		if (n > s->most)
			s->most = n;
	}
}

int
scenario_read(struct scenario *s, const struct toxic_spec *spec)
{
	if (s->nread == s->spec.ntoxics ||
	    !scenario_may_have(&s->spec, &s->toxics, spec))
		return -1;
	if (toxics_add(&s->toxics, spec) == -1)
		return -2;
	if (++s->nread < s->spec.ntoxics)
		return 0;
	count_most(s);
	return 1;
}

void
scenario_take(struct scenario *s, struct toxics *toxics)
{
	struct toxic *t;

	while ((t = TAILQ_FIRST(toxics)) != NULL) {
		TAILQ_REMOVE(toxics, t, entry);
		TAILQ_INSERT_TAIL(&s->toxics, t, entry);
	}
	s->nread = s->spec.ntoxics;
	count_most(s);
}

int
scenario_copy(
    const struct scenario *s, uint32_t step, struct toxics *toxics, uint32_t *n)
{
	const struct toxic *t;

	*n = 0;
	TAILQ_FOREACH (t, &s->toxics, entry) {
		if (toxic_owner_step(t->spec, s->spec.name) != (int)step)
			continue;
		if (toxics_add(toxics, t->spec) == -1)
			return -1;
		++*n;
	}
	return 0;
}

const struct toxic *
scenario_toxic_find(const struct scenario *s, const char *name)
{
	const struct toxic *t;

	TAILQ_FOREACH (t, &s->toxics, entry) {
		if (strcmp(t->spec->name, name) == 0)
			break;
	}
	return t;
}

uint32_t
scenario_counts(const struct scenario *s)
{
	return s->spec.ntoxics + s->most;
}

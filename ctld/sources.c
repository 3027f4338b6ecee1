/* SPDX-License-Identifier: ISC */
/* See sources.h. */

#include <stdlib.h>
#include <string.h>

#include "sort.h"
#include "sources.h"
#include "truth.h"

static TAILQ_HEAD(, source) all = TAILQ_HEAD_INITIALIZER(all);

/* Of all that are there. */
static struct {
	unsigned int n;
	uint64_t text, scenarios;
} counts;

static uint32_t last_id = SOURCE_CONFIG;

static int
compare_scenarios(const void *a, const void *b)
{
	const struct scenario_row *x = a, *y = b;
	const int r = strcmp(x->at->proxy.tenant, y->at->proxy.tenant);

	return r != 0 ? r : strcmp(x->at->name, y->at->name);
}

/* They are long: what is sorted is where they are.  0, or -1: no memory. */
static int
list_by_name(struct source *s)
{
	uint32_t i, n = s->state.nscenarios;

	if (n == 0)
		return 0;
	if ((s->by_name = calloc(n, sizeof(*s->by_name))) == NULL)
		return -1;
	for (i = 0; i < n; i++)
		s->by_name[i].at = &s->scenarios[i];
	sort(s->by_name, n, sizeof(*s->by_name), compare_scenarios);
	return 0;
}

struct source *
source_new(const struct source_state *state, char *text,
    struct source_scenario *scenarios)
{
	struct source *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		free(text);
		free(scenarios);
		return NULL;
	}
	s->state = *state;
	s->text = text;
	s->scenarios = scenarios;
	if (list_by_name(s) == 0)
		return s;
	source_free(s);
	return NULL;
}

void
source_free(struct source *s)
{
	if (s == NULL)
		return;
	free(s->text);
	free(s->scenarios);
	free(s->by_name);
	free(s);
}

int
source_is_ambiguous(const struct source *s)
{
	uint32_t i;

	for (i = 1; i < s->state.nscenarios; i++) {
		if (compare_scenarios(&s->by_name[i - 1], &s->by_name[i]) == 0)
			return 1;
	}
	return 0;
}

/* ---- those that are there */

static void
take_out(struct source *s)
{
	TAILQ_REMOVE(&all, s, entry);
	counts.n--;
	counts.text -= s->state.size;
	counts.scenarios -= s->state.nscenarios;
	source_free(s);
}

void
source_enter(struct source *s)
{
	struct source *old = source_by_id(s->state.id);

	if (old != NULL)
		take_out(old);
	TAILQ_INSERT_TAIL(&all, s, entry);
	counts.n++;
	counts.text += s->state.size;
	counts.scenarios += s->state.nscenarios;
	sources_ids_after(s->state.id);
	truth_source(s);
}

void
source_remove(struct source *s)
{
	truth_source_gone(s->state.id);
	truth_changed(); /* its id is not given again */
	take_out(s);
}

void
sources_clear(void)
{
	struct source *s, *next;

	for (s = TAILQ_FIRST(&all); s != NULL; s = next) {
		next = TAILQ_NEXT(s, entry);
		take_out(s);
	}
}

int
source_has_room(const struct source_state *state)
{
	const struct source *old = source_by_id(state->id);
	const struct source_state none = { .size = 0 };
	const struct source_state *was = old != NULL ? &old->state : &none;

	return (old != NULL || counts.n < SOURCES_MAX) &&
	    counts.text - was->size + state->size <= SOURCES_TEXT_MAX &&
	    counts.scenarios - was->nscenarios + state->nscenarios <=
	    SOURCES_SCENARIOS_MAX;
}

/* ---- which one */

struct source *
source_next(const struct source *s)
{
	return s == NULL ? TAILQ_FIRST(&all) : TAILQ_NEXT(s, entry);
}

struct source *
source_find(const char *tenant, const char *name)
{
	struct source *s;

	TAILQ_FOREACH (s, &all, entry) {
		if (strcmp(s->state.name, name) == 0 &&
		    strcmp(s->state.of.tenant, tenant) == 0)
			break;
	}
	return s;
}

struct source *
source_by_id(uint32_t id)
{
	struct source *s;

	TAILQ_FOREACH (s, &all, entry) {
		if (s->state.id == id)
			break;
	}
	return s;
}

void
sources_ids_after(uint32_t id)
{
	if (id > last_id)
		last_id = id;
}

uint32_t
sources_last_id(void)
{
	return last_id;
}

/* Behind the last there is a way round to the first. */
uint32_t
source_new_id(void)
{
	do {
		if (++last_id <= SOURCE_CONFIG)
			last_id = SOURCE_CONFIG + 1;
	} while (source_by_id(last_id) != NULL);
	return last_id;
}

const char *
source_name(uint32_t id)
{
	const struct source *s;

	if (id == SOURCE_CONFIG)
		return SOURCE_CONFIG_NAME;
	s = source_by_id(id);
	return s != NULL ? s->state.name : "";
}

uint32_t
source_known(uint32_t id)
{
	return id == SOURCE_CONFIG || source_by_id(id) != NULL ? id
							       : SOURCE_NONE;
}

unsigned int
sources_count(void)
{
	return counts.n;
}

uint64_t
sources_text(void)
{
	return counts.text;
}

const struct source_scenario *
source_scenario_find(
    const struct source *s, const char *tenant, const char *name)
{
	const struct scenario_row *found;
	struct source_scenario key;
	struct scenario_row at = { .at = &key };

	if (s->state.nscenarios == 0)
		return NULL;
	memcpy(key.proxy.tenant, tenant, strlen(tenant) + 1);
	memcpy(key.name, name, strlen(name) + 1);
	found = bsearch(&at, s->by_name, s->state.nscenarios,
	    sizeof(*s->by_name), compare_scenarios);
	return found != NULL ? found->at : NULL;
}

/* ---- the journal's */

/* What frames a part of it, and some more. */
#define FRAME ((size_t)16)

static size_t
room_of(size_t n, uint64_t text, uint64_t scenarios)
{
	return n * (sizeof(struct source_state) + 2 * FRAME) + (size_t)text +
	    (size_t)scenarios * (sizeof(struct source_scenario) + FRAME);
}

size_t
source_room(const struct source_state *state)
{
	return room_of(1, state->size, state->nscenarios);
}

size_t
sources_room(void)
{
	return room_of(counts.n, counts.text, counts.scenarios);
}

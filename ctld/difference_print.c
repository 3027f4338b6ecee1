/* SPDX-License-Identifier: ISC */
/* See difference_print.h. */

#include <string.h>

#include "change.h"
#include "difference_print.h"
#include "fnv.h"
#include "proxy_spec.h"
#include "toxic_owner.h"
#include "toxic_select.h"
#include "toxic_spec.h"
#include "toxic_tail.h"
#include "toxic_wave.h"

/* With its NUL: "ab", "c" is not "a", "bc". */
static uint64_t
hash_text(uint64_t h, const char *text)
{
	return fnv1a(h, text, strlen(text) + 1);
}

static uint64_t
hash_value(uint64_t h, const struct toxic_spec *spec, size_t slot)
{
	const struct toxic_attribute *a = toxic_attribute_of(spec, (int)slot);
	const union toxic_value *value = &spec->values[slot];

	h = hash_text(h, a->name);
	if (a->kind == VALUE_ENUM)
		return hash_text(h, toxic_spec_word(spec, (int)slot));
	h = fnv1a(h, value, sizeof(*value)); /* the length, if it is a text */
	if (toxic_is_in_tail(a))
		h = fnv1a(
		    h, toxic_tail_bytes(spec, (int)slot), (size_t)value->bytes);
	return h;
}

/*
 * By name, so that a toxic which learns another attribute in a later program
 * makes no entry look changed that does not give it.
 */
static uint64_t
hash_values(uint64_t h, const struct toxic_spec *spec)
{
	const struct toxic_schema *s =
	    toxic_schema((enum toxic_kind)spec->kind);
	struct toxic_spec standard;
	size_t i;

	toxic_spec_init(&standard, (enum toxic_kind)spec->kind);
	h = hash_text(h, s->name);
	for (i = 0; i < s->nattributes; i++) {
		if (!toxic_spec_is_same(spec, &standard, (int)i))
			h = hash_value(h, spec, i);
	}
	return h;
}

/* None is as if nobody had thought of it. */
static uint64_t
hash_said(uint64_t h, const char *what, const char *text)
{
	return *text != '\0' ? hash_text(hash_text(h, what), text) : h;
}

static uint64_t
hash_more(uint64_t h, const struct toxic_spec *spec)
{
	char select[SELECT_TEXT_MAX + 1], waves[WAVES_TEXT_MAX + 1];

	h = hash_said(h, "select", toxic_select_text(spec, select));
	h = hash_said(h, "wave", toxic_waves_text(spec, waves));
	return hash_said(h, "owner", toxic_owner(spec));
}

static uint64_t
hash_lease(uint64_t h, int64_t lease)
{
	return lease != 0 ? fnv1a(h, &lease, sizeof(lease)) : h;
}

/* By its words, and so as if nobody had thought of it where there is none. */
static uint64_t
hash_connect(uint64_t h, const struct connect_spec *c)
{
	if (connect_is_usual(c))
		return h;
	h = hash_text(h, connect_mode_word(c->mode));
	h = hash_text(h, dial_fail_word(c->dial_fail));
	h = fnv1a(h, &c->delay, sizeof(c->delay));
	h = fnv1a(h, &c->dial_delay, sizeof(c->dial_delay));
	/* what says nothing is as of before there was one */
	return c->syn_loss > 0 ? fnv1a(h, &c->syn_loss, sizeof(c->syn_loss))
			       : h;
}

static uint64_t
hash_toxic(uint64_t h, const struct toxic_spec *spec)
{
	h = hash_text(h, spec->name);
	h = fnv1a(h, &spec->stream, sizeof(spec->stream));
	h = fnv1a(h, &spec->toxicity, sizeof(spec->toxicity));
	h = hash_values(h, spec);
	return hash_more(h, spec);
}

uint64_t
difference_toxic_print(const struct toxic_spec *spec)
{
	return hash_toxic(FNV_BASIS, spec);
}

static uint64_t
hash_toxics(uint64_t h, const struct toxics *toxics)
{
	const struct toxic *t;

	TAILQ_FOREACH (t, toxics, entry)
		h = hash_lease(hash_toxic(h, t->spec), t->spec->lease);
	return h;
}

uint64_t
difference_print(const struct change *ch)
{
	const struct proxy_spec *s = &ch->u.create.spec;
	uint64_t h = FNV_BASIS;

	h = hash_text(h, s->listen.text);
	h = hash_text(h, s->upstream.text);
	h = fnv1a(h, &s->enabled, sizeof(s->enabled));
	h = hash_lease(h, s->lease);
	h = hash_connect(h, &s->connect);
	h = hash_toxics(h, &ch->toxics);
	return h != 0 ? h : 1;
}

/* Its name and its proxy are compared as they are. */
uint64_t
difference_scenario_print(const struct change *ch)
{
	const struct scenario_spec *s = &ch->u.scenario;
	const struct connect_spec *c;
	uint64_t h = FNV_BASIS;
	uint32_t i;

	h = fnv1a(h, &s->loops, sizeof(s->loops));
	h = fnv1a(h, &s->nsteps, sizeof(s->nsteps));
	for (i = 0; i < s->nsteps; i++) {
		h = fnv1a(h, &s->durations[i], sizeof(s->durations[i]));
		h = fnv1a(h, &s->lossless[i], sizeof(s->lossless[i]));
		if ((c = scenario_connect(s, i)) != NULL)
			h = hash_connect(fnv1a(h, &i, sizeof(i)), c);
	}
	return hash_toxics(h, &ch->toxics);
}

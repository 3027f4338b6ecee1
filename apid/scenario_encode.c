/* SPDX-License-Identifier: ISC */
/* A scenario as JSON: where it is, or as it can be asked for. */

#include <inttypes.h>

#include "clock_boot.h"
#include "connect.h"
#include "profiles.h"
#include "scenarios.h"
#include "text_put.h"
#include "toxic_owner.h"

/* Whose it is, where it stands says. */
static void
encode_unowned(FILE *f, const struct toxic_spec *spec)
{
	struct toxic_spec copy;

	toxic_spec_copy(&copy, spec);
	(void)toxic_owner_set(&copy, "");
	encode_toxic(f, &copy);
}

/*
 * *i: its first toxic, as they are in the order of their steps.  Returns
 * whether it is without loss, also if that could be had when the scenario
 * began.
 */
static int
encode_step(
    FILE *f, const struct scenario *s, uint32_t step, size_t *i, int is_shown)
{
	const int is_lost = *lacks_for_loss() != '\0';
	const struct connect_spec *c = scenario_connect(&s->spec, step);
	int lacks = s->spec.lossless[step];
	const char *comma = "";

	fprintf(f, "{\"duration\":%" PRId64 ",\"toxics\":[",
	    s->spec.durations[step]);
	for (; *i < s->ntoxics &&
	     toxic_owner_step(s->toxics[*i], s->spec.name) == (int)step;
	     ++*i) {
		fputs(comma, f);
		if (is_shown)
			encode_toxic(f, s->toxics[*i]);
		else
			encode_unowned(f, s->toxics[*i]);
		lacks |= is_lost && toxic_spec_needs_program(s->toxics[*i]);
		comma = ",";
	}
	fputc(']', f);
	if (c != NULL)
		encode_connect(f, c);
	if (is_shown && lacks)
		encode_missing(f);
	fputc('}', f);
	return lacks;
}

/* Returns whether one of them is without loss. */
static int
encode_steps(FILE *f, const struct scenario *s, int is_shown)
{
	size_t toxic = 0;
	int lacks = 0;
	uint32_t i;

	fprintf(
	    f, ",\"loop\":%s,\"steps\":[", s->spec.loops ? "true" : "false");
	for (i = 0; i < s->spec.nsteps; i++) {
		if (i > 0)
			fputc(',', f);
		lacks |= encode_step(f, s, i, &toxic, is_shown);
	}
	fputc(']', f);
	return lacks;
}

static int64_t
ms_until(int64_t at, int64_t now)
{
	return at > now ? (at - now + NS_PER_MS - 1) / NS_PER_MS : 0;
}

/* One that is over may not be gone yet: it is at its end. */
static void
encode_place(FILE *f, const struct scenario_spec *s)
{
	const int64_t now = clock_boot();
	struct scenario_place place = { .step = s->nsteps - 1, .ends = 0 };

	(void)scenario_place(s, now - s->began, &place);
	fprintf(f,
	    ",\"step\":%" PRIu32 ",\"left\":%" PRId64 ",\"round\":%" PRIu64
	    ",\"began\":",
	    place.step, ms_until(s->began + place.ends, now), place.round);
	encode_time(f, (clock_wall() - (now - s->began)) / NS_PER_S);
	if (s->lease != 0)
		fprintf(f, ",\"expires_in\":%" PRId64, ms_until(s->lease, now));
}

void
encode_scenario(FILE *f, const struct scenario *s, int has_tenants)
{
	struct proxy_key key = s->spec.proxy;
	int lacks;

	text_put(key.name, sizeof(key.name), s->spec.name);
	fputs("{\"name\":", f);
	encode_key(f, &key, has_tenants);
	fputs(",\"proxy\":", f);
	encode_key(f, &s->spec.proxy, has_tenants);
	if (s->spec.id[0] != '\0') {
		fputs(",\"id\":", f);
		encode_string(f, s->spec.id);
	}
	lacks = encode_steps(f, s, 1);
	encode_place(f, &s->spec);
	if (lacks)
		encode_missing(f);
	fputc('}', f);
}

void
encode_scenario_as_asked(FILE *f, const struct scenario *s)
{
	fputs("{\"name\":", f);
	encode_string(f, s->spec.name);
	(void)encode_steps(f, s, 0);
	fputc('}', f);
}

/* SPDX-License-Identifier: ISC */
/* See payload_scenario.h. */

#include "check.h"
#include "lease.h"
#include "payload_check.h"

/* Each takes a while, and behind the last there is nothing. */
static int
durations_are_sound(const struct scenario_spec *p)
{
	uint32_t i;

	for (i = 0; i < SCENARIO_STEPS_MAX; i++) {
		if (i < p->nsteps ? p->durations[i] < 1 ||
			    p->durations[i] > SCENARIO_DURATION_MAX
				  : p->durations[i] != 0)
			return 0;
	}
	return 1;
}

/* "": none */
static int
id_is_sound(const char *id)
{
	return id[0] == '\0' || owner_name_is_good(id);
}

int
scenario_name_ok(const struct scenario_name *p)
{
	return check_proxy_key(&p->proxy) && p->proxy.name[0] == '\0' &&
	    is_utf8(p->name) && owner_name_is_good(p->name) && is_utf8(p->id) &&
	    id_is_sound(p->id);
}

/* Those that there are are some, and each step's is one of them. */
static int
connects_are_sound(const struct scenario_spec *p)
{
	uint32_t i;

	if (p->nconnects > SCENARIO_CONNECTS_MAX)
		return 0;
	for (i = 0; i < SCENARIO_CONNECTS_MAX; i++) {
		if (!connect_is_sound(&p->connects[i]) ||
		    connect_is_usual(&p->connects[i]) != (i >= p->nconnects))
			return 0;
	}
	for (i = 0; i < SCENARIO_STEPS_MAX; i++) {
		if (p->connect_of[i] > (i < p->nsteps ? p->nconnects : 0))
			return 0;
	}
	return 1;
}

/* Behind the last there is nothing. */
static int
lossless_are_sound(const struct scenario_spec *p)
{
	uint32_t i;

	for (i = 0; i < SCENARIO_STEPS_MAX; i++) {
		if (p->lossless[i] > (i < p->nsteps))
			return 0;
	}
	return 1;
}

int
scenario_spec_ok(const struct scenario_spec *p)
{
	static const uint8_t nothing[sizeof(p->reserved)];

	return check_proxy_key(&p->proxy) && p->proxy.name[0] != '\0' &&
	    is_utf8(p->name) && owner_name_is_good(p->name) && is_utf8(p->id) &&
	    id_is_sound(p->id) && p->lease >= LEASE_FOR_GOOD &&
	    p->nsteps >= 1 && p->nsteps <= SCENARIO_STEPS_MAX &&
	    p->ntoxics <= SCENARIO_TOXICS_MAX && p->loops <= 1 &&
	    memcmp(p->reserved, nothing, sizeof(nothing)) == 0 &&
	    durations_are_sound(p) && connects_are_sound(p) &&
	    lossless_are_sound(p);
}

static int64_t
whole_of(const struct scenario_spec *s)
{
	int64_t ms = s->durations[0];
	uint32_t i;

	for (i = 1; i < s->nsteps; i++)
		ms += s->durations[i];
	return ms * NS_PER_MS;
}
_Static_assert(
    SCENARIO_DURATION_MAX < INT64_MAX / NS_PER_MS / SCENARIO_STEPS_MAX,
    "all steps together are so many ns");

int
scenario_place(const struct scenario_spec *s, int64_t elapsed,
    struct scenario_place *place)
{
	const int64_t whole = whole_of(s);
	int64_t rounds;

	if (elapsed < 0)
		elapsed = 0;
	rounds = elapsed / whole;
	if (rounds > 0 && !s->loops)
		return -1;
	*place = (struct scenario_place){ .round = (uint64_t)rounds,
		.ends = rounds * whole + s->durations[0] * NS_PER_MS };
	while (place->ends <= elapsed)
		place->ends += s->durations[++place->step] * NS_PER_MS;
	place->nth = place->round * s->nsteps + place->step;
	return 0;
}

const struct connect_spec *
scenario_connect(const struct scenario_spec *s, uint32_t step)
{
	const uint8_t which = s->connect_of[step];

	return which > 0 ? &s->connects[which - 1] : NULL;
}

int
scenario_connect_set(
    struct scenario_spec *s, uint32_t step, const struct connect_spec *c)
{
	uint8_t i = 0;

	s->connect_of[step] = 0;
	if (connect_is_usual(c))
		return 0;
	while (i < s->nconnects && !connect_equal(&s->connects[i], c))
		i++;
	if (i == SCENARIO_CONNECTS_MAX)
		return -1;
	if (i == s->nconnects)
		s->connects[s->nconnects++] = *c;
	s->connect_of[step] = (uint8_t)(i + 1);
	return 0;
}

double
scenario_syn_loss(const struct scenario_spec *s)
{
	double most = 0;
	uint8_t i;

	for (i = 0; i < s->nconnects; i++) {
		if (s->connects[i].syn_loss > most)
			most = s->connects[i].syn_loss;
	}
	return most;
}

/* SPDX-License-Identifier: ISC */
/* What a stage's toxic says, as it means it by now: see toxic.h. */

#include "toxic.h"
#include "wave.h"

int64_t
stage_integer(const struct stage *s, int slot)
{
	const struct toxic *t = s->toxic;

	return stage_waves(s)
	    ? wave_integer(t->spec, slot, stage_now(s) - t->epoch)
	    : toxic_spec_integer(t->spec, slot);
}

int
stage_waves(const struct stage *s)
{
	return s->toxic->spec->nwaves > 0;
}

double
stage_fraction(const struct stage *s, int slot)
{
	return toxic_spec_fraction(s->toxic->spec, slot);
}

const char *
stage_word(const struct stage *s, int slot)
{
	return toxic_spec_word(s->toxic->spec, slot);
}

const char *
stage_text(const struct stage *s, int slot)
{
	return toxic_tail_text(s->toxic->spec, slot);
}

size_t
stage_count(const struct stage *s, int slot)
{
	return toxic_tail_count(s->toxic->spec, slot);
}

int64_t
stage_nth_integer(const struct stage *s, int slot, size_t i)
{
	return toxic_spec_nth(s->toxic->spec, slot, i);
}

const char *
stage_nth_text(const struct stage *s, int slot, size_t i)
{
	return toxic_tail_nth_text(s->toxic->spec, slot, i);
}

int
stage_choice(const struct stage *s, int slot)
{
	return (int)s->toxic->spec->values[slot].integer;
}

/* SPDX-License-Identifier: ISC */
/* See scenario_losses.h. */

#include <string.h>

#include "change.h"
#include "losses.h"
#include "scenario_losses.h"
#include "toxic_list.h"
#include "toxic_owner.h"

static int
step_of(const struct change *ch, const struct toxic *t)
{
	return toxic_owner_step(t->spec, ch->u.scenario.name);
}

/* It cannot be had, and its step may be without. */
static int
may_lack(const struct change *ch, const struct toxic *t,
    const uint8_t *lossless, enum answer_code why)
{
	return lossless[step_of(ch, t)] &&
	    (why == ANSWER_NO_LOSS ? toxic_spec_needs_program(t->spec)
				   : toxic_spec_loses(t->spec));
}

/* A profile without its loss is none where it is nothing else. */
static int
leaves_none(
    const struct change *ch, const uint8_t *lossless, enum answer_code why)
{
	uint8_t lacks[SCENARIO_STEPS_MAX] = { 0 };
	uint8_t has[SCENARIO_STEPS_MAX] = { 0 };
	const struct toxic *t;
	size_t i;

	TAILQ_FOREACH (t, &ch->toxics, entry)
		(may_lack(ch, t, lossless, why) ? lacks : has)[step_of(ch, t)] =
		    1;
	for (i = 0; i < SCENARIO_STEPS_MAX; i++) {
		if (lacks[i] && !has[i])
			return 1;
	}
	return 0;
}

static void
leave_out(struct change *ch, const uint8_t *lossless, enum answer_code why)
{
	struct toxics out = TAILQ_HEAD_INITIALIZER(out);
	struct scenario_spec *spec = &ch->u.scenario;
	struct toxic *t, *next;

	for (t = TAILQ_FIRST(&ch->toxics); t != NULL; t = next) {
		next = TAILQ_NEXT(t, entry);
		if (!may_lack(ch, t, lossless, why))
			continue;
		TAILQ_REMOVE(&ch->toxics, t, entry);
		TAILQ_INSERT_TAIL(&out, t, entry);
		spec->lossless[step_of(ch, t)] = 1;
		spec->ntoxics--;
		ch->ntoxics--;
		ch->nlisted--;
	}
	toxics_free(&out);
}

enum answer_code
scenario_losses(struct change *ch)
{
	struct scenario_spec *spec = &ch->u.scenario;
	const double syn_loss = scenario_syn_loss(spec);
	const enum answer_code why = losses_allowed(ch, syn_loss);
	uint8_t lossless[SCENARIO_STEPS_MAX];

	memcpy(lossless, spec->lossless, sizeof(lossless));
	memset(spec->lossless, 0, sizeof(spec->lossless));
	if (why == ANSWER_OK || leaves_none(ch, lossless, why))
		return why;
	leave_out(ch, lossless, why);
	return losses_allowed(ch, syn_loss);
}

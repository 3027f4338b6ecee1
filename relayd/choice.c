/* SPDX-License-Identifier: ISC */
/* Which sessions a toxic is at work on, and when. */

#include "bind_policy.h"
#include "choice.h"

static int
is_among_clients(const struct toxic_select *select, const struct chain *c)
{
	struct address client;
	size_t i;

	if (select->nclients == 0)
		return 1;
	client = address_unmapped(c->client);
	for (i = 0; i < select->nclients; i++) {
		if (bind_rule_has(&select->clients[i], &client))
			return 1;
	}
	return 0;
}

static int
is_counted(const struct toxic_select *select, int64_t index)
{
	if (!toxic_select_counts(select))
		return 1;
	return index >= 0 && (select->first == 0 || index < select->first) &&
	    (select->every == 0 || index % select->every == select->offset);
}

static int
draw(struct stage *s)
{
	return random_unit(s->chain->random) < s->toxic->spec->toxicity;
}

/* Who is not asked has nothing drawn: a session's draws are for its toxics. */
static enum toxic_decision
decide(struct stage *s)
{
	const struct toxic_select *select = &s->toxic->select;

	if (!is_among_clients(select, s->chain))
		return DECIDED_BY_CLIENT;
	if (!is_counted(select, stage_index(s)))
		return DECIDED_BY_INDEX;
	return draw(s) ? DECIDED_CHOSEN : DECIDED_BY_TOXICITY;
}

int64_t
stage_index(const struct stage *s)
{
	return (int64_t)(s->chain->number - s->toxic->select.base);
}

void
stage_choose(struct stage *s)
{
	s->decided = (uint8_t)decide(s);
}

int
stage_is_wanted(struct stage *s)
{
	const struct toxic_select *select = &s->toxic->select;
	const int64_t now = s->chain->now;
	int64_t from, until = CLOCK_NEVER;

	s->turns = CLOCK_NEVER;
	if (s->decided != DECIDED_CHOSEN)
		return 0;
	if (select->after_ms == 0 && select->duration_ms == 0)
		return 1;
	from = s->chain->opened + select->after_ms * NS_PER_MS;
	if (select->duration_ms != 0)
		until = from + select->duration_ms * NS_PER_MS;
	if (now < until)
		s->turns = now < from ? from : until;
	return now >= from && now < until;
}

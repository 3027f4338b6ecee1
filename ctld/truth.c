/* SPDX-License-Identifier: ISC */
/* What of the truth is to be written: see truth_save.c. */

#include <string.h>

#include "child.h"
#include "journal.h"
#include "msg.h"
#include "tenant_limits.h"
#include "proxies.h"
#include "sources.h"
#include "truth.h"
#include "truth_parts.h"

struct truth truth = { .dirty = TAILQ_HEAD_INITIALIZER(truth.dirty) };

void
truth_proxy_changed(struct proxy *p)
{
	if (p->is_dirty || p->id == 0)
		return;
	p->is_dirty = 1;
	TAILQ_INSERT_TAIL(&truth.dirty, p, dirty);
}

void
truth_proxy_written(struct proxy *p)
{
	if (p->is_dirty)
		TAILQ_REMOVE(&truth.dirty, p, dirty);
	p->is_dirty = 0;
}

void
truth_proxy_gone(struct proxy *p)
{
	truth_proxy_written(p);
	if (truth.is_open && p->id != 0)
		journal_add(PART_GONE, &p->id, sizeof(p->id));
}

void
truth_retired(const struct child *c)
{
	struct retired r = { .id = c->id,
		.proxy_id = c->retired_from,
		.lent = c->lent,
		.pace = c->pace.share,
		.inside = c->gate.inside };

	if (c->lease_of != NULL)
		memcpy(r.tenant, c->lease_of->tenant, sizeof(r.tenant));

	if (truth.is_open)
		journal_add(PART_RETIRED, &r, sizeof(r));
}

void
truth_token(const struct credential *c)
{
	if (truth.is_open)
		journal_add(PART_TOKEN, c, sizeof(*c));
}

void
truth_token_gone(const struct token_digest *digest)
{
	if (truth.is_open)
		journal_add(PART_TOKEN_GONE, digest, sizeof(*digest));
}

void
truth_session(const struct session_ref *ref)
{
	if (truth.is_open)
		journal_add(PART_SESSION, ref, sizeof(*ref));
}

void
truth_session_gone(const struct session_id *id)
{
	if (truth.is_open)
		journal_add(PART_SESSION_GONE, id, sizeof(*id));
}

void
truth_halt(const struct halt *h)
{
	if (truth.is_open)
		journal_add(PART_HALT, h, sizeof(*h));
}

void
truth_halt_gone(const struct halt *h)
{
	if (truth.is_open)
		journal_add(PART_HALT_GONE, h, sizeof(*h));
}

void
truth_scenario_gone(const struct proxy *p)
{
	if (truth.is_open)
		journal_add(PART_SCENARIO_GONE, &p->key, sizeof(p->key));
}

void
truth_source(const struct source *s)
{
	const struct source_state *state = &s->state;
	uint32_t i;

	if (!truth.is_open)
		return;
	journal_add(PART_SOURCE, state, sizeof(*state));
	if (state->size > 0)
		journal_add(PART_SOURCE_TEXT, s->text, (size_t)state->size);
	for (i = 0; i < state->nscenarios; i++)
		journal_add(PART_SOURCE_SCENARIO, &s->scenarios[i],
		    sizeof(s->scenarios[i]));
}

void
truth_source_gone(uint32_t id)
{
	if (truth.is_open)
		journal_add(PART_SOURCE_GONE, &id, sizeof(id));
}

void
truth_changed(void)
{
	truth.has_changed = 1;
}

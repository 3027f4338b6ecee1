/* SPDX-License-Identifier: ISC */
/* Sources, as stored says them at the start, and is told of them. */

#include <string.h>

#include "give_up.h"
#include "msg.h"
#include "source_load.h"
#include "sources.h"
#include "store.h"
#include "store_load.h"
#include "store_tell.h"

/* ---- as it says them: see store_load.h */

static int
went(int r)
{
	if (r == -2)
		give_up("out of memory");
	return r;
}

/* Before any proxy, and each of them once. */
int
store_loads_source(const struct source_state *state)
{
	if (store.serial == 0 || store.loading != NULL || store.is_dropping ||
	    source_by_id(state->id) != NULL)
		return -1;
	store_refuse_to_open(state->of.tenant, "a source");
	return went(source_load_begin(state));
}

int
store_loads_source_text(const struct source_text *part)
{
	return went(source_load_goes_on(part->bytes, part->n));
}

int
store_loads_source_scenario(const struct source_scenario *scenario)
{
	return went(source_load_lists(scenario));
}

/* ---- and is told */

static void
tell_text(const char *text, uint64_t size)
{
	struct source_text part;
	uint64_t at;

	for (at = 0; at < size; at += part.n) {
		memset(&part, 0, sizeof(part));
		part.n = size - at < sizeof(part.bytes)
		    ? (uint32_t)(size - at)
		    : (uint32_t)sizeof(part.bytes);
		memcpy(part.bytes, text + at, part.n);
		store_send(MSG_STORE_SOURCE_TEXT, &part);
	}
}

void
source_tell(const struct source *s)
{
	uint32_t i;

	store_send(MSG_STORE_SOURCE, &s->state);
	tell_text(s->text, s->state.size);
	for (i = 0; i < s->state.nscenarios; i++)
		store_send(MSG_STORE_SOURCE_SCENARIO, &s->scenarios[i]);
}

void
source_tell_gone(const struct source *s)
{
	const struct source_ref ref = { .id = s->state.id };

	store_send(MSG_STORE_SOURCE_GONE, &ref);
}

void
sources_tell(void)
{
	const struct source *s = NULL;

	while ((s = source_next(s)) != NULL)
		source_tell(s);
}

/* SPDX-License-Identifier: ISC */
/* Sources, as stored says them at the start: see store_load.h. */

#include "give_up.h"
#include "msg.h"
#include "source_load.h"
#include "sources.h"
#include "store.h"
#include "store_load.h"

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

/* SPDX-License-Identifier: ISC */
/* Scenarios, as stored says them at the start: see store_load.h. */

#include "agreed.h"
#include "clock_boot.h"
#include "give_up.h"
#include "log.h"
#include "msg.h"
#include "proxies.h"
#include "scenario.h"
#include "scenario_load.h"
#include "store.h"
#include "store_load.h"
#include "terms.h"

/* The last one's lease was over, and its toxics are still coming. */
static int is_dropped;

/* By a clock that somebody has set back since it begins now. */
static int64_t
began(int64_t ms)
{
	const int64_t now = clock_boot();
	const int64_t wall = clock_wall();

	return ms >= wall / NS_PER_MS || ms < 0 ? now
						: now - (wall - ms * NS_PER_MS);
}

static int
is_too_much(const struct scenario_spec *s)
{
	return proxies.ntoxics + s->ntoxics > TOXICS_MAX;
}

int
store_loads_scenario(const struct scenario_spec *stored)
{
	struct proxy *p = store.loading;
	struct scenario_spec spec = *stored;
	int r;

	if (store.is_dropping) /* with its proxy */
		return 0;
	is_dropped = term_of_wall(stored->lease) == TERM_IS_OVER;
	if (p == NULL || is_too_much(stored) ||
	    proxy_key_compare(&p->key, &stored->proxy) != 0)
		return -1;
	if (is_dropped) {
		store.has_dropped = 1;
		log_event(LOG_INFO, "Lease over: scenario dropped",
		    LOG_PROXY(&p->key), LOG_STR("scenario", stored->name));
		return 0;
	}
	spec.lease = term_of_wall(stored->lease);
	spec.began = began(stored->began);
	if ((r = scenario_load_begin(&spec, p, SCENARIO_NO_STEP)) == -2)
		give_up("out of memory");
	return r;
}

int
store_loads_scenario_toxic(const struct toxic_create *t)
{
	int r;

	if (store.is_dropping || is_dropped)
		return 0;
	if (store.loading == NULL ||
	    proxy_key_compare(&store.loading->key, &t->proxy) != 0)
		return -1;
	if ((r = scenario_load_goes_on(&t->spec)) == -2)
		give_up("out of memory");
	return r;
}

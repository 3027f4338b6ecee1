/* SPDX-License-Identifier: ISC */
/* See proxy_connect.h. */

#include "proxies.h"
#include "proxy_connect.h"
#include "scenario.h"

const struct connect_spec *
proxy_connect(const struct proxy *p)
{
	const struct scenario_spec *s;
	const struct connect_spec *c;

	if (p->scenario == NULL || p->scenario_nth == SCENARIO_NO_STEP)
		return &p->connect;
	s = &p->scenario->spec;
	c = scenario_connect(s, (uint32_t)(p->scenario_nth % s->nsteps));
	return c != NULL ? c : &p->connect;
}

/* SPDX-License-Identifier: ISC */
/* See scenario_load.h. */

#include <string.h>

#include "clock_boot.h"
#include "handed_toxic.h"
#include "msg.h"
#include "proxies.h"
#include "scenario.h"
#include "scenario_load.h"
#include "toxic_owner.h"

/* The one whose toxics are still to come. */
static struct {
	struct scenario *scenario; /* NULL: there is none */
	struct proxy *proxy;
	uint64_t nth; /* the step of it that is at work */
} reading;

/* What the proxy has of its own leaves room, and names, for each step. */
static int
may_enter(const struct scenario *s, const struct proxy *p)
{
	const struct toxic *t;
	uint32_t others = 0;

	TAILQ_FOREACH (t, &p->toxics, entry) {
		if (toxic_owner_kind(t->spec) == OWNER_SCENARIO)
			continue;
		if (scenario_toxic_find(s, t->spec->name) != NULL)
			return 0;
		others++;
	}
	return others + s->most <= PROXY_TOXICS_MAX;
}

/* As soon as somebody looks it is where the clock says.  0; -1: it may not. */
static int
enter(void)
{
	struct scenario *s = reading.scenario;

	if (!may_enter(s, reading.proxy))
		return -1;
	reading.scenario = NULL;
	proxy_scenario_take(reading.proxy, s);
	reading.proxy->scenario_nth = reading.nth;
	scenario_look_at(s, clock_boot());
	return 0;
}

int
scenario_load_begin(
    const struct scenario_spec *spec, struct proxy *p, uint64_t nth)
{
	if (reading.scenario != NULL || p == NULL || p->scenario != NULL ||
	    scenario_find(spec->proxy.tenant, spec->name) != NULL)
		return -1;
	reading.scenario = scenario_new(spec);
	if (reading.scenario == NULL || scenarios_reserve() == -1)
		return -2;
	reading.proxy = p;
	reading.nth = nth;
	return spec->ntoxics == 0 ? enter() : 0;
}

int
scenario_load_goes_on(const struct toxic_spec *spec)
{
	const int read = reading.scenario != NULL
	    ? scenario_read(reading.scenario, spec)
	    : -1;

	return read == 1 ? enter() : read;
}

int
scenario_load_is_on(void)
{
	return reading.scenario != NULL;
}

/* ---- the journal */

int
scenario_load(const void *bytes, size_t n)
{
	union msg_payload payload;
	struct proxy *p;

	if (n != sizeof(payload.scenario_spec))
		return -1;
	memcpy(&payload.scenario_spec, bytes, n);
	if (!payload_is_sound(PAYLOAD_scenario_spec, &payload) ||
	    payload.scenario_spec.lease < 0)
		return -1;
	p = proxy_find(&payload.scenario_spec.proxy);
	return p == NULL ||
		scenario_load_begin(
		    &payload.scenario_spec, p, p->scenario_nth) != 0
	    ? -1
	    : 0;
}

int
scenario_load_toxic(const void *bytes, size_t n)
{
	union msg_payload payload;

	if (n > HANDED_TOXIC_MAX ||
	    handed_toxic_unpack(&payload.toxic_spec, bytes, n) == -1)
		return -1;
	payload.toxic_spec.lease = 0;
	return payload_is_sound(PAYLOAD_toxic_spec, &payload)
	    ? scenario_load_goes_on(&payload.toxic_spec)
	    : -1;
}

int
scenario_load_gone(const void *bytes, size_t n)
{
	struct proxy_key key;
	struct proxy *p;

	if (n != sizeof(key))
		return -1;
	memcpy(&key, bytes, n);
	p = proxy_find(&key);
	if (p != NULL && p->scenario != NULL) /* else it went before */
		proxy_scenario_end(p);
	return 0;
}

void
scenario_load_forget(void)
{
	scenario_free(reading.scenario);
	reading.scenario = NULL;
}

/* SPDX-License-Identifier: ISC */
/* See scenario_request.h. */

#include <string.h>

#include "agreed.h"
#include "change.h"
#include "clock_boot.h"
#include "lease.h"
#include "log.h"
#include "msg.h"
#include "owned.h"
#include "pending.h"
#include "prepare.h"
#include "proxies.h"
#include "requests.h"
#include "scenario.h"
#include "scenario_losses.h"
#include "scenario_request.h"
#include "text_put.h"
#include "toxic_select.h"
#include "toxic_tail.h"
#include "truth_save.h"

int
get_scenario(struct change *ch, const struct msg *m)
{
	ch->u.scenario = *msg_get_scenario_spec(m);
	return ch->u.scenario.began == 0 &&
		lease_may_be_asked(ch->u.scenario.lease)
	    ? 0
	    : -1;
}

const struct proxy_key *
proxy_of_scenario(const struct change *ch)
{
	return &ch->u.scenario.proxy;
}

int
get_scenario_name(struct change *ch, const struct msg *m)
{
	ch->u.scenario_name = *msg_get_scenario_name(m);
	return 0;
}

const struct proxy_key *
proxy_of_scenario_name(const struct change *ch)
{
	return &ch->u.scenario_name.proxy;
}

/* Which proxy is in it, or is to be: it may be waiting, or being stored. */
void
find_scenario(struct change *ch)
{
	struct scenario_name *wanted = &ch->u.scenario_name;
	const struct scenario *s =
	    scenario_find(wanted->proxy.tenant, wanted->name);
	const struct change *maker = pending_scenario(wanted);

	if (s != NULL)
		wanted->proxy = s->spec.proxy;
	else if (maker != NULL)
		wanted->proxy = *change_key(maker);
	else
		text_put(wanted->proxy.name, sizeof(wanted->proxy.name), "");
}

/* Not before what it would end has begun, or has not. */
int
scenario_is_to_begin(const struct change *ch)
{
	const struct change *maker = ch->request->find != NULL
	    ? pending_scenario(&ch->u.scenario_name)
	    : NULL;

	return maker != NULL &&
	    proxy_key_compare(change_key(maker), change_key(ch)) == 0;
}

/* Is the proxy, or the name, another's? */
static enum answer_code
is_taken(struct change *ch, const struct proxy *p)
{
	const struct scenario_spec *spec = &ch->u.scenario;

	if (p->scenario != NULL) {
		text_put(ch->answer.spec.name, sizeof(ch->answer.spec.name),
		    p->scenario->spec.name);
		return ANSWER_HAS_SCENARIO;
	}
	return scenario_find(spec->proxy.tenant, spec->name) != NULL
	    ? ANSWER_SCENARIO_EXISTS
	    : ANSWER_OK;
}

static const struct toxic *
find(const struct toxics *there, const char *name)
{
	const struct toxic *t;

	TAILQ_FOREACH (t, there, entry) {
		if (strcmp(t->spec->name, name) == 0 &&
		    toxic_owner_kind(t->spec) != OWNER_SCENARIO)
			break;
	}
	return t;
}

/* No toxic that stays is called as one that would come. */
static enum answer_code
look_at_toxics(struct change *ch, const struct toxics *there)
{
	const struct toxic *t, *other;

	TAILQ_FOREACH (t, &ch->toxics, entry) {
		if ((other = find(there, t->spec->name)) != NULL) {
			toxic_spec_copy(&ch->answer.spec, other->spec);
			return ANSWER_TOXIC_EXISTS;
		}
		toxic_select_anew(t->spec);
	}
	return ANSWER_OK;
}

/* Those of a scenario go when it ends. */
static uint32_t
count_that_stay(const struct toxics *there)
{
	const struct toxic *t;
	uint32_t n = 0;

	TAILQ_FOREACH (t, there, entry)
		n += toxic_owner_kind(t->spec) != OWNER_SCENARIO;
	return n;
}

/* It has its name and its toxics, and the change those of its first step. */
static enum answer_code
make(struct change *ch, const struct toxics *there)
{
	const uint32_t others = count_that_stay(there);
	struct scenario_spec *spec = &ch->u.scenario;
	const uint32_t all = ch->ntoxics;
	struct scenario *s;

	spec->began = clock_boot();
	if (scenarios_reserve() == -1 || (s = scenario_new(spec)) == NULL)
		return ANSWER_NO_MEMORY;
	ch->scenario = s;
	scenario_take(s, &ch->toxics);
	if (others + s->most > PROXY_TOXICS_MAX)
		return ANSWER_TOO_MANY;
	if (scenario_copy(s, 0, &ch->toxics, &ch->ntoxics) == -1 ||
	    !truth_has_room(2, others + all + s->most + 1, 0))
		return ANSWER_NO_MEMORY;
	return change_count_toxics(ch, scenario_counts(s), 0);
}

enum answer_code
scenario_prepare(struct change *ch, struct proxy *p, const struct toxics *there)
{
	enum answer_code code;

	ch->proxy = p;
	if ((code = look_at_toxics(ch, there)) != ANSWER_OK ||
	    (code = scenario_losses(ch)) != ANSWER_OK ||
	    (code = change_agree_lease(ch, &ch->u.scenario.lease)) != ANSWER_OK)
		return code;
	return make(ch, there);
}

enum answer_code
prepare_scenario_create(struct change *ch)
{
	struct proxy *p = proxy_find(change_key(ch));
	enum answer_code code;

	if (p == NULL)
		return ANSWER_NO_PROXY;
	ch->proxy = p;
	code = is_taken(ch, p);
	return code != ANSWER_OK ? code : scenario_prepare(ch, p, &p->toxics);
}

enum answer_code
prepare_scenario_delete(struct change *ch)
{
	const struct scenario_name *wanted = &ch->u.scenario_name;
	struct proxy *p = proxy_find(change_key(ch));

	if (p == NULL || p->scenario == NULL ||
	    strcmp(p->scenario->spec.name, wanted->name) != 0 ||
	    (wanted->id[0] != '\0' &&
		strcmp(p->scenario->spec.id, wanted->id) != 0))
		return ANSWER_NO_SCENARIO;
	ch->proxy = p;
	return ANSWER_OK;
}

void
log_scenario_started(const struct change *ch)
{
	const struct scenario_spec *spec = &ch->scenario->spec;

	log_event(LOG_INFO, "Scenario started", LOG_PROXY(&spec->proxy),
	    LOG_STR("scenario", spec->name), LOG_INT("steps", spec->nsteps),
	    LOG_INT("toxics", spec->ntoxics), LOG_INT("loop", spec->loops));
}

void
log_scenario_deleted(const struct change *ch)
{
	log_event(LOG_INFO, "Scenario deleted", LOG_PROXY(&ch->proxy->key),
	    LOG_STR("scenario", ch->u.scenario_name.name));
}

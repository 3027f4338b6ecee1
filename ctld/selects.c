/* SPDX-License-Identifier: ISC */
/* See selects.h. */

#include "change.h"
#include "child.h"
#include "owned.h"
#include "proxies.h"
#include "requests.h"
#include "selects.h"
#include "toxic_select.h"
#include "truth.h"

uint64_t
proxy_sessions(const struct proxy *p)
{
	return p->earlier.sessions +
	    (p->worker != NULL ? p->worker->counters.sessions : 0);
}

static void
begin(struct proxy *p, struct toxic_spec *spec, uint64_t sessions)
{
	if (toxic_select_begin(spec, sessions))
		truth_proxy_changed(p);
}

/*
 * One that is said to have begun later was so by a worker whose last numbers
 * have gone with it and with an earlier ctld: it begins again.
 */
void
selects_begin(struct proxy *p)
{
	struct toxic *t;

	TAILQ_FOREACH (t, &p->toxics, entry)
		begin(p, t->spec, p->earlier.sessions);
}

static void
begin_owned(struct proxy *p, enum owner_kind kind)
{
	struct toxic *t = NULL;

	while ((t = owned_next(p, kind, t)) != NULL)
		begin(p, t->spec, proxy_sessions(p));
}

void
select_applied(struct proxy *p, const struct change *ch)
{
	const struct request *r = ch->request;
	struct toxic *t = NULL;

	if (ch->whole != NULL) /* any of its toxics may be new */
		TAILQ_FOREACH (t, &p->toxics, entry)
			begin(p, t->spec, proxy_sessions(p));
	if (r->type == MSG_PROXY_PROFILE)
		begin_owned(p, OWNER_PROFILE);
	if (r->type == MSG_SCENARIO_CREATE)
		begin_owned(p, OWNER_SCENARIO);
	if (r->toxic != NULL)
		t = proxy_toxic_find(p, r->toxic(ch));
	if (t != NULL) /* else it has gone, or goes */
		begin(p, t->spec, proxy_sessions(p));
}

/* What an earlier ctld died before it had heard; or had not even said. */
void
select_goes_on(
    struct proxy *p, struct toxic_spec *spec, const struct toxic_spec *worker)
{
	const uint64_t sessions = proxy_sessions(p);
	struct toxic_select is;

	if (toxic_select_get(worker, &is) &&
	    toxic_select_is_same(spec, worker) && is.base < sessions)
		begin(p, spec, is.base);
	else
		begin(p, spec, sessions);
}

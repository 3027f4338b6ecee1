/* SPDX-License-Identifier: ISC */
/*
 * See halt.h.  A halt takes effect before anything else is done for it: whoever
 * asks for it is in need, and no disk is to keep it from him.  It is answered
 * when it is kept, as any change is; where it cannot be, that is the answer,
 * and the toxics are off all the same, until a RESUME or toxid's end.  They
 * come on again only when that is kept.
 */

#include <string.h>

#include "change.h"
#include "change_event.h"
#include "children.h"
#include "door.h"
#include "halt.h"
#include "halting.h"
#include "halts.h"
#include "proxies.h"
#include "proxy_connect.h"
#include "scenario.h"
#include "tenants.h"
#include "truth.h"
#include "truth_save.h"

static int
is_of_all(const struct halt *h)
{
	return strcmp(h->tenant, HALT_OF_ALL) == 0;
}

/* That of all is an admin's, as what the nameless one has. */
int
get_halt(struct change *ch, const struct msg *m)
{
	const struct halt *h = msg_get_halt(m);

	ch->u.halt.row = *h;
	if (!is_of_all(h))
		memcpy(ch->u.halt.of.tenant, h->tenant, sizeof(h->tenant));
	return 0;
}

const struct proxy_key *
tenant_of_halt(const struct change *ch)
{
	return &ch->u.halt.of;
}

/* ---- may it be? */

enum answer_code
prepare_halt(struct change *ch)
{
	const struct halt *h = &ch->u.halt.row;

	if (!is_of_all(h) && !tenants_have(h->tenant))
		return ANSWER_NO_TENANT;
	return halts_have(h->tenant) || halts_room() == 0 ? ANSWER_OK
							  : ANSWER_NO_MEMORY;
}

/* Of a tenant that has gone from the file, too. */
enum answer_code
prepare_resume(struct change *ch)
{
	const struct halt *h = &ch->u.halt.row;

	if (halts_have(h->tenant))
		return ANSWER_OK;
	return is_of_all(h) || tenants_have(h->tenant) ? ANSWER_UNCHANGED
						       : ANSWER_NO_TENANT;
}

/* ---- it is */

/*
 * What clients meet at the door is weather, too.  Where it is the usual either
 * way the listener is left alone: it may have made way for a change.
 */
static void
tell(void)
{
	const struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (!connect_is_usual(proxy_connect(p)))
			door_set(p);
	}
	halting_tell_all();
	if (children.apid != NULL)
		halting_feed(children.apid);
}

static void
take(const struct change *ch)
{
	const struct halt *h = &ch->u.halt.row;

	if (halts_have(h->tenant))
		return;
	halts_log(h, "Toxics are halted");
	event_halted(ch);
	halts_add(h);
	truth_halt(h);
	tell();
	scenarios_halt(h);
}

void
halt_at_once(struct change *ch)
{
	if (prepare_halt(ch) != ANSWER_OK)
		return;
	truth_begin();
	take(ch);
	truth_commit();
}

int
commit_halt(struct change *ch)
{
	take(ch); /* another may have come between */
	return halting_wait(ch);
}

int
commit_resume(struct change *ch)
{
	const struct halt *h = &ch->u.halt.row;

	halts_log(h, "Toxics are on again");
	event_resumed(ch);
	halts_remove(h);
	truth_halt_gone(h);
	tell();
	return halting_wait(ch);
}

/* SPDX-License-Identifier: ISC */
/* See limits_tell.h. */

#include "child.h"
#include "children.h"
#include "gate.h"
#include "leases.h"
#include "tenant_limits.h"
#include "limits_tell.h"
#include "paces.h"

void
limits_tell(struct child *c)
{
	lease_belongs(c, limits_state(c->proxy->key.tenant));
	gate_tell(c);
	pace_tell(c);
}

void
limits_tell_all(void)
{
	struct child *c;

	TAILQ_FOREACH (c, &children.all, entry) {
		if (c->role == ROLE_RELAYD && c->proxy != NULL &&
		    (c->state == CHILD_STARTING || c->state == CHILD_RUNNING))
			limits_tell(c);
	}
	leases_look();
}

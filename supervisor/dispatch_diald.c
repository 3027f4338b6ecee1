/* SPDX-License-Identifier: ISC */
/* What diald may say: whom to end, a worker or resolvd. */

#include "child.h"
#include "dispatch.h"
#include "dispatch_resolvd.h"
#include "lines.h"
#include "msg.h"

static int
on_offender(struct child *c, struct msg *m)
{
	return line_worker_blamed(c, m->id);
}

static int
on_resolver_bad(struct msg *m)
{
	return resolver_is_bad(m->id);
}

int
dispatch_diald(struct child *c, struct msg *m)
{
	if (c->state != CHILD_RUNNING)
		return -1;
	switch (m->type) {
	case MSG_DIAL_OFFENDER:
		return on_offender(c, m);
	case MSG_DIAL_RESOLVER_BAD:
		return on_resolver_bad(m);
	default:
		return -1;
	}
}

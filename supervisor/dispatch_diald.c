/* SPDX-License-Identifier: ISC */
/* What diald may say: whom to end. */

#include "supervisor.h"

static int
on_offender(struct child *c, struct msg *m)
{
	struct nothing nothing;

	if (msg_get_nothing(m, &nothing) == -1 || m->id == 0)
		return -1;
	return line_worker_blamed(c, m->id);
}

int
dispatch_diald(struct child *c, struct msg *m)
{
	if (c->state != CHILD_RUNNING || m->type != MSG_DIAL_OFFENDER)
		return -1;
	return on_offender(c, m);
}

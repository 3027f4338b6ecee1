/* SPDX-License-Identifier: ISC */
/* What diald may say: the addresses that it was asked for, and whom to end. */

#include "supervisor.h"

static int
on_resolved(struct msg *m)
{
	struct dial_result result;

	if (msg_get_dial_result(m, &result) == -1)
		return -1;
	if (result.error == ENDPOINT_OK && result.address.family == 0)
		return -1;
	if (!change_serial_was_given(m->id))
		return -1;
	if (m->id == API_SERIAL)
		api_resolved(&result);
	else if (!reload_resolved(m->id, &result))
		changes_resolved(m->id, &result);
	return 0;
}

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
	if (c->state != CHILD_RUNNING)
		return -1;
	switch (m->type) {
	case MSG_RESOLVED:
		return on_resolved(m);
	case MSG_DIAL_OFFENDER:
		return on_offender(c, m);
	default:
		return -1;
	}
}

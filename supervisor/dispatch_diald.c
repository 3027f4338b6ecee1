/* SPDX-License-Identifier: ISC */
/* What diald may say: the addresses that it was asked for. */

#include "supervisor.h"

int
dispatch_diald(struct child *c, struct msg *m)
{
	struct dial_result result;

	if (c->state != CHILD_RUNNING || m->type != MSG_RESOLVED ||
	    msg_get_dial_result(m, &result) == -1)
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

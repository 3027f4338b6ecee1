/* SPDX-License-Identifier: ISC */
/* A call that has come to its end, or cannot. */

#include <string.h>

#include "event_client.h"

void
event_complete(struct toxi_call *call)
{
	call->is_complete = 1;
	TAILQ_INSERT_TAIL(&call->client->complete, call, entry);
}

void
event_fail_call(struct toxi_call *call, const struct toxi_error *why)
{
	result_free(&call->result);
	memset(&call->result, 0, sizeof(call->result));
	call->result.error = *why;
}

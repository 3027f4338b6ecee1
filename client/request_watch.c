/* SPDX-License-Identifier: ISC */
/* The calls of toxi_watch.h, as what is asked of the server. */

#include <inttypes.h>
#include <stdio.h>

#include "failure.h"
#include "request_parts.h"
#include "toxi_watch.h"

/* wait is there in any case: without it the answer would have no end. */
void
request_history(struct request *r, uint64_t after, unsigned int wait_ms)
{
	int n;

	request_begin(r, "toxi_history", "GET", ANSWER_HISTORY);
	r->lack = "the server does not say what has happened";
	if (after == TOXI_FROM_NOW)
		n = asprintf(&r->path, "/events?wait=%u", wait_ms);
	else
		n = asprintf(&r->path, "/events?after=%" PRIu64 "&wait=%u",
		    after, wait_ms);
	if (n == -1) {
		r->path = NULL;
		fail_nomem(&r->error);
	}
}

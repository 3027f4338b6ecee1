/* SPDX-License-Identifier: ISC */
/* GET /events: what is asked for. */

#include <stdlib.h>
#include <string.h>

#include "apid.h"
#include "streams.h"

#define WAIT_MS_MAX 20000

struct query {
	struct request *request;
	uint64_t after, wait;
	int is_for_once; /* some argument is there */
};

/* 1; 0: it is no number, and it has replied. */
static int
take_number(
    struct request *r, const char *name, const char *text, uint64_t *value)
{
	if (argument_number(text, INT64_MAX, value) == 0)
		return 1;
	reply_error(r, 400, "%s: a number is wanted", name);
	return 0;
}

static enum MHD_Result
take(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct query *q = arg;
	uint64_t *number = NULL;

	(void)kind;
	q->is_for_once = 1;
	if (strcmp(key, "after") == 0)
		number = &q->after;
	else if (strcmp(key, "wait") == 0)
		number = &q->wait;
	if (number == NULL) {
		return reply_no_argument(q->request, key);
	}
	return take_number(q->request, key, value, number) ? MHD_YES : MHD_NO;
}

void
events_show(struct request *r)
{
	struct query q = { .request = r, .after = EVENTS_FROM_NOW };
	const char *last;
	int n;

	MHD_get_connection_values(
	    r->connection, MHD_GET_ARGUMENT_KIND, take, &q);
	if (r->response != NULL)
		return;
	if (q.is_for_once) {
		stream_once(
		    r, q.after, q.wait < WAIT_MS_MAX ? q.wait : WAIT_MS_MAX);
		return;
	}
	last = request_header(r, "Last-Event-ID", &n);
	if (n == 0 || take_number(r, "Last-Event-ID", last, &q.after))
		stream_live(r, q.after);
}

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
	const size_t n = text != NULL ? strlen(text) : 0;

	if (n == 0 || n > 18 || strspn(text, "0123456789") != n) {
		reply_error(r, 400, "%s: a number is wanted", name);
		return 0;
	}
	*value = strtoull(text, NULL, 10);
	return 1;
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
		reply_error(q->request, 400,
		    "there is no such argument here: %.64s", key);
		return MHD_NO;
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

/* SPDX-License-Identifier: ISC */
/* See desired_asked.h. */

#include <string.h>

#include "documents.h"
#include "desired_asked.h"
#include "text_put.h"

int
asked_source(struct request *r)
{
	if (source_name_is_good(r->proxy))
		return 1;
	if ((r->action->flags & ACTION_BODY) != 0)
		reply_error(r, 400,
		    "a source's name is of 1 to %d letters, digits, '.', '_' "
		    "and '-'",
		    SOURCE_NAME_MAX);
	else /* none is called so */
		reply_error(r, 404, "source not found");
	return 0;
}

/* ---- the query */

struct query {
	struct request *request;
	struct desired_put *put; /* NULL: nothing is to be in it */
};

static enum MHD_Result
take(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct query *q = arg;

	(void)kind;
	if (q->put == NULL || strcmp(key, "force") != 0)
		return reply_no_argument(q->request, key);
	if (value != NULL && *value != '\0' && strcmp(value, "true") != 0 &&
	    strcmp(value, "false") != 0) {
		reply_error(q->request, 400, "force: it is true or false");
		return MHD_NO;
	}
	q->put->is_forced = value == NULL || strcmp(value, "false") != 0;
	return MHD_YES;
}

static int
take_query(struct request *r, struct desired_put *put)
{
	struct query q = { r, put };

	MHD_get_connection_values(
	    r->connection, MHD_GET_ARGUMENT_KIND, take, &q);
	return r->response == NULL;
}

int
asked_nothing(struct request *r)
{
	return take_query(r, NULL);
}

/* ---- If-Match */

/* "g", with its quotes or without; of g itself there may be any character. */
static void
unquote(const char *value, char *text, size_t size)
{
	size_t n = strlen(value);

	text_put(text, size, value);
	if (n < 2 || n > size || value[0] != '"' || value[n - 1] != '"')
		return;
	text_put(text, size, value + 1);
	text[n - 2] = '\0';
}

static int
take_believed(struct request *r, struct desired_put *put)
{
	char text[GENERATION_MAX + 3]; /* one that is too long is, still */
	const char *value, *why;
	int n;

	value = request_header(r, MHD_HTTP_HEADER_IF_MATCH, &n);
	if (n == 0 || value == NULL)
		return 1;
	if (n > 1) {
		reply_error(r, 400, "If-Match: it is there twice");
		return 0;
	}
	put->has_believed = 1;
	if (strcmp(value, "*") == 0)
		return 1;
	unquote(value, text, sizeof(text));
	if ((why = generation_fault(text)) != NULL) {
		reply_error(r, 400, "If-Match: %s", why);
		return 0;
	}
	text_put(put->believed, sizeof(put->believed), text);
	return 1;
}

int
asked_conditions(struct request *r, struct desired_put *put)
{
	return take_query(r, put) && take_believed(r, put);
}

/* SPDX-License-Identifier: ISC */
/* See wait_query.h. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "nitems.h"
#include "wait_query.h"

#define TIMEOUT_MS 30000
#define TIMEOUT_MS_MAX 3600000
#define COUNT_MAX ((uint64_t)INT64_MAX)

/* ---- what may be waited for */

static uint64_t
open_sessions(const struct proxy *p)
{
	return p->counters.open_sessions;
}

enum {
	SUBJECT_SESSIONS,
	SUBJECT_ENDED,
	SUBJECT_HITS
};

static const struct wait_subject subjects[] = {
	[SUBJECT_SESSIONS] = { "sessions", open_sessions },
	[SUBJECT_ENDED] = { "ended", proxy_ended_sessions },
	[SUBJECT_HITS] = { "hits", NULL },
};

/* ---- what a request says of it */

struct argument {
	const char *name;
	int subject; /* of which it says how much; or -1 */
	uint64_t most;
};

static const struct argument arguments[] = {
	{ "sessions", SUBJECT_SESSIONS, COUNT_MAX },
	{ "ended", SUBJECT_ENDED, COUNT_MAX },
	{ "hits", SUBJECT_HITS, COUNT_MAX },
	{ "timeout", -1, TIMEOUT_MS_MAX },
};

struct taking {
	struct request *request;
	struct wait_query *query;
};

static enum MHD_Result
refuse(struct taking *t, const char *what)
{
	reply_error(t->request, 400, "%s", what);
	return MHD_NO;
}

static enum MHD_Result
take_argument(struct taking *t, const struct argument *a, const char *value)
{
	uint64_t n;

	if (argument_number(value, a->most, &n) == -1) {
		reply_error(t->request, 400,
		    "%s: expected a number, of at most %" PRIu64, a->name,
		    a->most);
		return MHD_NO;
	}
	if (a->subject == -1) {
		t->query->timeout = n;
		return MHD_YES;
	}
	if (t->query->subject != NULL)
		return refuse(t, "it is one thing that is waited for");
	t->query->subject = &subjects[a->subject];
	t->query->wanted = n;
	return MHD_YES;
}

static enum MHD_Result
take_toxic(struct taking *t, const char *name)
{
	if (name == NULL || t->query->toxic != NULL)
		return refuse(t, "toxic: expected its name, once");
	if ((t->query->toxic = strdup(name)) == NULL)
		fatal("%s", __func__);
	return MHD_YES;
}

static enum MHD_Result
take(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct taking *t = arg;
	size_t i;

	(void)kind;
	if (strcmp(key, "toxic") == 0)
		return take_toxic(t, value);
	for (i = 0; i < nitems(arguments); i++) {
		if (strcmp(key, arguments[i].name) == 0)
			return take_argument(t, &arguments[i], value);
	}
	return reply_no_argument(t->request, key);
}

static int
is_sound(struct taking *t)
{
	const struct wait_subject *hits = &subjects[SUBJECT_HITS];

	MHD_get_connection_values(
	    t->request->connection, MHD_GET_ARGUMENT_KIND, take, t);
	if (t->request->response != NULL)
		return 0;
	if (t->query->subject == NULL && t->query->toxic != NULL) {
		t->query->subject = hits;
		t->query->wanted = 1;
	}
	if (t->query->subject == NULL)
		refuse(t, "expected sessions=, ended=, or toxic= and hits=");
	else if ((t->query->subject == hits) != (t->query->toxic != NULL))
		refuse(t, "toxic goes with hits, and hits with toxic");
	return t->request->response == NULL;
}

int
wait_query(struct request *r, struct wait_query *q)
{
	struct taking t = { r, q };

	*q = (struct wait_query){ .timeout = TIMEOUT_MS };
	return is_sound(&t);
}

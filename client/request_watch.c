/* SPDX-License-Identifier: ISC */
/* The calls of toxi_watch.h, as what is asked of the server. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "proxy_session.h"
#include "request_parts.h"

#define WAIT_MS 30000 /* where nothing is said */

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

#define STATES (2 * TOXI_SESSION_ENDED - 1) /* all of them */

static const char no_sessions[] =
    "the server does not say what goes through its proxies";

/* "?key=value", or "&" where there is one before it. */
static void
put(FILE *f, char *mark, const char *key, const char *value, int *rc)
{
	char *escaped;

	if (value == NULL)
		return;
	if ((escaped = request_escape(value)) == NULL)
		*rc = -1;
	else
		fprintf(f, "%c%s=%s", *mark, key, escaped);
	free(escaped);
	*mark = '&';
}

/* -1: no memory */
static int
write_filter(FILE *f, const struct toxi_proxy_session_filter *filter)
{
	unsigned int state;
	char mark = '?';
	int rc = 0;

	put(f, &mark, "cursor", filter->cursor, &rc);
	put(f, &mark, "client", filter->client, &rc);
	for (state = 1; state < STATES; state <<= 1)
		if ((filter->states & state) != 0)
			put(f, &mark, "state",
			    proxy_session_word(
				(enum toxi_proxy_session_state)state),
			    &rc);
	return rc;
}

void
request_proxy_session_list(
    struct request *r, const struct toxi_proxy_session_filter *filter)
{
	static const struct toxi_proxy_session_filter none;
	char *before = NULL;
	size_t size;
	FILE *f;
	int rc;

	request_begin(
	    r, "toxi_proxy_session_list", "GET", ANSWER_PROXY_SESSIONS);
	r->lack = no_sessions;
	if (filter == NULL)
		filter = &none;
	if ((filter->states & ~(unsigned int)STATES) != 0) {
		fail(&r->error, TOXI_ERR_ARGUMENT, "no such state");
		return;
	}
	if (filter->proxy != NULL &&
	    (before = request_path(r, "/proxies", "proxy", filter->proxy)) ==
		NULL)
		return;
	if ((f = open_memstream(&r->path, &size)) == NULL) {
		r->path = NULL;
		fail_nomem(&r->error);
	} else {
		fprintf(f, "%s/sessions", before != NULL ? before : "");
		rc = write_filter(f, filter);
		if (fclose(f) == EOF || rc == -1)
			fail_nomem(&r->error);
	}
	free(before);
}

/* "/proxies/NAME/sessions/ID", and more. */
static void
at_session(
    struct request *r, const char *proxy, const char *id, const char *behind)
{
	request_at_proxy(r, proxy, "/sessions");
	request_step(r, "session", id);
	request_behind(r, behind);
}

void
request_proxy_session_get(struct request *r, const char *proxy, const char *id)
{
	request_begin(r, "toxi_proxy_session_get", "GET", ANSWER_PROXY_SESSION);
	r->lack = no_sessions;
	at_session(r, proxy, id, "");
}

void
request_proxy_session_end(struct request *r, const char *proxy, const char *id,
    enum toxi_ending ending)
{
	request_begin(r, "toxi_proxy_session_end", "DELETE", ANSWER_NOTHING);
	r->lack = no_sessions;
	at_session(r, proxy, id, ending == TOXI_RESET ? "?mode=reset" : "");
}

/* What was to be asked of a proxy's toxics is of those of one session's own. */
static void
on_session(
    struct request *r, const char *call, const char *proxy, const char *id)
{
	char *of_proxy = r->path; /* "/proxies/NAME/toxics", and more */

	r->error.call = call;
	r->lack = no_sessions;
	if (r->error.code != TOXI_OK)
		return;
	at_session(r, proxy, id, strchr(of_proxy + strlen("/proxies/"), '/'));
	free(of_proxy);
}

void
request_proxy_session_toxic_add(struct request *r, const char *proxy,
    const char *id, const struct toxi_toxic *toxic)
{
	request_toxic_add(r, proxy, toxic);
	on_session(r, "toxi_proxy_session_toxic_add", proxy, id);
}

void
request_proxy_session_toxic_get(
    struct request *r, const char *proxy, const char *id, const char *name)
{
	request_toxic_get(r, proxy, name);
	on_session(r, "toxi_proxy_session_toxic_get", proxy, id);
}

void
request_proxy_session_toxic_list(
    struct request *r, const char *proxy, const char *id)
{
	request_toxic_list(r, proxy);
	on_session(r, "toxi_proxy_session_toxic_list", proxy, id);
}

void
request_proxy_session_toxic_update(struct request *r, const char *proxy,
    const char *id, const struct toxi_toxic *toxic)
{
	request_toxic_update(r, proxy, toxic);
	on_session(r, "toxi_proxy_session_toxic_update", proxy, id);
}

void
request_proxy_session_toxic_remove(
    struct request *r, const char *proxy, const char *id, const char *name)
{
	request_toxic_remove(r, proxy, name);
	on_session(r, "toxi_proxy_session_toxic_remove", proxy, id);
}

/* ---- did it hit? */

static const char no_counts[] = "the server does not count what toxics do";

void
request_proxy_stats(struct request *r, const char *name)
{
	request_begin(r, "toxi_proxy_stats", "GET", ANSWER_STATS);
	r->lack = no_counts;
	request_at_proxy(r, name, "/stats");
}

/* It is one thing that is waited for. */
static int
makes_sense(const struct toxi_wait *w)
{
	if (w->hits < 0 || w->sessions < 0 || w->ended < 0 ||
	    (w->toxic == NULL && w->hits > 0))
		return 0;
	return (w->toxic != NULL) + (w->sessions > 0) + (w->ended > 0) == 1;
}

/* "toxic=slow&hits=2", "sessions=3", by malloc; NULL: no memory. */
static char *
subject_of(const struct toxi_wait *w)
{
	char *toxic = NULL, *text = NULL;
	int n = -1;

	if (w->sessions > 0)
		n = asprintf(&text, "sessions=%" PRId64, w->sessions);
	else if (w->ended > 0)
		n = asprintf(&text, "ended=%" PRId64, w->ended);
	else if ((toxic = request_escape(w->toxic)) != NULL)
		n = asprintf(&text, "toxic=%s&hits=%" PRId64, toxic,
		    w->hits > 0 ? w->hits : 1);
	free(toxic);
	return n != -1 ? text : NULL;
}

void
request_wait(struct request *r, const char *proxy, const struct toxi_wait *w)
{
	char *subject, *behind = NULL;

	request_begin(r, "toxi_wait", "GET", ANSWER_WAITED);
	r->lack = no_counts;
	if (!makes_sense(w)) {
		fail(&r->error, TOXI_ERR_ARGUMENT,
		    "one of toxic, sessions and ended is to be waited for");
		return;
	}
	if (w->timeout_ms >= 0)
		r->waits_ms = w->timeout_ms > 0 ? w->timeout_ms : WAIT_MS;
	subject = subject_of(w);
	if (subject == NULL ||
	    asprintf(&behind, "/wait?%s&timeout=%d", subject, r->waits_ms) ==
		-1) {
		fail_nomem(&r->error);
	} else {
		request_at_proxy(r, proxy, behind);
		free(behind);
	}
	free(subject);
}

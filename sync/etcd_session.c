/* SPDX-License-Identifier: ISC */
/* Requests to etcd, and who makes them. */

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "etcd_session.h"
#include "http.h"
#include "log.h"
#include "must.h"
#include "options.h"
#include "secret.h"
#include "text.h"

#define TOKEN_WITHIN_MS 5000
#define TOKEN_ANSWER_MAX 65536

struct session_call {
	TAILQ_ENTRY(session_call) entry;
	struct session_request request;
	struct http_call *http; /* NULL: it waits for a token */
	int has_asked_again;
};

static struct {
	const struct options *options;
	size_t at; /* of the end points */
	char *token;
	struct http_call *authenticating;
	TAILQ_HEAD(, session_call) calls;
} session;

const char *
session_where(void)
{
	return session.options->etcd.url[session.at];
}

void
session_next(void)
{
	session.at = (session.at + 1) % session.options->etcd.n;
}

void
session_forget_token(void)
{
	secret_free(session.token);
	session.token = NULL;
}

/* ---- a call */

static void
call_free(struct session_call *c)
{
	TAILQ_REMOVE(&session.calls, c, entry);
	http_cancel(c->http);
	free(c->request.body);
	free(c);
}

void
session_cancel(struct session_call *c)
{
	if (c != NULL)
		call_free(c);
}

/* The last of a call. */
static void
end(struct session_call *c, const struct etcd_answer *answer,
    const char *failure)
{
	session_fn *on_end = c->request.on_end;

	call_free(c);
	on_end(answer, failure);
}

static void
on_line(void *arg, const char *line, size_t len)
{
	const struct session_call *c = arg;
	const struct etcd_answer answer = { 200, line, len };

	c->request.on_line(&answer);
}

static void start(struct session_call *);

/* It says that the token is none. */
static int
wants_token(const struct etcd_answer *answer)
{
	struct etcd_header header;
	struct etcd_error err;

	return answer->status != 200 &&
	    etcd_read_done(answer, &header, &err) == -1 &&
	    etcd_wants_token(&err);
}

static void
on_end(void *arg, const struct http_answer *a)
{
	struct session_call *c = arg;
	const struct etcd_answer answer = { a->status, a->text, a->len };

	c->http = NULL;
	if (a->failure != NULL) {
		end(c, NULL, a->failure);
		return;
	}
	if (session.options->user != NULL && !c->has_asked_again &&
	    wants_token(&answer)) {
		c->has_asked_again = 1;
		session_forget_token();
		start(c);
		return;
	}
	end(c, &answer, NULL);
}

static void
post(struct session_call *c)
{
	char *url = text_format("%s%s", session_where(), c->request.path);
	char *header = session.token != NULL
	    ? text_format("Authorization: %s", session.token)
	    : NULL;
	const struct http_request r = {
		.method = "POST",
		.url = url,
		.body = c->request.body,
		/* a stream ends where its member has no leader any more */
		.headers = { header,
		    c->request.on_line != NULL ? "Grpc-Metadata-Hasleader: true"
					       : NULL },
		.tls = &session.options->etcd_tls,
		.timeout_ms = c->request.timeout_ms,
		.answer_max = c->request.answer_max,
		.on_line = c->request.on_line != NULL ? on_line : NULL,
		.on_end = on_end,
		.arg = c,
	};

	c->http = http_start(&r);
	secret_free(header);
	free(url);
}

/* ---- a token */

static void
fail_waiting(const char *why)
{
	struct session_call *c;

	/* One may end others: from the beginning each time. */
again:
	TAILQ_FOREACH (c, &session.calls, entry) {
		if (c->http != NULL)
			continue;
		end(c, NULL, why);
		goto again;
	}
}

static void
post_waiting(void)
{
	struct session_call *c;

	TAILQ_FOREACH (c, &session.calls, entry) {
		if (c->http == NULL)
			post(c);
	}
}

static void
on_token(void *arg, const struct http_answer *a)
{
	const struct etcd_answer answer = { a->status, a->text, a->len };
	struct etcd_error err;

	(void)arg;
	session.authenticating = NULL;
	if (a->failure != NULL)
		fail_waiting(a->failure);
	else if (etcd_read_token(&answer, &session.token, &err) == -1)
		fail_waiting(err.message);
	else
		post_waiting();
}

static void
authenticate(const char *password)
{
	char *url = text_format("%s" ETCD_AUTHENTICATE, session_where());
	char *body = etcd_authenticate(session.options->user, password);
	const struct http_request r = {
		.method = "POST",
		.url = url,
		.body = body != NULL ? body : "{}", /* no UTF-8: no such user */
		.tls = &session.options->etcd_tls,
		.timeout_ms = TOKEN_WITHIN_MS,
		.answer_max = TOKEN_ANSWER_MAX,
		.on_end = on_token,
	};

	session.authenticating = http_start(&r);
	secret_free(body);
	free(url);
}

/* Without a password nothing is said by a user: etcd will say what it wants. */
static void
start(struct session_call *c)
{
	char *password = NULL;

	if (session.options->user != NULL && session.token == NULL) {
		if (session.authenticating != NULL)
			return;
		password = secret_read(session.options->password_file);
	}
	if (password != NULL)
		authenticate(password);
	else
		post(c);
	secret_free(password);
}

struct session_call *
session_ask(const struct session_request *r)
{
	struct session_call *c = must(calloc(1, sizeof(*c)));

	c->request = *r;
	must(r->body);
	TAILQ_INSERT_TAIL(&session.calls, c, entry);
	start(c);
	return c;
}

void
session_open(const struct options *options)
{
	session.options = options;
	TAILQ_INIT(&session.calls);
}

void
session_close(void)
{
	struct session_call *c;

	while ((c = TAILQ_FIRST(&session.calls)) != NULL)
		call_free(c);
	http_cancel(session.authenticating);
	session.authenticating = NULL;
	session_forget_token();
}

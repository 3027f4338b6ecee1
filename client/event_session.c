/* SPDX-License-Identifier: ISC */
/* A session of the server's, held by a libevent loop. */

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "event_client.h"
#include "event_session.h"
#include "failure.h"
#include "sigpipe.h"

struct event_session {
	CURLM *multi;
	const struct settings *settings;
	void (*told)(void *, const struct toxi_error *);
	void *arg;
	struct event *again;
	int ms;
	int has_begun, is_gone;
	char id[SESSION_ID_MAX + 1];
	struct session_line line; /* its easy handle: NULL, there is none now */
	CURL *easy;
};

static void
heard(struct session_line *line)
{
	struct event_session *s = line->arg;

	memcpy(s->id, line->id, sizeof(s->id));
	s->ms = AGAIN_MS;
	s->is_gone = 0;
	if (!s->has_begun)
		s->told(s->arg, NULL);
	s->has_begun = 1;
}

static void
hang_up(struct event_session *s)
{
	if (s->easy != NULL)
		curl_multi_remove_handle(s->multi, s->easy);
	curl_easy_cleanup(s->easy);
	s->easy = NULL;
	transfer_free(&s->line.transfer);
	memset(&s->line, 0, sizeof(s->line));
}

/* Only who has had one comes back to it. */
static void
try_again(struct event_session *s, CURLcode code)
{
	const struct timeval tv = { .tv_sec = s->ms / 1000,
		.tv_usec = s->ms % 1000 * 1000L };
	struct toxi_error error;

	session_line_end(&s->line, code, &error);
	hang_up(s);
	if (!s->has_begun) {
		s->told(s->arg, &error);
		return;
	}
	if (failure_is_gone(&error))
		s->is_gone = 1;
	s->ms = s->ms < AGAIN_MAX_MS / 2 ? s->ms * 2 : AGAIN_MAX_MS;
	evtimer_add(s->again, &tv);
}

static void
begin(struct event_session *s)
{
	CURLcode code = CURLE_OUT_OF_MEMORY;

	s->easy = curl_easy_init();
	s->line.heard = heard;
	s->line.arg = s;
	if (session_line_begin(
		&s->line, s->settings, s->easy, s->is_gone ? "" : s->id) == 0) {
		curl_easy_setopt(s->easy, CURLOPT_PRIVATE, NULL);
		if (curl_multi_add_handle(s->multi, s->easy) == CURLM_OK)
			return;
	}
	try_again(s, code);
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	begin(arg);
}

struct event_session *
event_session_new(struct event_base *base, CURLM *multi,
    const struct settings *settings,
    void (*told)(void *, const struct toxi_error *), void *arg)
{
	struct event_session *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->multi = multi;
	s->settings = settings;
	s->told = told;
	s->arg = arg;
	s->ms = AGAIN_MS;
	if ((s->again = evtimer_new(base, on_again, s)) == NULL) {
		free(s);
		return NULL;
	}
	begin(s);
	return s;
}

void
event_session_free(struct event_session *s)
{
	struct sigpipe sigpipe;

	if (s == NULL)
		return;
	sigpipe_hold(&sigpipe, s->settings->may_sigpipe);
	hang_up(s);
	sigpipe_release(&sigpipe);
	event_free(s->again);
	free(s);
}

int
event_session_ended(struct event_session *s, CURL *easy, CURLcode code)
{
	if (s == NULL || s->easy != easy)
		return 0;
	try_again(s, code);
	return 1;
}

const char *
event_session_id(const struct event_session *s)
{
	return s != NULL ? s->id : "";
}

/* ---- a client's */

/* From within libcurl: it is called back with the others. */
static void
session_told(void *arg, const struct toxi_error *error)
{
	struct toxi_event *client = arg;
	struct toxi_call *call = client->opens;

	if (call == NULL)
		return;
	client->opens = NULL;
	TAILQ_REMOVE(&client->under_way, call, entry);
	if (error != NULL)
		event_fail_call(call, error);
	event_complete(call);
	event_active(client->later, EV_TIMEOUT, 0);
}

/* One session at a time is a client's. */
static int
may_open(const struct toxi_event *client)
{
	return client->opens == NULL &&
	    *event_session_id(client->session) == '\0';
}

static void
open_session(struct toxi_call *call)
{
	struct toxi_event *client = call->client;
	struct toxi_error err;

	failure_begin(&err, NULL, call->transfer.request.error.call);
	TAILQ_INSERT_TAIL(&client->under_way, call, entry);
	client->opens = call;
	event_session_free(client->session); /* it was never one */
	client->session = event_session_new(client->base, client->multi,
	    &client->settings, session_told, client);
	if (client->session != NULL)
		return;
	fail_nomem(&err);
	session_told(client, &err);
}

struct toxi_call *
toxi_event_session_open(struct toxi_event *client, toxi_event_fn *fn, void *arg)
{
	struct toxi_call *call;
	struct toxi_error err;

	if (client->is_freed || (call = calloc(1, sizeof(*call))) == NULL)
		return NULL;
	call->client = client;
	call->fn = fn;
	call->arg = arg;
	call->transfer.request.error.call = "toxi_session_open";
	if (may_open(client)) {
		open_session(call);
		return call;
	}
	failure_begin(&err, NULL, "toxi_session_open");
	fail(&err, TOXI_ERR_ARGUMENT, "the client has a session");
	event_fail_call(call, &err);
	event_complete(call);
	event_active(client->later, EV_TIMEOUT, 0);
	return call;
}

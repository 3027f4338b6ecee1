/* SPDX-License-Identifier: ISC */
/* See proxy_session.h.  Each result keeps the JSON, and points into it. */

#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "failure.h"
#include "proxy_session.h"

struct session_result {
	struct toxi_proxy_session session; /* first: freed by its address */
	struct toxi_toxic_work *toxics;    /* the same, as ours */
	json_t *kept;
};

struct sessions_result {
	struct toxi_proxy_sessions sessions;
	struct toxi_proxy_session *list; /* the same, as ours */
	json_t *kept;
};

static const struct {
	enum toxi_proxy_session_state state;
	const char *word;
} states[] = {
	{ TOXI_SESSION_DIALLING, "dialling" },
	{ TOXI_SESSION_OPEN, "open" },
	{ TOXI_SESSION_HALF_CLOSED, "half-closed" },
	{ TOXI_SESSION_DRAINING, "draining" },
	{ TOXI_SESSION_ENDED, "ended" },
};
#define NSTATES (sizeof(states) / sizeof(states[0]))

const char *
proxy_session_word(enum toxi_proxy_session_state state)
{
	size_t i;

	for (i = 0; i < NSTATES; i++)
		if (states[i].state == state)
			return states[i].word;
	return NULL;
}

static enum toxi_proxy_session_state
state_of(const char *word)
{
	size_t i;

	for (i = 0; i < NSTATES; i++)
		if (strcmp(states[i].word, word) == 0)
			return states[i].state;
	return (enum toxi_proxy_session_state)0;
}

static int64_t
number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static int
fill(struct toxi_proxy_session *s, const json_t *json, struct toxi_error *err)
{
	const json_t *bytes = json_object_get(json, "bytes");
	const char *state = decode_text(json, "state");

	s->proxy = decode_text(json, "proxy");
	if (s->proxy == NULL || state == NULL)
		return fail(err, TOXI_ERR_PROTOCOL,
		    "the answer has a session without a proxy or a state");
	s->state = state_of(state);
	s->id = decode_text(json, "id");
	s->client = decode_text(json, "client");
	s->upstream = decode_text(json, "upstream");
	s->address = decode_text(json, "address");
	s->age_ms = number(json, "age_ms");
	s->sent[TOXI_UPSTREAM] = number(bytes, "upstream");
	s->sent[TOXI_DOWNSTREAM] = number(bytes, "downstream");
	s->held_bytes = number(json, "held_bytes");
	s->cause = decode_text(json, "cause");
	s->why = decode_text(json, "why");
	s->toxic = decode_text(json, "toxic");
	s->ended_ms = number(json, "ended_ms");
	s->sessions =
	    s->state == TOXI_SESSION_ENDED ? number(json, "sessions") : 1;
	return 0;
}

static int
fill_work(struct toxi_toxic_work *w, const json_t *json, struct toxi_error *err)
{
	const json_t *select = json_object_get(json, "select"), *index;
	const char *stream = decode_text(json, "stream");

	w->name = decode_text(json, "name");
	w->type = decode_text(json, "type");
	if (w->name == NULL || w->type == NULL || stream == NULL)
		return fail(err, TOXI_ERR_PROTOCOL,
		    "the answer has a toxic without a name, type or stream");
	w->stream =
	    strcmp(stream, "upstream") == 0 ? TOXI_UPSTREAM : TOXI_DOWNSTREAM;
	w->is_active = json_is_true(json_object_get(json, "active"));
	w->is_own = json_is_true(json_object_get(json, "own"));
	w->delayed_bytes = number(json, "delayed_bytes");
	w->dropped_bytes = number(json, "dropped_bytes");
	w->slices = number(json, "slices");
	w->cuts = number(json, "cuts");
	w->decided = decode_text(select, "decided");
	index = json_object_get(select, "index");
	w->index = json_is_integer(index) ? json_integer_value(index) : -1;
	return 0;
}

static int
fill_one(struct session_result *r, const json_t *json, struct toxi_error *err)
{
	const json_t *toxics = json_object_get(json, "toxics");
	const size_t n = json_array_size(toxics);
	size_t i;

	if (fill(&r->session, json, err) == -1)
		return -1;
	if ((r->toxics = calloc(n + 1, sizeof(*r->toxics))) == NULL)
		return fail_nomem(err);
	for (i = 0; i < n; i++)
		if (fill_work(&r->toxics[i], json_array_get(toxics, i), err) ==
		    -1)
			return -1;
	r->session.toxics = r->toxics;
	r->session.n_toxics = n;
	return 0;
}

static int
fill_page(struct sessions_result *r, const json_t *json, struct toxi_error *err)
{
	const json_t *sessions = json_object_get(json, "sessions");
	const size_t n = json_array_size(sessions);
	size_t i;

	if (!json_is_array(sessions))
		return fail(err, TOXI_ERR_PROTOCOL,
		    "the answer does not say what goes through proxies");
	if ((r->list = calloc(n + 1, sizeof(*r->list))) == NULL)
		return fail_nomem(err);
	for (i = 0; i < n; i++)
		if (fill(&r->list[i], json_array_get(sessions, i), err) == -1)
			return -1;
	r->sessions.list = r->list;
	r->sessions.n = n;
	r->sessions.next = decode_text(json, "next");
	r->sessions.connections = number(json, "connections");
	return 0;
}

void
proxy_session_free(struct toxi_proxy_session *session)
{
	struct session_result *r = (struct session_result *)session;

	if (r == NULL)
		return;
	json_decref(r->kept);
	free(r->toxics);
	free(r);
}

void
proxy_sessions_free(struct toxi_proxy_sessions *sessions)
{
	struct sessions_result *r = (struct sessions_result *)sessions;

	if (r == NULL)
		return;
	json_decref(r->kept);
	free(r->list);
	free(r);
}

struct toxi_proxy_session *
proxy_session_decode(json_t *json, struct toxi_error *err)
{
	struct session_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	r->kept = json_incref(json);
	if (fill_one(r, json, err) == 0)
		return &r->session;
	proxy_session_free(&r->session);
	return NULL;
}

struct toxi_proxy_sessions *
proxy_sessions_decode(json_t *json, struct toxi_error *err)
{
	struct sessions_result *r = calloc(1, sizeof(*r));

	if (r == NULL) {
		fail_nomem(err);
		return NULL;
	}
	r->kept = json_incref(json);
	if (fill_page(r, json, err) == 0)
		return &r->sessions;
	proxy_sessions_free(&r->sessions);
	return NULL;
}

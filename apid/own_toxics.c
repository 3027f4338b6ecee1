/* SPDX-License-Identifier: ISC */
/*
 * /proxies/{proxy}/sessions/{session}/toxics, and each of them: toxics of one
 * session's own.  They are its worker's to know, as all of sessions.
 */

#include <stdlib.h>
#include <string.h>

#include "attributes.h"
#include "log.h"
#include "relayed.h"
#include "text_put.h"

/* What is asked, and what has come of it so far. */
struct work {
	struct own_toxic asked;
	struct toxic_spec found; /* that of the name; of no kind: none */
	struct writer all;       /* of who asks for all of them */
	const char *comma;
};

static void
work_free(void *arg)
{
	struct work *w = arg;

	if (w->all.f != NULL)
		writer_finish(&w->all);
	free(w->all.text);
	free(w);
}

/* Of the session and the toxic that its path says; NULL: it has replied. */
static struct work *
work_new(struct request *r, enum session_wish wish)
{
	struct relayed_query q = { .ask = { .wish = wish } };
	struct work *w;

	if (!relayed_query(r, 0, &q) || !relayed_is_called(r, &q.ask))
		return NULL;
	if (r->own_toxic != NULL && strlen(r->own_toxic) > TOXIC_NAME_MAX) {
		reply_error(r, 404, "toxic not found");
		return NULL;
	}
	if ((w = calloc(1, sizeof(*w))) == NULL)
		fatal("%s", __func__);
	w->asked.of.proxy = r->key;
	w->asked.of.ask = q.ask;
	w->comma = "";
	if (r->own_toxic != NULL)
		text_put(w->asked.spec.name, sizeof(w->asked.spec.name),
		    r->own_toxic);
	r->work = w;
	r->work_free = work_free;
	return w;
}

static const struct toxic_spec *
spec_of(const struct msg *m)
{
	return m->type == MSG_API_OWN_TOXIC ? msg_get_toxic_spec(m) : NULL;
}

static void
take_one(struct ask *a, const struct msg *m)
{
	struct work *w = request_of(a)->work;
	const struct toxic_spec *spec = spec_of(m);

	if (spec != NULL && strcmp(spec->name, w->asked.spec.name) == 0)
		w->found = *spec;
}

/* As it is, or as it was made, or has become. */
static void
one_answered(struct ask *a, const struct answer *answer)
{
	struct request *r = request_of(a);
	const struct work *w = r->work;
	struct writer text;

	if (answer->code != ANSWER_OK) {
		reply_answer(r, answer);
	} else if (w->found.kind == TOXIC_NONE) {
		reply_error(r, 404, "toxic not found");
	} else {
		writer_open(&text);
		encode_toxic(text.f, &w->found);
		reply_json(r, 200, &text);
	}
	request_wake(r);
}

/* ---- all of them */

static void
take_all(struct ask *a, const struct msg *m)
{
	struct work *w = request_of(a)->work;
	const struct toxic_spec *spec = spec_of(m);

	if (spec == NULL)
		return;
	fputs(w->comma, w->all.f);
	w->comma = ",";
	encode_toxic(w->all.f, spec);
}

static void
all_answered(struct ask *a, const struct answer *answer)
{
	struct request *r = request_of(a);
	struct work *w = r->work;
	struct writer text;

	if (answer->code != ANSWER_OK) {
		reply_answer(r, answer);
	} else {
		writer_finish(&w->all);
		writer_open(&text);
		fprintf(text.f, "[%s]", w->all.text);
		reply_json(r, 200, &text);
	}
	request_wake(r);
}

void
own_toxic_index(struct request *r)
{
	struct work *w = work_new(r, WISH_OWN_TOXICS);

	if (w == NULL)
		return;
	writer_open(&w->all);
	r->ask.told = take_all;
	r->ask.answered = all_answered;
	ask(&r->ask, MSG_PROXY_SESSIONS, &w->asked.of);
}

/* ---- one */

static void
ask_which(struct request *r, struct work *w,
    void (*answered)(struct ask *, const struct answer *))
{
	r->ask.told = take_one;
	r->ask.answered = answered;
	ask(&r->ask, MSG_PROXY_SESSIONS, &w->asked.of);
}

void
own_toxic_show(struct request *r)
{
	struct work *w = work_new(r, WISH_OWN_TOXICS);

	if (w != NULL)
		ask_which(r, w, one_answered);
}

void
own_toxic_delete(struct request *r)
{
	struct work *w = work_new(r, WISH_OWN_REMOVE);

	if (w == NULL)
		return;
	r->ask.answered = request_answered;
	ask(&r->ask, MSG_OWN_TOXIC_DELETE, &w->asked);
}

/* ---- what is sent */

/* What a proxy's may have, and it has not. */
static int
refuse_of_proxies(
    const struct toxic_spec *spec, int has_lease, struct failure *f)
{
	struct toxic_spec asked;
	struct toxic_fault fault;

	toxic_spec_copy(&asked, spec);
	asked.lease = has_lease;
	if (toxic_own_check(&asked, &fault) == 0)
		return 0;
	failure_set(f, 400, "invalid attribute %s: %s", fault.field, fault.why);
	failure_at(f, fault.field);
	return -1;
}

static int
decode_new(
    struct request *r, struct toxic_spec *spec, json_t *json, struct failure *f)
{
	return decode_toxic(spec, replica_by_key(&r->key), json, f) == 0
	    ? refuse_of_proxies(spec, spec->lease != 0, f)
	    : -1;
}

void
own_toxic_create(struct request *r)
{
	struct work *w = work_new(r, WISH_OWN_ADD);
	json_t *json = w != NULL ? request_json(r) : NULL;
	struct failure f;
	int decoded;

	if (json == NULL)
		return;
	decoded = decode_new(r, &w->asked.spec, json, &f);
	json_decref(json);
	if (decoded == -1) {
		reply_failure_about(r, &f);
		return;
	}
	r->ask.told = take_one;
	r->ask.answered = one_answered;
	ask(&r->ask, MSG_OWN_TOXIC_CREATE, &w->asked);
}

static int
decode_change(struct own_toxic *own, const struct toxic_spec *was, json_t *json,
    struct failure *f)
{
	struct toxic_update u = { .values_given = 0 };

	if (decode_toxic_update(&u, was, json, f) == -1 ||
	    refuse_of_proxies(&u.spec, u.has_lease, f) == -1)
		return -1;
	own->has_toxicity = u.has_toxicity;
	own->has_select = u.has_select;
	own->has_waves = u.has_waves;
	own->values_given = u.values_given;
	own->spec = u.spec;
	return 0;
}

/* Its type says how the body is to be read. */
static void
ask_update(struct request *r, struct work *w)
{
	json_t *json = request_json(r);
	struct failure f;
	int decoded;

	if (json == NULL)
		return;
	decoded = decode_change(&w->asked, &w->found, json, &f);
	json_decref(json);
	if (decoded == -1) {
		reply_failure(r, &f);
		return;
	}
	w->asked.of.ask.wish = WISH_OWN_UPDATE;
	w->found.kind = TOXIC_NONE;
	r->ask.told = take_one;
	r->ask.answered = one_answered;
	ask(&r->ask, MSG_OWN_TOXIC_UPDATE, &w->asked);
}

static void
update_found(struct ask *a, const struct answer *answer)
{
	struct request *r = request_of(a);
	struct work *w = r->work;

	if (answer->code != ANSWER_OK)
		reply_answer(r, answer);
	else if (w->found.kind == TOXIC_NONE)
		reply_error(r, 404, "toxic not found");
	else
		ask_update(r, w);
	if (r->response != NULL)
		request_wake(r);
}

void
own_toxic_update(struct request *r)
{
	struct work *w = work_new(r, WISH_OWN_TOXICS);

	if (w != NULL)
		ask_which(r, w, update_found);
}

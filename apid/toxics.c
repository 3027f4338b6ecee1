/* SPDX-License-Identifier: ISC */
/* /proxies/{proxy}/toxics and /proxies/{proxy}/toxics/{toxic} */

#include <stdlib.h>
#include <string.h>

#include "apid.h"
#include "log.h"
#include "sessions.h"
#include "text_put.h"

static void
show(struct request *r, const struct toxic_spec *spec)
{
	struct writer w;

	writer_open(&w);
	encode_toxic(w.f, spec);
	reply_json(r, 200, &w);
}

void
toxic_index(struct request *r)
{
	const struct proxy *p = request_proxy(r);
	struct writer w;

	if (p == NULL)
		return;
	writer_open(&w);
	encode_toxics(w.f, p);
	reply_json(r, 200, &w);
}

/* NULL: it has replied. */
static const struct toxic *
named_toxic(struct request *r)
{
	const struct proxy *p = request_proxy(r);
	const struct toxic *t;

	if (p == NULL)
		return NULL;
	if ((t = replica_toxic_find(p, r->toxic)) == NULL)
		reply_error(r, 404, "toxic not found");
	return t;
}

void
toxic_show(struct request *r)
{
	const struct toxic *t = named_toxic(r);

	if (t != NULL)
		show(r, t->spec);
}

#define LONG_OVER 1 /* ns after the boot */

/* When it ends, only ctld knows; asked: for how many ms it was to be. */
static int64_t
lease_of(uint32_t proxy_id, const char *name, int64_t asked)
{
	const struct proxy *p = replica_by_id(proxy_id);
	const struct toxic *t = p != NULL ? replica_toxic_find(p, name) : NULL;

	if (t != NULL)
		return t->spec->lease;
	return asked > 0 ? LONG_OVER : 0;
}

/* It was made as it was asked for, whatever has become of it since. */
static void
create_answered(struct ask *a, const struct answer *answer)
{
	struct request *r = request_of(a);
	struct toxic_spec *spec = &((struct toxic_create *)r->work)->spec;

	if (answer->code == ANSWER_OK) {
		spec->lease =
		    lease_of(answer->proxy_id, spec->name, spec->lease);
		show(r, spec);
	} else {
		reply_answer(r, answer);
	}
	request_wake(r);
}

static int
decode_create(struct request *r, struct toxic_spec *spec, struct failure *f)
{
	json_t *json;
	int decoded;

	if (decode_body(&json, r->body, r->body_len, f) == -1)
		return -1;
	decoded = decode_toxic(spec, replica_by_key(&r->key), json, f);
	json_decref(json);
	return decoded;
}

void
toxic_create(struct request *r)
{
	struct toxic_create *create;
	struct session_id session;
	struct failure f;

	if (!request_names_fit(r) || !request_session(r, &session))
		return;
	if ((create = calloc(1, sizeof(*create))) == NULL)
		fatal("%s", __func__);
	if (decode_create(r, &create->spec, &f) == -1) {
		free(create);
		reply_failure_about(r, &f);
		return;
	}
	create->proxy = r->key;
	create->session = session;
	r->ask.answered = create_answered;
	r->work = create;
	r->work_free = free;
	ask(&r->ask, MSG_TOXIC_CREATE, create);
}

static void
update_answered(struct ask *a, const struct answer *answer)
{
	struct request *r = request_of(a);
	const struct toxic *t;

	if (answer->code != ANSWER_OK)
		reply_answer(r, answer);
	else if ((t = named_toxic(r)) != NULL)
		show(r, t->spec);
	request_wake(r);
}

/* The toxic's type says how the body is to be read. */
static void
ask_update(struct request *r, const struct toxic_spec *was)
{
	struct toxic_update update = { .values_given = 0 };
	json_t *json = request_json(r);
	struct failure f;
	int decoded;

	if (json == NULL)
		return;
	decoded = decode_toxic_update(&update, was, json, &f);
	json_decref(json);
	if (decoded == -1) {
		reply_failure(r, &f);
		return;
	}
	update.proxy = r->key;
	r->ask.answered = update_answered;
	ask(&r->ask, MSG_TOXIC_UPDATE, &update);
}

/* All that was under way has been done: now the replica knows. */
static void
await_answered(struct ask *a, const struct answer *answer)
{
	struct request *r = request_of(a);
	const struct toxic *t;

	if (answer->code != ANSWER_OK)
		reply_answer(r, answer);
	else if ((t = named_toxic(r)) != NULL)
		ask_update(r, t->spec);
	if (r->response != NULL)
		request_wake(r);
}

void
toxic_update(struct request *r)
{
	const struct proxy *p;
	const struct toxic *t;

	if (!request_names_fit(r))
		return;
	p = replica_by_key(&r->key);
	if (p != NULL && (t = replica_toxic_find(p, r->toxic)) != NULL) {
		ask_update(r, t->spec);
		return;
	}
	r->ask.answered = await_answered;
	ask(&r->ask, MSG_PROXY_AWAIT, &r->key);
}

void
toxic_delete(struct request *r)
{
	struct toxic_name name = { .proxy = r->key };

	if (!request_names_fit(r))
		return;
	text_put(name.name, sizeof(name.name), r->toxic);
	r->ask.answered = request_answered;
	ask(&r->ask, MSG_TOXIC_DELETE, &name);
}

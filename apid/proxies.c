/* SPDX-License-Identifier: ISC */
/* /proxies and /proxies/{proxy}, /state, and /version. */

#include <string.h>

#include "apid.h"
#include "scenarios.h"
#include "sessions.h"
#include "version.h"

static void
show(struct request *r, int status, const struct proxy *p)
{
	struct writer w;

	writer_open(&w);
	encode_proxy(w.f, p);
	reply_json(r, status, &w);
}

struct index {
	struct writer w;
	int has_names;
	int has_tenants; /* of more than one */
	const char *comma;
};

static void
write_scenario(FILE *f, const struct scenario *s)
{
	fputs(",\"scenario\":", f);
	encode_scenario_as_asked(f, s);
}

static void
index_one(const struct proxy *p, void *arg)
{
	struct index *in = arg;

	fputs(in->comma, in->w.f);
	in->comma = ",";
	if (in->has_names) {
		encode_key(in->w.f, &p->state.key, in->has_tenants);
		fputc(':', in->w.f);
		encode_proxy(in->w.f, p);
	} else {
		encode_proxy_as_asked(in->w.f, p, write_scenario);
	}
}

/* As an object by their names, or as an array. */
static void
show_all(struct request *r, int has_names)
{
	struct index in = { .has_names = has_names,
		.has_tenants = r->is_for_all,
		.comma = "" };

	writer_open(&in.w);
	fputc(has_names ? '{' : '[', in.w.f);
	replica_each(request_tenant(r), index_one, &in);
	fputc(has_names ? '}' : ']', in.w.f);
	reply_json(r, 200, &in.w);
}

void
proxy_index(struct request *r)
{
	show_all(r, 1);
}

/* All there is, in the form that -config and /populate take. */
void
state_show(struct request *r)
{
	show_all(r, 0);
}

/* The proxy may be gone again by another's doing: then that is the answer. */
static void
show_answered(struct ask *a, const struct answer *answer, int status)
{
	struct request *r = request_of(a);
	const struct proxy *p = replica_by_id(answer->proxy_id);

	if (answer->code != ANSWER_OK)
		reply_answer(r, answer);
	else if (p == NULL)
		reply_error(r, 404, "proxy not found");
	else
		show(r, status, p);
	request_wake(r);
}

static void
create_answered(struct ask *a, const struct answer *answer)
{
	show_answered(a, answer, 201);
}

void
proxy_create(struct request *r)
{
	struct proxy_entry entry;
	struct session_id session;
	struct failure f;
	json_t *json;
	int decoded;

	if (!request_session(r, &session) || (json = request_json(r)) == NULL)
		return;
	decoded = decode_proxy(&entry, json, &f);
	json_decref(json);
	if (decoded == -1) {
		reply_failure(r, &f);
		return;
	}
	memcpy(entry.spec.key.tenant, r->key.tenant, sizeof(r->key.tenant));
	entry.session = session;
	r->ask.answered = create_answered;
	ask_proxy(&r->ask, MSG_PROXY_CREATE, &entry);
	proxy_entry_free(&entry);
}

void
proxy_show(struct request *r)
{
	const struct proxy *p = request_proxy(r);

	if (p != NULL)
		show(r, 200, p);
}

static void
update_answered(struct ask *a, const struct answer *answer)
{
	show_answered(a, answer, 200);
}

/* Whether there is such a proxy, and what it is, only the truth says. */
void
proxy_update(struct request *r)
{
	struct proxy_update update = { .has_listen = 0 };
	struct failure f;
	json_t *json;
	int decoded;

	if (!request_names_fit(r))
		return;
	decoded = decode_body(&json, r->body, r->body_len, &f);
	if (decoded == 0) {
		decoded = decode_proxy_update(&update, json, &f);
		json_decref(json);
	}
	if (decoded == -1) {
		reply_failure_about(r, &f);
		return;
	}
	update.key = r->key;
	r->ask.answered = update_answered;
	ask(&r->ask, MSG_PROXY_UPDATE, &update);
}

void
proxy_delete(struct request *r)
{
	if (!request_names_fit(r))
		return;
	r->ask.answered = request_answered;
	ask(&r->ask, MSG_PROXY_DELETE, &r->key);
}

void
version(struct request *r)
{
	reply_text(r, 200, "application/json;charset=utf-8",
	    "{\"version\": \"" TOXIPROXY_VERSION "\"}\n");
}

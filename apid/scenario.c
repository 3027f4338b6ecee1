/* SPDX-License-Identifier: ISC */
/* /scenarios: steps in time, each with its toxics on a proxy. */

#include <stdlib.h>
#include <string.h>

#include "apid.h"
#include "log.h"
#include "scenarios.h"
#include "sort.h"
#include "text_put.h"
#include "toxic_owner.h"

/* ---- which ones */

struct found {
	const char *name;
	const struct scenario **all;
	size_t n;
};

static void
find_one(const struct proxy *p, void *arg)
{
	struct found *found = arg;

	if (p->scenario == NULL ||
	    (found->name != NULL &&
		strcmp(found->name, p->scenario->spec.name) != 0))
		return;
	found->all =
	    reallocarray(found->all, found->n + 1, sizeof(struct scenario *));
	if (found->all == NULL)
		fatal("%s", __func__);
	found->all[found->n++] = p->scenario;
}

/* NULL: there is none. */
static const struct scenario *
find(const struct request *r)
{
	struct found found = { .name = r->proxy };
	const struct scenario *s;

	replica_each(r->key.tenant, find_one, &found);
	s = found.n > 0 ? found.all[0] : NULL;
	free(found.all);
	return s;
}

static int
compare(const void *a, const void *b)
{
	const struct scenario *x = *(const struct scenario *const *)a;
	const struct scenario *y = *(const struct scenario *const *)b;
	const int tenants = strcmp(x->spec.proxy.tenant, y->spec.proxy.tenant);

	return tenants != 0 ? tenants : strcmp(x->spec.name, y->spec.name);
}

void
scenario_index(struct request *r)
{
	struct found found = { .name = NULL };
	struct writer w;
	size_t i;

	replica_each(request_tenant(r), find_one, &found);
	sort(found.all, found.n, sizeof(struct scenario *), compare);
	writer_open(&w);
	fputc('[', w.f);
	for (i = 0; i < found.n; i++) {
		if (i > 0)
			fputc(',', w.f);
		encode_scenario(w.f, found.all[i], r->is_for_all);
	}
	fputc(']', w.f);
	free(found.all);
	reply_json(r, 200, &w);
}

void
scenario_show(struct request *r)
{
	const struct scenario *s = find(r);
	struct writer w;

	if (s == NULL) {
		reply_error(r, 404, "scenario not found");
		return;
	}
	writer_open(&w);
	encode_scenario(w.f, s, 0);
	reply_json(r, 200, &w);
}

/* ---- one more, or one less */

/* It may be gone again by another's doing: then that is the answer. */
static void
show_made(struct request *r, const struct answer *answer)
{
	const struct proxy *p = replica_by_id(answer->proxy_id);
	struct writer w;

	if (p == NULL || p->scenario == NULL) {
		reply_error(r, 404, "scenario not found");
		return;
	}
	writer_open(&w);
	encode_scenario(w.f, p->scenario, 0);
	reply_json(r, 201, &w);
}

static void
created(struct ask *a, const struct answer *answer)
{
	struct request *r = request_of(a);

	if (answer->code == ANSWER_HAS_SCENARIO)
		reply_error(r, 409, "the proxy has a scenario already: %s",
		    answer->spec.name);
	else if (answer->code == ANSWER_TOXIC_EXISTS)
		reply_error(
		    r, 409, "toxic already exists: %s", answer->spec.name);
	else if (answer->code != ANSWER_OK)
		reply_answer(r, answer);
	else
		show_made(r, answer);
	request_wake(r);
}

static void
work_free(void *work)
{
	scenario_free(work);
}

void
scenario_create(struct request *r)
{
	struct scenario *w;
	struct failure f;
	json_t *json;

	if ((json = request_json(r)) == NULL)
		return;
	w = decode_scenario(json, NULL, &f);
	json_decref(json);
	if (w == NULL) {
		reply_failure(r, &f);
		return;
	}
	r->work = w;
	r->work_free = work_free;
	memcpy(w->spec.proxy.tenant, r->key.tenant, sizeof(r->key.tenant));
	if (w->spec.id[0] == '\0')
		text_put(w->spec.id, sizeof(w->spec.id), r->id);
	r->ask.answered = created;
	ask_scenario(&r->ask, w);
}

/* What a DELETE says of it. */
struct asked {
	struct request *request;
	char id[OWNER_NAME_MAX + 1]; /* that one, and no other; "": any */
};

static enum MHD_Result
take_id(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct asked *asked = arg;

	(void)kind;
	if (strcmp(key, "id") != 0)
		return reply_no_argument(asked->request, key);
	if (value == NULL || !owner_name_is_good(value)) {
		reply_error(asked->request, 400,
		    "id: it is of letters, digits, '_', '-' and '.'");
		return MHD_NO;
	}
	text_put(asked->id, sizeof(asked->id), value);
	return MHD_YES;
}

/* ctld looks for it: one may be on its way that is not here yet. */
void
scenario_delete(struct request *r)
{
	struct scenario_name name = { .name = "" };
	struct asked asked = { .request = r };

	MHD_get_connection_values(
	    r->connection, MHD_GET_ARGUMENT_KIND, take_id, &asked);
	if (r->response != NULL)
		return;
	if (!owner_name_is_good(r->proxy)) { /* none is called so */
		reply_error(r, 404, "scenario not found");
		return;
	}
	memcpy(name.proxy.tenant, r->key.tenant, sizeof(r->key.tenant));
	text_put(name.name, sizeof(name.name), r->proxy);
	text_put(name.id, sizeof(name.id), asked.id);
	r->ask.answered = request_answered;
	ask(&r->ask, MSG_SCENARIO_DELETE, &name);
}

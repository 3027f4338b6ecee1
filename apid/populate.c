/* SPDX-License-Identifier: ISC */
/* /populate, one proxy after another, and /reset, all of them at once. */

#include <stdlib.h>
#include <string.h>

#include "apid.h"
#include "container_of.h"
#include "log.h"
#include "scenarios.h"
#include "sessions.h"
#include "text_put.h"

/* ---- populate, for whoever wants it */

static void
finish(struct populate *p, const struct failure *f)
{
	writer_finish(&p->shown);
	p->done(p, f);
}

static void
ask_next(struct populate *p)
{
	if (p->next == p->n)
		finish(p, NULL);
	else
		ask_proxy(&p->ask, MSG_PROXY_POPULATE, &p->entries[p->next]);
}

/* Its answer is the entry's, too: it may be over by then, and is not begun
 * again. */
static void
begin_scenario(struct populate *p, const struct proxy_state *proxy)
{
	struct scenario *s = p->entries[p->next].scenario;
	char made[REQUEST_ID_MAX + 1];

	p->entries[p->next].scenario = NULL;
	s->spec.proxy = proxy->key;
	p->made = proxy->id;
	request_make_id(made);
	text_put(s->spec.id, sizeof(s->spec.id), made);
	ask_scenario(&p->ask, s);
	scenario_free(s);
}

/* One that is in a scenario is left in that. */
static int
is_to_begin(const struct populate *p, const struct proxy *proxy)
{
	const struct proxy_entry *entry = &p->entries[p->next];

	return p->begins_scenarios && entry->scenario != NULL &&
	    proxy != NULL && proxy->scenario == NULL;
}

/* NULL: somebody has deleted it already. */
static void
show(struct populate *p, const struct proxy *proxy)
{
	if (proxy == NULL)
		return;
	if (p->is_shown++)
		fputc(',', p->shown.f);
	encode_proxy(p->shown.f, proxy);
}

static void
entry_answered(struct ask *a, const struct answer *answer)
{
	struct populate *p = container_of(a, struct populate, ask);
	const struct proxy *proxy = replica_by_id(answer->proxy_id);
	struct failure f;

	if (answer->code != ANSWER_OK && answer->code != ANSWER_UNCHANGED) {
		allowance_refused(p->entries[p->next].spec.key.tenant, answer);
		answer_failure(answer, &f);
		show(p, replica_by_id(p->made));
		finish(p, &f);
		return;
	}
	if (is_to_begin(p, proxy)) {
		begin_scenario(p, &proxy->state);
		return;
	}
	show(p, proxy);
	p->made = 0;
	p->next++;
	if (p->is_late && p->next < p->n) {
		failure_set(&f, 503, "no time for %zu of %zu proxies",
		    p->n - p->next, p->n);
		finish(p, &f);
		return;
	}
	ask_next(p);
}

void
populate_start(struct populate *p, struct proxy_entry *entries, size_t n)
{
	p->entries = entries;
	p->n = n;
	p->ask.answered = entry_answered;
	writer_open(&p->shown);
	ask_next(p);
}

void
populate_hurry(struct populate *p)
{
	p->is_late = 1;
}

void
populate_free(struct populate *p)
{
	ask_forget(&p->ask);
	if (p->shown.f != NULL)
		writer_finish(&p->shown);
	free(p->shown.text);
	proxy_entries_free(p->entries, p->n);
	free(p);
}

/* ---- POST /populate */

/* Its errors have a third key, and no newline. */
static void
populate_reply(struct request *r, const struct failure *f, const char *shown)
{
	struct writer w;

	writer_open(&w);
	fputc('{', w.f);
	if (f != NULL) {
		fputs("\"error\":", w.f);
		encode_string(w.f, f->text);
		fprintf(w.f, ",\"status\":%d,", f->status);
		log_event(LOG_WARN, "Populate errors",
		    LOG_STR("request_id", r->id), LOG_STR("error", f->text));
	}
	fprintf(w.f, "\"proxies\":[%s]}", shown);
	reply_json(r, f != NULL ? f->status : 201, &w);
	request_wake(r);
}

static void
populate_done(struct populate *p, const struct failure *f)
{
	populate_reply(p->arg, f, p->shown.text);
}

/* As GET /state has it: it begins when it is made. */
static int
get_scenario(
    struct proxy_entry *entry, size_t nth, json_t *proxy, struct failure *f)
{
	json_t *json = member(proxy, "scenario");
	struct failure within;

	if (json == NULL)
		return 0;
	entry->scenario = decode_scenario(json, entry->spec.key.name, &within);
	if (entry->scenario != NULL)
		return 0;
	failure_set(f, within.status, "scenario: %.400s at proxy %zu",
	    within.text, nth + 1);
	return -1;
}

static int
get_scenarios(
    struct proxy_entry *entries, size_t n, json_t *json, struct failure *f)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (get_scenario(&entries[i], i, json_array_get(json, i), f) ==
		    -1)
			return -1;
	}
	return 0;
}

static int
decode(struct request *r, struct proxy_entry **entries, size_t *n,
    struct failure *f)
{
	json_t *json;
	int decoded;
	size_t i;

	if (decode_body(&json, r->body, r->body_len, f) == -1)
		return -1;
	decoded = decode_populate(entries, n, json, f);
	if (decoded == 0 && get_scenarios(*entries, *n, json, f) == -1) {
		proxy_entries_free(*entries, *n);
		decoded = -1;
	}
	json_decref(json);
	for (i = 0; decoded == 0 && i < *n; i++)
		memcpy((*entries)[i].spec.key.tenant, r->key.tenant,
		    sizeof(r->key.tenant));
	return decoded;
}

static void
work_free(void *work)
{
	populate_free(work);
}

static void
work_hurry(void *work)
{
	populate_hurry(work);
}

void
populate(struct request *r)
{
	struct proxy_entry *entries;
	struct session_id session;
	struct populate *p;
	struct failure f;
	size_t n, i;

	if (!request_session(r, &session))
		return;
	if (decode(r, &entries, &n, &f) == -1) {
		populate_reply(r, &f, "");
		return;
	}
	for (i = 0; i < n; i++)
		entries[i].session = session;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("%s", __func__);
	p->done = populate_done;
	p->begins_scenarios = 1;
	p->arg = r;
	p->ask.caller = r->ask.caller;
	r->work = p;
	r->work_free = work_free;
	r->work_hurry = work_hurry;
	populate_start(p, entries, n);
}

/* ---- POST /reset */

/* All proxies are asked at once; the first failure, by name, is the answer. */
struct reset_one {
	struct ask ask;
	struct reset *reset;
};

struct reset {
	struct request *request;
	size_t n, answered, first_failed;
	struct failure failure;
	struct reset_one *ones;
};

static void
reset_free(void *work)
{
	struct reset *reset = work;
	size_t i;

	for (i = 0; i < reset->n; i++)
		ask_forget(&reset->ones[i].ask);
	free(reset->ones);
	free(reset);
}

static void
reset_reply(struct reset *reset)
{
	struct request *r = reset->request;

	if (reset->first_failed < reset->n)
		reply_failure(r, &reset->failure);
	else
		reply_empty(r, 204);
	request_wake(r);
}

/* One that has gone meanwhile has nothing to reset. */
static void
one_answered(struct ask *a, const struct answer *answer)
{
	struct reset_one *one = container_of(a, struct reset_one, ask);
	struct reset *reset = one->reset;
	size_t i = (size_t)(one - reset->ones);

	if (answer->code != ANSWER_OK && answer->code != ANSWER_NO_PROXY &&
	    i < reset->first_failed) {
		reset->first_failed = i;
		answer_failure(answer, &reset->failure);
	}
	if (++reset->answered == reset->n)
		reset_reply(reset);
}

static void
reset_one(const struct proxy *p, void *arg)
{
	struct reset *reset = arg;
	struct reset_one *one = &reset->ones[reset->n++];

	one->reset = reset;
	one->ask.caller = reset->request->ask.caller;
	one->ask.answered = one_answered;
	ask(&one->ask, MSG_PROXY_RESET, &p->state.key);
}

void
reset_state(struct request *r)
{
	struct reset *reset;
	size_t n = replica_count(request_tenant(r));

	if ((reset = calloc(1, sizeof(*reset))) == NULL ||
	    (reset->ones = calloc(n + 1, sizeof(*reset->ones))) == NULL)
		fatal("%s", __func__);
	reset->request = r;
	reset->first_failed = SIZE_MAX;
	r->work = reset;
	r->work_free = reset_free;
	replica_each(request_tenant(r), reset_one, reset);
	if (n == 0)
		reset_reply(reset);
}

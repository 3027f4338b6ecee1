/* SPDX-License-Identifier: ISC */
/* The truth as ctld last told it: by tenant, sorted by name; found by id. */

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "apid.h"
#include "log.h"
#include "scenarios.h"
#include "text_put.h"

/* A tenant that has proxies. */
struct owner {
	char tenant[TENANT_NAME_MAX + 1];
	void *by_name; /* tsearch(3) */
	size_t count;
};

struct tree {
	void *by_tenant, *by_id; /* tsearch(3) */
	size_t count;
};

static struct tree shown, next;
static struct tree *told = &shown; /* what is being said belongs there */

static int
compare_tenants(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	return strcmp(x->tenant, y->tenant);
}

static int
compare_names(const void *a, const void *b)
{
	const struct proxy *p = a, *q = b;

	return strcmp(p->state.key.name, q->state.key.name);
}

static int
compare_ids(const void *a, const void *b)
{
	const struct proxy *p = a, *q = b;

	return p->state.id < q->state.id ? -1 : p->state.id > q->state.id;
}

static struct owner *
find_owner(const struct tree *t, const char *tenant)
{
	struct owner like;
	void *node;

	text_put(like.tenant, sizeof(like.tenant), tenant);
	node = tfind(&like, &t->by_tenant, compare_tenants);
	return node == NULL ? NULL : *(struct owner **)node;
}

static struct proxy *
find_key(const struct tree *t, const struct proxy_key *key)
{
	const struct owner *o = find_owner(t, key->tenant);
	struct proxy like;
	void *node;

	if (o == NULL)
		return NULL;
	like.state.key = *key;
	node = tfind(&like, &o->by_name, compare_names);
	return node == NULL ? NULL : *(struct proxy **)node;
}

static struct proxy *
find_id(const struct tree *t, uint32_t id)
{
	struct proxy key;
	void *node;

	key.state.id = id;
	node = tfind(&key, &t->by_id, compare_ids);
	return node == NULL ? NULL : *(struct proxy **)node;
}

struct proxy *
replica_by_key(const struct proxy_key *key)
{
	return find_key(&shown, key);
}

struct proxy *
replica_by_id(uint32_t id)
{
	return find_id(&shown, id);
}

static struct proxy *
must_know(uint32_t id)
{
	struct proxy *p = find_id(told, id);

	if (p == NULL)
		fatalx("ctld speaks of proxy %u: there is none", id);
	return p;
}

/* How it was shown is not how it is. */
static void
has_changed(struct proxy *p)
{
	free(p->text);
	p->text = NULL;
}

struct toxic *
replica_toxic_find(const struct proxy *p, const char *name)
{
	struct toxic *t;
	int i;

	for (i = 0; i < STREAM_MAX; i++) {
		TAILQ_FOREACH (t, &p->toxics[i], entry) {
			if (strcmp(t->spec->name, name) == 0)
				return t;
		}
	}
	return NULL;
}

/* Its numbers are told when its worker has said them: they do not go back. */
static void
count_on(struct proxy *p, const struct proxy *was)
{
	if (was == NULL)
		return;
	p->counters = was->counters;
	p->restarts = was->restarts;
	p->restart_delay_ms = was->restart_delay_ms;
	p->dial_failed_at = was->dial_failed_at;
}

static struct owner *
owner_for(struct tree *t, const char *tenant)
{
	struct owner *o = find_owner(t, tenant);

	if (o != NULL)
		return o;
	if ((o = calloc(1, sizeof(*o))) == NULL)
		fatal("%s", __func__);
	text_put(o->tenant, sizeof(o->tenant), tenant);
	if (tsearch(o, &t->by_tenant, compare_tenants) == NULL)
		fatal("%s", __func__);
	return o;
}

static void
enter(struct tree *t, struct proxy *p)
{
	struct owner *o = owner_for(t, p->state.key.tenant);

	if (tsearch(p, &t->by_id, compare_ids) == NULL ||
	    tsearch(p, &o->by_name, compare_names) == NULL)
		fatal("%s", __func__);
	o->count++;
	t->count++;
}

/* Whoever has no proxy any more is nobody. */
static void
leave(struct tree *t, struct proxy *p)
{
	struct owner *o = find_owner(t, p->state.key.tenant);

	tdelete(p, &t->by_id, compare_ids);
	tdelete(p, &o->by_name, compare_names);
	t->count--;
	if (--o->count > 0)
		return;
	tdelete(o, &t->by_tenant, compare_tenants);
	free(o);
}

void
replica_proxy(const struct proxy_state *state)
{
	struct proxy *p = find_id(told, state->id);
	int i;

	if (p != find_key(told, &state->key))
		fatalx("ctld gives a name to two proxies, or a "
		       "proxy two names");
	if (p != NULL) {
		p->state = *state;
		has_changed(p);
		return;
	}
	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("%s", __func__);
	p->state = *state;
	for (i = 0; i < STREAM_MAX; i++)
		TAILQ_INIT(&p->toxics[i]);
	if (told != &shown)
		count_on(p, find_id(&shown, state->id));
	enter(told, p);
}

static void
toxic_free(struct toxic *t)
{
	free(t->spec);
	free(t);
}

static void
toxics_free(struct toxics *toxics)
{
	struct toxic *t;

	while ((t = TAILQ_FIRST(toxics)) != NULL) {
		TAILQ_REMOVE(toxics, t, entry);
		toxic_free(t);
	}
}

size_t
replica_count(const char *tenant)
{
	const struct owner *o;

	if (tenant == NULL)
		return shown.count;
	o = find_owner(&shown, tenant);
	return o != NULL ? o->count : 0;
}

static void
proxy_free(void *arg)
{
	struct proxy *p = arg;
	int i;

	for (i = 0; i < STREAM_MAX; i++)
		toxics_free(&p->toxics[i]);
	scenario_free(p->scenario);
	free(p->text);
	free(p);
}

void
replica_proxy_gone(uint32_t id)
{
	struct proxy *p = must_know(id);

	leave(told, p);
	proxy_free(p);
}

static struct toxic_spec *
must_dup(const struct toxic_spec *spec)
{
	struct toxic_spec *copy = toxic_spec_dup(spec);

	if (copy == NULL)
		fatal("%s", __func__);
	return copy;
}

/* Likewise: what its worker has counted, that is yet to say. */
static void
toxic_counts_on(struct toxic *t, const struct proxy *was)
{
	const struct toxic *before =
	    was != NULL ? replica_toxic_find(was, t->spec->name) : NULL;

	if (before != NULL && before->counts.hits >= t->counts.hits)
		t->counts = before->counts;
}

void
replica_toxic(const struct toxic_state *state)
{
	struct proxy *p = must_know(state->proxy_id);
	struct toxic *t = replica_toxic_find(p, state->spec.name);

	has_changed(p);
	if (t != NULL) {
		if (t->spec->stream != state->spec.stream)
			fatalx("ctld turns a toxic round");
		free(t->spec);
		t->spec = must_dup(&state->spec);
		return;
	}
	if ((t = calloc(1, sizeof(*t))) == NULL)
		fatal("%s", __func__);
	t->spec = must_dup(&state->spec);
	t->counts = state->counts;
	if (told != &shown)
		toxic_counts_on(t, find_id(&shown, state->proxy_id));
	TAILQ_INSERT_TAIL(&p->toxics[t->spec->stream], t, entry);
}

void
replica_toxic_gone(const struct toxic_ref *ref)
{
	struct proxy *p = must_know(ref->proxy_id);
	struct toxic *t = replica_toxic_find(p, ref->name);

	if (t == NULL)
		fatalx("ctld removes a toxic: there is none");
	TAILQ_REMOVE(&p->toxics[t->spec->stream], t, entry);
	toxic_free(t);
	has_changed(p);
}

static struct proxy *
must_know_key(const struct proxy_key *key)
{
	struct proxy *p = find_key(told, key);

	if (p == NULL)
		fatalx("ctld speaks of a proxy: there is none");
	return p;
}

void
replica_scenario(const struct scenario_spec *spec)
{
	struct proxy *p = must_know_key(&spec->proxy);
	struct scenario *s = calloc(1, sizeof(*s));

	if (s == NULL)
		fatal("%s", __func__);
	s->spec = *spec;
	s->toxics =
	    calloc((size_t)spec->ntoxics + 1, sizeof(struct toxic_spec *));
	if (s->toxics == NULL)
		fatal("%s", __func__);
	scenario_free(p->scenario);
	p->scenario = s;
}

void
replica_scenario_toxic(const struct toxic_create *create)
{
	struct scenario *s = must_know_key(&create->proxy)->scenario;

	if (s == NULL || s->ntoxics == s->spec.ntoxics)
		fatalx("ctld adds to a scenario: it is whole");
	s->toxics[s->ntoxics++] = must_dup(&create->spec);
}

void
replica_scenario_gone(const struct proxy_key *key)
{
	struct proxy *p = must_know_key(key);

	scenario_free(p->scenario);
	p->scenario = NULL;
}

void
replica_counters(const struct proxy_counters *pc)
{
	struct proxy *p = must_know(pc->proxy_id);

	p->counters = pc->counters;
	p->restarts = pc->restarts;
	p->restart_delay_ms = pc->restart_delay_ms;
	p->dial_failed_at = pc->dial_failed_at;
}

void
replica_toxic_done(const struct toxic_done *done)
{
	struct toxic *t =
	    replica_toxic_find(must_know(done->proxy_id), done->name);

	if (t == NULL)
		fatalx("ctld counts a toxic: there is none");
	t->counts = done->counts;
}

struct visit {
	void (*f)(const struct proxy *, void *);
	void *arg;
};

static void
visit_node(const void *node, VISIT which, void *arg)
{
	const struct visit *v = arg;

	if (which == postorder || which == leaf)
		v->f(*(struct proxy *const *)node, v->arg);
}

static void
visit_owner(const void *node, VISIT which, void *arg)
{
	if (which == postorder || which == leaf)
		twalk_r(
		    (*(struct owner *const *)node)->by_name, visit_node, arg);
}

void
replica_each(
    const char *tenant, void (*f)(const struct proxy *, void *), void *arg)
{
	struct visit v = { f, arg };
	const struct owner *o;

	if (tenant == NULL)
		twalk_r(shown.by_tenant, visit_owner, &v);
	else if ((o = find_owner(&shown, tenant)) != NULL)
		twalk_r(o->by_name, visit_node, &v);
}

static void
keep(void *p)
{
	(void)p; /* it is in the other tree too */
}

static void
owner_free(void *arg)
{
	struct owner *o = arg;

	tdestroy(o->by_name, proxy_free);
	free(o);
}

static void
tree_free(struct tree *t)
{
	tdestroy(t->by_id, keep);
	tdestroy(t->by_tenant, owner_free);
	*t = (struct tree){ 0 };
}

static void
forget_text(const struct proxy *p, void *arg)
{
	(void)arg;
	has_changed((struct proxy *)(uintptr_t)p);
}

void
replica_texts_change(void)
{
	replica_each(NULL, forget_text, NULL);
}

/* One that was begun by a ctld that has died is not gone on with. */
void
replica_begin(void)
{
	tree_free(&next);
	told = &next;
}

void
replica_end(void)
{
	tree_free(&shown);
	shown = next;
	next = (struct tree){ 0 };
	told = &shown;
}

void
replica_free(void)
{
	tree_free(&shown);
	tree_free(&next);
	told = &shown;
}

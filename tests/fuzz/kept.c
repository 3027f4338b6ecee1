/* SPDX-License-Identifier: ISC */
/* See kept.h. */

#include <stdlib.h>
#include <string.h>

#include "kept.h"

struct kept_proxies kept = TAILQ_HEAD_INITIALIZER(kept);
struct kept_sources kept_sources = TAILQ_HEAD_INITIALIZER(kept_sources);

static struct kept_source *last_source; /* of the change */

/* Of changes that were not answered yet, in the order in which they came. */
struct step {
	TAILQ_ENTRY(step) entry;
	uint32_t change; /* 0: its STORE_COMMIT is still to come */
	struct msg m;
};
static TAILQ_HEAD(, step) steps = TAILQ_HEAD_INITIALIZER(steps);

/* ---- what there is */

struct kept_proxy *
kept_find(const struct proxy_key *key)
{
	struct kept_proxy *k;

	TAILQ_FOREACH (k, &kept, entry) {
		if (proxy_key_compare(&k->p.key, key) == 0)
			break;
	}
	return k;
}

static struct kept_toxic *
find_toxic(struct kept_proxy *k, const char *name)
{
	struct kept_toxic *t;

	TAILQ_FOREACH (t, &k->toxics, entry) {
		if (strcmp(t->spec.name, name) == 0)
			break;
	}
	return t;
}

static void
insert(struct kept_proxy *k)
{
	struct kept_proxy *next;

	TAILQ_FOREACH (next, &kept, entry) {
		if (proxy_key_compare(&next->p.key, &k->p.key) > 0)
			break;
	}
	if (next != NULL)
		TAILQ_INSERT_BEFORE(next, k, entry);
	else
		TAILQ_INSERT_TAIL(&kept, k, entry);
}

void
kept_put(const struct store_proxy *p)
{
	struct kept_proxy *k = kept_find(&p->key);

	if (k == NULL) {
		must((k = calloc(1, sizeof(*k))) != NULL);
		TAILQ_INIT(&k->toxics);
		k->p = *p;
		insert(k);
	}
	k->p = *p;
}

void
kept_put_toxic(const struct toxic_create *create)
{
	struct kept_proxy *k = kept_find(&create->proxy);
	struct kept_toxic *t;

	must(k != NULL); /* of no proxy: it cannot have been kept */
	if ((t = find_toxic(k, create->spec.name)) == NULL) {
		must((t = calloc(1, sizeof(*t))) != NULL);
		TAILQ_INSERT_TAIL(&k->toxics, t, entry);
		k->ntoxics++;
	}
	t->spec = create->spec;
}

static void
remove_toxic(struct kept_proxy *k, struct kept_toxic *t)
{
	TAILQ_REMOVE(&k->toxics, t, entry);
	k->ntoxics--;
	free(t);
}

static void
remove_toxics(struct kept_proxy *k)
{
	struct kept_toxic *t;

	while ((t = TAILQ_FIRST(&k->toxics)) != NULL)
		remove_toxic(k, t);
}

static void
remove_proxy(struct kept_proxy *k)
{
	remove_toxics(k);
	TAILQ_REMOVE(&kept, k, entry);
	free(k);
}

static void
remove_source(struct kept_source *k)
{
	TAILQ_REMOVE(&kept_sources, k, entry);
	free(k->text);
	free(k->scenarios);
	free(k);
}

void
kept_clear(void)
{
	struct kept_source *s;
	struct kept_proxy *k;

	while ((s = TAILQ_FIRST(&kept_sources)) != NULL)
		remove_source(s);
	while ((k = TAILQ_FIRST(&kept)) != NULL)
		remove_proxy(k);
}

/* ---- steps */

static void
do_proxy(const struct msg *m)
{
	const struct store_proxy *p = msg_get_store_proxy(m);

	kept_put(p);
}

static void
do_toxic(const struct msg *m)
{
	const struct toxic_create *create = msg_get_toxic_create(m);

	kept_put_toxic(create);
}

static void
do_proxy_gone(const struct msg *m)
{
	struct kept_proxy *k = kept_find(msg_get_proxy_key(m));

	if (k == NULL)
		return;
	if (m->type == MSG_STORE_PROXY_GONE)
		remove_proxy(k);
	else
		remove_toxics(k);
}

static void
do_toxic_gone(const struct msg *m)
{
	const struct toxic_name *name = msg_get_toxic_name(m);
	struct kept_proxy *k;
	struct kept_toxic *t;

	if ((k = kept_find(&name->proxy)) != NULL &&
	    (t = find_toxic(k, name->name)) != NULL)
		remove_toxic(k, t);
}

static int
goes(const struct kept_source *k, const struct source_state *s)
{
	return k->s.id == s->id ||
	    (strcmp(k->s.of.tenant, s->of.tenant) == 0 &&
		strcmp(k->s.name, s->name) == 0);
}

static void
do_source(const struct msg *m)
{
	const struct source_state *s = msg_get_source_state(m);
	struct kept_source *k, *next;

	for (k = TAILQ_FIRST(&kept_sources); k != NULL; k = next) {
		next = TAILQ_NEXT(k, entry);
		if (goes(k, s))
			remove_source(k);
	}
	must((k = calloc(1, sizeof(*k))) != NULL);
	k->s = *s;
	must((k->text = malloc((size_t)s->size + 1)) != NULL);
	k->scenarios = calloc((size_t)s->nscenarios + 1, sizeof(*k->scenarios));
	must(k->scenarios != NULL);
	TAILQ_FOREACH (next, &kept_sources, entry) {
		if (next->s.id > s->id)
			break;
	}
	if (next != NULL)
		TAILQ_INSERT_BEFORE(next, k, entry);
	else
		TAILQ_INSERT_TAIL(&kept_sources, k, entry);
	last_source = k;
}

/* It is whole, and each of these in its place: else it was not kept. */
static void
do_source_text(const struct msg *m)
{
	const struct source_text *part = msg_get_source_text(m);
	struct kept_source *k = last_source;

	must(k != NULL && part->n <= k->s.size - k->size);
	memcpy(k->text + k->size, part->bytes, part->n);
	k->size += part->n;
}

static void
do_source_scenario(const struct msg *m)
{
	const struct source_scenario *s = msg_get_source_scenario(m);
	struct kept_source *k = last_source;

	must(k != NULL && k->size == k->s.size && s->source == k->s.id);
	must(k->nscenarios < k->s.nscenarios);
	k->scenarios[k->nscenarios++] = *s;
}

static void
do_source_gone(const struct msg *m)
{
	const struct source_ref *ref = msg_get_source_ref(m);
	struct kept_source *k;

	TAILQ_FOREACH (k, &kept_sources, entry) {
		if (k->s.id == ref->id)
			break;
	}
	if (k != NULL)
		remove_source(k);
}

static void
do_clear(const struct msg *m)
{
	(void)m;
	kept_clear();
}

static void
do_commit(const struct msg *m)
{
	(void)m;
}

static void (*const acts[MSG_MAX])(const struct msg *) = {
	[MSG_STORE_CLEAR] = do_clear,
	[MSG_STORE_POPULATED] = do_commit, /* nothing that is looked at */
	[MSG_STORE_PROXY] = do_proxy,
	[MSG_STORE_PROXY_GONE] = do_proxy_gone,
	[MSG_STORE_TOXIC] = do_toxic,
	[MSG_STORE_TOXIC_GONE] = do_toxic_gone,
	[MSG_STORE_TOXICS_GONE] = do_proxy_gone,
	[MSG_STORE_TOKEN] = do_commit, /* likewise */
	[MSG_STORE_SCENARIO] = do_commit,
	[MSG_STORE_SCENARIO_TOXIC] = do_commit,
	[MSG_STORE_SCENARIO_GONE] = do_commit,
	[MSG_STORE_TOKEN_GONE] = do_commit,
	[MSG_STORE_HALT] = do_commit,
	[MSG_STORE_HALT_GONE] = do_commit,
	[MSG_STORE_SOURCE] = do_source,
	[MSG_STORE_SOURCE_TEXT] = do_source_text,
	[MSG_STORE_SOURCE_SCENARIO] = do_source_scenario,
	[MSG_STORE_SOURCE_GONE] = do_source_gone,
	[MSG_STORE_EVENTS] = do_commit,
	[MSG_STORE_COMMIT] = do_commit,
};

/* ---- changes */

void
kept_hear(const struct msg *m)
{
	struct step *s;

	if (acts[m->type] == NULL)
		return;
	must((s = calloc(1, sizeof(*s))) != NULL);
	s->m = *m;
	TAILQ_INSERT_TAIL(&steps, s, entry);
	if (m->type != MSG_STORE_COMMIT)
		return;
	TAILQ_FOREACH (s, &steps, entry) {
		if (s->change == 0)
			s->change = m->id;
	}
}

static void
drop(struct step *s)
{
	TAILQ_REMOVE(&steps, s, entry);
	free(s);
}

int
kept_answered(uint32_t id, int is_kept)
{
	struct step *s, *next;
	int is_anew = 0;

	last_source = NULL;
	for (s = TAILQ_FIRST(&steps); s != NULL; s = next) {
		next = TAILQ_NEXT(s, entry);
		if (s->change != id)
			continue;
		if (is_kept) {
			acts[s->m.type](&s->m);
			is_anew |= s->m.type == MSG_STORE_CLEAR;
		}
		drop(s);
	}
	return is_anew;
}

void
kept_forget_changes(void)
{
	struct step *s;

	while ((s = TAILQ_FIRST(&steps)) != NULL)
		drop(s);
}

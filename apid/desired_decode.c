/* SPDX-License-Identifier: ISC */
/* A document, item by item, and all that is wrong with it. */

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "documents.h"
#include "file.h"
#include "log.h"
#include "mend.h"
#include "nitems.h"
#include "text_put.h"
#include "utf8.h"
#include "values.h"

/* Of one item: whoever has more of them has enough to do. */
#define MENDS_MAX 32

/* ---- mending */

typedef int mend_fn(json_t *, const struct failure *, int again);

/* Of an item, or what is in it, that is decoded again and again. */
struct tries {
	const struct desired_item *at;
	const char *before; /* where in the item that is */
	json_t *json;
	mend_fn *mend;
	char last[sizeof(((struct failure *)0)->at)];
	int n;
	int has_name; /* as far as has been seen */
};

/* 1: it is to be decoded once more; 0: there is no use in that. */
static int
mended(struct document *d, struct tries *t, const struct failure *f)
{
	const char *where = f->lacks != NULL ? f->lacks : f->at;
	const int again = *where != '\0' && strcmp(where, t->last) == 0;

	if (!again)
		desired_fault_decoded(&d->faults, t->at, t->before, f);
	if (strcmp(where, "name") == 0)
		t->has_name = 0;
	text_put(t->last, sizeof(t->last), where);
	return ++t->n < MENDS_MAX && d->faults.n <= DOCUMENT_FAULTS_MAX &&
	    t->mend(t->json, f, again) == 0;
}

/* ---- members that are none, and leases */

void
desired_take_keys(struct document *d, const struct desired_item *at,
    json_t *object, const char *path, const struct keys *keys)
{
	const char *key, *near;
	void *next;
	json_t *v;

	json_object_foreach_safe(object, next, key, v)
	{
		if (json_is_null(v) || keys_have(keys, key))
			continue;
		near = keys_meant(keys, key);
		desired_complain(&d->faults, at, path_of(path, key).text, 400,
		    "there is no member \"%.64s\"%s%s%s", key,
		    near != NULL ? ": did you mean \"" : "",
		    near != NULL ? near : "", near != NULL ? "\"?" : "");
		if (near != NULL && member(object, near) == NULL)
			json_object_set(object, near, v);
		json_object_del(object, key);
	}
}

static void
take_attribute_keys(struct document *d, const struct desired_item *at,
    json_t *toxic, const char *path)
{
	const char *type = json_string_value(member(toxic, "type")), *key;
	const struct path attributes = path_of(path, "attributes");
	json_t *object = member(toxic, "attributes"), *v;
	enum toxic_kind kind;
	char text[256];
	void *next;

	kind = type != NULL ? toxic_kind_of(type) : TOXIC_NONE;
	if (!toxic_is_offered(kind))
		return;
	json_object_foreach_safe(object, next, key, v)
	{
		if (json_is_null(v) || attribute_is_known(kind, key))
			continue;
		attribute_unknown(kind, key, text, sizeof(text));
		desired_complain(&d->faults, at,
		    path_of(attributes.text, key).text, 400, "%s", text);
		json_object_del(object, key);
	}
}

/* What a source has made goes with its document, and not by itself. */
static void
take_ttl(struct document *d, const struct desired_item *at, json_t *object,
    const char *path)
{
	if (member(object, "ttl") == NULL)
		return;
	desired_complain(&d->faults, at, path_of(path, "ttl").text, 400,
	    "there is no lease in a document: what is not in the next one "
	    "goes");
	mend_drop(object, "ttl");
}

static void
take_toxics_keys(struct document *d, const struct desired_item *at,
    json_t *owner, const char *before)
{
	const struct path path = path_of(before, "toxics");
	json_t *toxic, *toxics = member(owner, "toxics");
	struct path nth;
	size_t i;

	json_array_foreach(toxics, i, toxic)
	{
		if (!json_is_object(toxic))
			continue;
		nth = path_nth(path.text, i);
		desired_take_keys(d, at, toxic, nth.text, &toxic_keys);
		take_attribute_keys(d, at, toxic, nth.text);
		take_ttl(d, at, toxic, nth.text);
	}
}

static void
take_scenario_keys(struct document *d, const struct desired_item *at,
    json_t *scenario, const char *before, const struct keys *keys)
{
	json_t *step, *steps = member(scenario, "steps");
	const struct path path = path_of(before, "steps");
	struct path nth;
	size_t i;

	desired_take_keys(d, at, scenario, before, keys);
	take_ttl(d, at, scenario, before);
	json_array_foreach(steps, i, step)
	{
		if (!json_is_object(step))
			continue;
		nth = path_nth(path.text, i);
		desired_take_keys(d, at, step, nth.text, &step_keys);
		take_toxics_keys(d, at, step, nth.text);
	}
}

/* ---- an item's tenant, and its name */

/* It is the document's, unless the item says another. */
static void
take_tenant(struct document *d, const struct desired_item *at, json_t *item,
    char tenant[TENANT_NAME_MAX + 1])
{
	const char *of = d->put.of.tenant, *said;
	json_t *v = member(item, "tenant");

	text_put(tenant, TENANT_NAME_MAX + 1, of);
	if (v == NULL)
		return;
	said = json_string_value(v);
	if (said == NULL)
		desired_complain(&d->faults, at, "tenant", 400,
		    "expected a string, got %s", type_name(v));
	else if (!d->may_say_tenants && strcmp(said, of) != 0)
		desired_complain(&d->faults, at, "tenant", 403,
		    "only an administrator, who acts for no tenant, may say "
		    "it");
	else if (*said != '\0' && !tenant_name_is_good(said))
		desired_complain(
		    &d->faults, at, "tenant", 400, "no tenant has such a name");
	if (said != NULL) /* also where he may not: names are beside it */
		text_put(tenant, TENANT_NAME_MAX + 1, said);
	mend_drop(item, "tenant");
}

static struct desired_item
item_at(const char *list, size_t i, json_t *json)
{
	const json_t *name = member(json, "name");
	struct desired_item at = { .list = list, .i = i };

	if (json_string_length(name) <= PROXY_NAME_MAX &&
	    json_string_value(name) != NULL)
		text_put(at.name, sizeof(at.name), json_string_value(name));
	return at;
}

/* ---- items beside each other */

static int
compare_proxies(const void *a, const void *b)
{
	const struct proxy_entry *x = a, *y = b;

	return proxy_key_compare(&x->spec.key, &y->spec.key);
}

static int
compare_scenarios(const void *a, const void *b)
{
	const struct scenario *x =
	    ((const struct desired_scenario *)a)->scenario;
	const struct scenario *y =
	    ((const struct desired_scenario *)b)->scenario;
	const int tenants = strcmp(x->spec.proxy.tenant, y->spec.proxy.tenant);

	return tenants != 0 ? tenants : strcmp(x->spec.name, y->spec.name);
}

static int
compare_their_proxies(const void *a, const void *b)
{
	const struct desired_scenario *x = a, *y = b;

	return proxy_key_compare(
	    &x->scenario->spec.proxy, &y->scenario->spec.proxy);
}

/* The one that was there before it; NULL: none was. */
static const void *
enter(void **tree, const void *row, int (*compare)(const void *, const void *))
{
	const void *const *there = tsearch(row, tree, compare);

	if (there == NULL)
		fatal("%s", __func__);
	return *there != row ? *there : NULL;
}

struct desired_item
doc_item(const struct document *d, int is_scenario, size_t i)
{
	struct desired_item at = { .list = NULL };
	const struct desired_scenario *s;

	if (i >= (is_scenario ? d->put.nscenarios : d->put.nproxies))
		return at;
	if (!is_scenario) {
		at.list = DESIRED_PROXIES;
		at.i = i;
		text_put(at.name, sizeof(at.name), d->proxies[i].spec.key.name);
		return at;
	}
	s = &d->scenarios[i];
	at.list = s->is_of_proxy ? DESIRED_PROXIES : DESIRED_SCENARIOS;
	at.i = s->item;
	text_put(at.name, sizeof(at.name),
	    s->is_of_proxy ? s->scenario->spec.proxy.name
			   : s->scenario->spec.name);
	return at;
}

/* ---- a scenario */

static void
enter_scenario(struct document *d, const struct desired_item *at,
    const char *before, struct desired_scenario *s, const struct tries *t)
{
	const struct proxy_entry key = { .spec.key = s->scenario->spec.proxy };
	const struct desired_scenario *other;
	struct desired_item first;

	d->put.nscenarios++;
	if (t->has_name &&
	    (other = enter(&d->scenario_names, s, compare_scenarios)) != NULL) {
		first = doc_item(d, 1, (size_t)(other - d->scenarios));
		desired_complain(&d->faults, at, path_of(before, "name").text,
		    400, "%s[%zu] has that name, too", first.list, first.i);
	}
	if (strcmp(key.spec.key.name, MENDED_NAME) == 0)
		return;
	if (!s->is_of_proxy &&
	    tfind(&key, &d->proxy_names, compare_proxies) == NULL) {
		desired_complain(&d->faults, at, "proxy", 400,
		    "the document has no proxy of that name");
		return;
	}
	other = enter(&d->scenario_proxies, s, compare_their_proxies);
	if (other == NULL)
		return;
	first = doc_item(d, 1, (size_t)(other - d->scenarios));
	desired_complain(&d->faults, at, s->is_of_proxy ? before : "proxy", 400,
	    "%s[%zu] is on that proxy already: one has at most one scenario",
	    first.list, first.i);
}

/* proxy: that it is said within, and NULL else; before: where in the item. */
static void
take_scenario(struct document *d, const struct desired_item *at,
    const char *before, json_t *json, const struct proxy_key *proxy,
    const char *tenant)
{
	struct desired_scenario *s = &d->scenarios[d->put.nscenarios];
	const char *given = proxy != NULL ? proxy->name : NULL;
	struct tries t = { .at = at,
		.before = before,
		.json = json,
		.mend = mend_scenario,
		.has_name = 1 };
	struct failure f;

	if (json_is_object(json))
		take_scenario_keys(d, at, json, before,
		    given != NULL ? &scenario_of_proxy_keys : &scenario_keys);
	while ((s->scenario = decode_scenario(json, given, &f)) == NULL) {
		if (!mended(d, &t, &f))
			return;
	}
	text_put(s->scenario->spec.proxy.tenant, TENANT_NAME_MAX + 1, tenant);
	s->is_of_proxy = given != NULL;
	s->item = at->i;
	enter_scenario(d, at, before, s, &t);
}

static void
next_scenario(struct document *d, size_t i)
{
	json_t *json = json_array_get(d->items[1], i);
	const struct desired_item at = item_at(DESIRED_SCENARIOS, i, json);
	char tenant[TENANT_NAME_MAX + 1];

	take_tenant(d, &at, json, tenant);
	take_scenario(d, &at, "", json, NULL, tenant);
}

/* ---- a proxy */

static void
take_endpoint(struct document *d, const struct desired_item *at,
    const struct endpoint *e, const char *field)
{
	char why[384];

	if (e->error != ENDPOINT_OK)
		desired_complain(&d->faults, at, field, 400, "%s",
		    endpoint_error_text(e, e->error, 0, why, sizeof(why)));
}

/* As GET /state has it. */
static void
take_its_scenario(struct document *d, const struct desired_item *at,
    json_t *json, const struct proxy_key *key)
{
	json_t *scenario = member(json, "scenario");

	if (scenario != NULL)
		take_scenario(d, at, "scenario", scenario, key, key->tenant);
}

static void
enter_proxy(
    struct document *d, const struct desired_item *at, struct proxy_entry *e)
{
	const struct proxy_entry *other =
	    enter(&d->proxy_names, e, compare_proxies);

	if (other != NULL)
		desired_complain(&d->faults, at, "name", 400,
		    "proxies[%zu] has that name, too",
		    (size_t)(other - d->proxies));
}

static void
next_proxy(struct document *d, size_t i)
{
	json_t *json = json_array_get(d->items[0], i);
	const struct desired_item at = item_at(DESIRED_PROXIES, i, json);
	struct proxy_entry *e = &d->proxies[i];
	struct tries t = { .at = &at,
		.before = "",
		.json = json,
		.mend = mend_proxy,
		.has_name = 1 };
	char tenant[TENANT_NAME_MAX + 1];
	struct failure f;

	take_tenant(d, &at, json, tenant);
	if (json_is_object(json)) {
		desired_take_keys(d, &at, json, "", &desired_proxy_keys);
		take_ttl(d, &at, json, "");
		take_toxics_keys(d, &at, json, "");
	}
	while (decode_proxy(e, json, &f) == -1) {
		if (!mended(d, &t, &f))
			return;
	}
	text_put(e->spec.key.tenant, sizeof(e->spec.key.tenant), tenant);
	take_endpoint(d, &at, &e->spec.listen, "listen");
	take_endpoint(d, &at, &e->spec.upstream, "upstream");
	if (t.has_name)
		enter_proxy(d, &at, e);
	take_its_scenario(d, &at, json, &e->spec.key);
}

/* What has been read of the JSON goes at once: all of it would take a while. */
int
doc_next(struct document *d)
{
	const size_t n = json_array_size(d->items[0]), i = d->decoded++;
	const size_t all = n + json_array_size(d->items[1]);
	const int list = i >= n;
	const size_t nth = list == 0 ? i : i - n;

	if (i >= all)
		return 0;
	doc_write_item(d, list, nth);
	if (list == 0)
		next_proxy(d, nth);
	else
		next_scenario(d, nth);
	json_array_set_new(d->items[list], nth, json_null());
	return i + 1 < all;
}

/* SPDX-License-Identifier: ISC */
/* All that is wrong with a configuration file: see mend.h. */

#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "file.h"
#include "log.h"
#include "meant.h"
#include "mend.h"
#include "nitems.h"
#include "text_put.h"
#include "values.h"

/* Of one entry: each toxic may have some. */
#define MENDS_MAX (8 * PROXY_TOXICS_MAX)

/* One entry, while it is looked at. */
struct look {
	const struct config *config;
	report_fn *report;
	size_t i;
	json_t *copy; /* mended */
	size_t faults;
};

/* ---- saying it */

static void __attribute__((__format__(printf, 4, 5)))
fault(struct look *l, const char *path, const char *key, const char *fmt, ...)
{
	struct place place = config_place(l->config, l->i);
	struct failure f = { .entry = (int)l->i + 1 };
	struct place unused;
	char text[FAULT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f.text, sizeof(f.text), fmt, ap);
	va_end(ap);
	config_describe(l->config, &f, &unused, text);
	place_path(&place, path);
	if (key != NULL)
		(void)place_key(&place, key);
	l->report(&place, text);
	l->faults++;
}

/* ---- keys that are none */

/* One that was meant for another is taken for it: it is not missing, then. */
static void
take_keys(
    struct look *l, json_t *object, const char *path, const struct keys *keys)
{
	const char *key, *near;
	void *next;
	json_t *v;

	json_object_foreach_safe(object, next, key, v)
	{
		if (keys_have(keys, key))
			continue;
		near = keys_meant(keys, key);
		fault(l, path, key, "unknown key \"%.64s\"%s%s%s", key,
		    near != NULL ? ": did you mean \"" : "",
		    near != NULL ? near : "", near != NULL ? "\"?" : "");
		if (near != NULL && member(object, near) == NULL)
			json_object_set(object, near, v);
		json_object_del(object, key);
	}
}

static void
take_attribute_keys(struct look *l, json_t *toxic, const char *path)
{
	const char *type = json_string_value(member(toxic, "type")), *key;
	struct path attributes = path_of(path, "attributes");
	json_t *object = member(toxic, "attributes"), *v;
	enum toxic_kind kind;
	char text[256];
	void *next;

	kind = type != NULL ? toxic_kind_of(type) : TOXIC_NONE;
	if (kind == TOXIC_NONE)
		return;
	json_object_foreach_safe(object, next, key, v)
	{
		if (attribute_is_known(kind, key))
			continue;
		attribute_unknown(kind, key, text, sizeof(text));
		fault(l, attributes.text, key, "%s", text);
		json_object_del(object, key);
	}
}

static void
take_all_keys(struct look *l)
{
	json_t *toxics, *toxic;
	char path[32];
	size_t i;

	if (!json_is_object(l->copy))
		return;
	take_keys(l, l->copy, "", &proxy_keys);
	toxics = member(l->copy, "toxics");
	json_array_foreach(toxics, i, toxic)
	{
		if (!json_is_object(toxic))
			continue;
		snprintf(path, sizeof(path), "toxics[%zu]", i);
		take_keys(l, toxic, path, &toxic_keys);
		take_attribute_keys(l, toxic, path);
	}
}

static void
look_at(struct look *l, const struct config *c, report_fn *report, size_t i)
{
	*l = (struct look){ .config = c, .report = report, .i = i };
	l->copy = config_entry_copy(c, i);
	take_all_keys(l);
}

void
faults_keys(const struct config *c, report_fn *report)
{
	size_t i, n = config_count(c);
	struct look l;

	for (i = 0; i < n; i++) {
		look_at(&l, c, report, i);
		json_decref(l.copy);
	}
}

/* ---- one entry */

static void
say_failure(struct look *l, struct failure *f)
{
	struct place place;
	char text[FAULT_MAX];

	f->entry = (int)l->i + 1;
	config_describe(l->config, f, &place, text);
	l->report(&place, text);
	l->faults++;
}

static void
look_at_endpoint(struct look *l, const struct endpoint *e, const char *key)
{
	char why[384];

	if (e->error == ENDPOINT_OK)
		return;
	fault(l, key, NULL, "%s: %s", key,
	    endpoint_error_text(e, e->error, 0, why, sizeof(why)));
}

static uint16_t
port_of(const struct endpoint *e)
{
	if (e->error != ENDPOINT_OK)
		return 0;
	return e->literal ? e->address.port
			  : (uint16_t)strtoul(e->service, NULL, 10);
}

static void
look_at_port(struct look *l, const struct proxy_spec *spec)
{
	char why[128];

	if (limits_allow_port(l->config, spec->key.tenant,
		port_of(&spec->listen), why, sizeof(why)) == -1)
		fault(l, "listen", NULL, "listen: %s", why);
}

/* 0 and the entry, as far as it could be mended; or -1. */
static int
check_entry(struct look *l, struct proxy_entry *entry)
{
	char last[sizeof(((struct failure *)0)->at)] = "";
	struct failure f;
	int again, n, r = -1;

	for (n = 0; n < MENDS_MAX; n++) {
		if ((r = decode_proxy(entry, l->copy, &f)) == 0)
			break;
		again = f.at[0] != '\0' && strcmp(f.at, last) == 0;
		if (!again)
			say_failure(l, &f);
		snprintf(last, sizeof(last), "%s", f.at);
		if (mend_proxy(l->copy, &f, again) == -1)
			break;
	}
	if (r == -1)
		return -1;
	text_put(entry->spec.key.tenant, sizeof(entry->spec.key.tenant),
	    config_tenant(l->config, l->i));
	look_at_endpoint(l, &entry->spec.listen, "listen");
	look_at_port(l, &entry->spec);
	look_at_endpoint(l, &entry->spec.upstream, "upstream");
	return 0;
}

/* ---- entries beside each other */

static int
is_any(const struct endpoint *e)
{
	return e->host[0] == '\0' ||
	    (e->literal && address_is_wildcard(&e->address));
}

static const char *
host_of(const struct endpoint *e)
{
	return strcasecmp(e->host, "localhost") == 0 ? "127.0.0.1" : e->host;
}

static int
clash(const struct proxy_spec *a, const struct proxy_spec *b)
{
	const struct endpoint *x = &a->listen, *y = &b->listen;

	if (!a->enabled || !b->enabled || port_of(x) == 0 ||
	    port_of(x) != port_of(y) ||
	    proxy_key_compare(&a->key, &b->key) == 0)
		return 0;
	if (is_any(x) || is_any(y))
		return 1;
	return x->literal && y->literal
	    ? address_equal(&x->address, &y->address)
	    : strcasecmp(host_of(x), host_of(y)) == 0;
}

size_t
faults_clash(const struct proxy_entry *entries, size_t n, size_t i)
{
	size_t j;

	for (j = 0; j < n; j++) {
		if (j != i && clash(&entries[j].spec, &entries[i].spec))
			return j;
	}
	return n;
}

static void
check_others(struct look *l, const struct proxy_entry *entries)
{
	const struct proxy_spec *spec = &entries[l->i].spec;
	char other[PROXY_KEY_TEXT_MAX + 1];
	struct place place;
	size_t j;

	for (j = 0; j < l->i; j++) {
		if (proxy_key_compare(&spec->key, &entries[j].spec.key) == 0 &&
		    strcmp(spec->key.name, MENDED) != 0)
			break;
	}
	if (j < l->i) {
		place = config_place(l->config, j);
		fault(l, "name", NULL, "there is one of that name in line %u",
		    place.line);
		return;
	}
	if ((j = faults_clash(entries, l->i, l->i)) == l->i)
		return;
	proxy_key_text(&entries[j].spec.key, other);
	fault(l, "listen", NULL, "listens at %.64s, as proxy \"%.192s\"",
	    spec->listen.text, other);
}

/* It has no name to be known by, or its tenant has none. */
static int
is_nameless(const struct proxy_key *key)
{
	return strcmp(key->name, MENDED) == 0 ||
	    (key->tenant[0] != '\0' && !tenant_name_is_good(key->tenant));
}

/* Of names only this one is known without asking: it is a number here. */
static void
take_localhost(struct endpoint *e)
{
	struct address a = { .family = 4, .ip = { 127, 0, 0, 1 } };

	if (e->error != ENDPOINT_OK || e->literal ||
	    strcasecmp(e->host, "localhost") != 0 ||
	    e->service[strspn(e->service, "0123456789")] != '\0')
		return;
	a.port = port_of(e);
	endpoint_of_address(e, &a);
}

static void
tell_listener(
    const struct look *l, const struct proxy_entry *entry, listens_fn *listens)
{
	struct place place = config_place(l->config, l->i);
	struct proxy_entry known = *entry;

	if (is_nameless(&entry->spec.key))
		return;
	place_path(&place, "listen");
	take_localhost(&known.spec.listen);
	listens(&place, &known);
}

/* ---- all of it */

static void
say_of_file(const struct config *c, report_fn *report, const struct failure *f)
{
	char text[FAULT_MAX];
	struct place p;

	config_describe(c, f, &p, text);
	report(&p, text);
}

static size_t
check_settings(struct config *c, report_fn *report)
{
	struct failure f = { .status = 400 };
	const char *key;
	size_t n = 0;
	json_t *v;

	if (!c->is_settings)
		return 0;
	json_object_foreach(c->json, key, v)
	{
		f.text[0] = '\0';
		if (config_key(key, &f) == 0)
			continue;
		say_of_file(c, report, &f);
		n++;
	}
	return n + config_settings_faults(c, report, say_of_file);
}

static size_t
check_entries(struct config *c, report_fn *report, listens_fn *listens,
    struct config_end *end)
{
	size_t i, n = config_count(c), faults = 0;
	struct proxy_entry *entries = calloc(n + 1, sizeof(*entries));
	struct look l;

	if (entries == NULL)
		fatal("%s", __func__);
	for (i = 0; i < n; i++) {
		look_at(&l, c, report, i);
		if (check_entry(&l, &entries[i]) == 0) {
			check_others(&l, entries);
			tell_listener(&l, &entries[i], listens);
		}
		end->ntoxics += (uint32_t)entries[i].ntoxics;
		faults += l.faults;
		json_decref(l.copy);
	}
	end->nproxies = (uint32_t)n;
	proxy_entries_free(entries, n);
	return faults;
}

/* Too many are not gone through. */
static size_t
check_lists(struct config *c, report_fn *report, listens_fn *listens,
    struct config_end *end)
{
	struct proxy_entry *entries;
	size_t n, faults = 0;
	struct failure f;

	if (config_entries(c, &entries, &n, &f) == 0) {
		proxy_entries_free(entries, n);
	} else if (f.entry == 0) { /* a list is none, or they are too many */
		say_of_file(c, report, &f);
		faults = 1;
	}
	if (config_count(c) > POPULATE_MAX)
		return faults;
	return faults + check_entries(c, report, listens, end);
}

void
faults_all(struct config *c, report_fn *report, listens_fn *listens,
    struct config_end *end)
{
	size_t n = check_settings(c, report);

	n += check_lists(c, report, listens, end);
	end->is_bad = n > 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * From JSON to checked structs of proxies and toxics, or the reason why not.
 * What is not known is skipped, as by Go's decoder, but for attributes of
 * toxics that the original does not have.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "attributes.h"
#include "connect.h"
#include "log.h"
#include "scenarios.h"
#include "selects.h"
#include "text_put.h"
#include "toxic_owner.h"
#include "waves.h"

/* What is nearer to 2^128 than to the largest float. */
#define FLOAT_LIMIT 0x1.ffffffp127

/* ---- toxics */

static int
get_toxicity(const struct object *o, float *value, int *given)
{
	struct path path = path_of(o->path, "toxicity");
	json_t *v = member(o->json, "toxicity");

	*given = v != NULL;
	if (v == NULL)
		return 0;
	if (!json_is_number(v))
		return mismatch(path.text, "a number", v, o->f);
	if (fabs(json_number_value(v)) >= FLOAT_LIMIT)
		return too_large(path.text, o->f);
	*value = (float)json_number_value(v);
	return 0;
}

/* A toxic's keys as they were given, before anything is made of them. */
struct toxic_keys {
	char name[TOXIC_NAME_MAX + 1];
	char type[TOXIC_NAME_MAX + 1];
	char stream[TOXIC_NAME_MAX + 1];
	float toxicity;
	int64_t lease;
	json_t *toxic, *attributes;
	struct path path, attributes_path;
};

static int
get_toxic_keys(struct toxic_keys *k, const struct object *o)
{
	int given;

	*k = (struct toxic_keys){ .stream = "downstream", .toxicity = 1 };
	text_put(k->path.text, sizeof(k->path.text), o->path);
	k->toxic = o->json;
	k->attributes_path = path_of(o->path, "attributes");
	k->attributes = member(o->json, "attributes");
	if (expect_object(o->json, o->path, o->f) == -1 ||
	    get_text(o, "name", k->name, TOXIC_NAME_MAX, &given) == -1 ||
	    get_text(o, "type", k->type, TOXIC_NAME_MAX, &given) == -1 ||
	    get_text(o, "stream", k->stream, TOXIC_NAME_MAX, &given) == -1 ||
	    get_toxicity(o, &k->toxicity, &given) == -1 ||
	    get_ttl(o, &k->lease, &given) == -1)
		return -1;
	if (k->attributes == NULL)
		return 0;
	return expect_object(k->attributes, k->attributes_path.text, o->f);
}

static int
stream_of(const char *name, uint8_t *stream)
{
	for (*stream = 0; *stream < STREAM_MAX; ++*stream) {
		if (strcasecmp(name,
			toxic_stream_name((enum toxic_stream) * stream)) == 0)
			return 0;
	}
	return -1;
}

int
toxic_is_offered(enum toxic_kind kind)
{
	return kind != TOXIC_NONE &&
	    (toxic_schema(kind)->whose != OF_DEBUG ||
		(apid.flags & SETUP_DEBUG_TOXICS) != 0);
}

/* Kind, stream and name: everything that may refuse before the attributes. */
static int
begin_toxic(
    struct toxic_spec *spec, const struct toxic_keys *k, struct failure *f)
{
	enum toxic_kind kind;
	uint8_t stream;

	if (stream_of(k->stream, &stream) == -1) {
		failure_set(f, 400,
		    "stream was invalid, can be either upstream or downstream");
		failure_at(f, path_of(k->path.text, "stream").text);
		return -1;
	}
	kind = toxic_kind_of(k->type);
	if (!toxic_is_offered(kind)) {
		failure_set(f, 400, "invalid toxic type");
		failure_at(f, path_of(k->path.text, "type").text);
		return -1;
	}
	toxic_spec_init(spec, kind);
	spec->stream = stream;
	if (k->name[0] != '\0')
		memcpy(spec->name, k->name, sizeof(spec->name));
	else
		snprintf(spec->name, sizeof(spec->name), "%s_%s",
		    toxic_schema((enum toxic_kind)spec->kind)->name,
		    toxic_stream_name((enum toxic_stream)spec->stream));
	spec->toxicity = k->toxicity;
	spec->lease = k->lease;
	return 0;
}

/* As GET /state has it. */
static int
get_owner(const struct object *o, struct toxic_spec *spec)
{
	char owner[TOXIC_OWNER_MAX + 1] = "";
	int given;

	if (get_text(o, "owner", owner, TOXIC_OWNER_MAX, &given) == -1)
		return -1;
	if (toxic_owner_set(spec, owner) == 0 &&
	    toxic_owner_kind(spec) != OWNER_SCENARIO)
		return 0;
	failure_set(o->f, 400, "owner was invalid, has to be as profile:NAME");
	failure_at(o->f, path_of(o->path, "owner").text);
	return -1;
}

static int
finish_toxic(
    struct toxic_spec *spec, const struct toxic_keys *k, struct failure *f)
{
	struct object attributes = { k->attributes, k->attributes_path.text,
		f };
	struct object toxic = { k->toxic, k->path.text, f };
	uint8_t given = 0;
	int has_select, has_waves;

	return get_owner(&toxic, spec) == 0 &&
		get_select(&toxic, spec, &has_select) == 0 &&
		get_waves(&toxic, spec, &has_waves) == 0 &&
		get_attributes(&attributes, spec, &given) == 0
	    ? bad_value(spec, &attributes)
	    : -1;
}

static int
already_exists(struct failure *f, const char *path)
{
	failure_set(f, 409, "toxic already exists");
	failure_at(f, path);
	return -1;
}

int
decode_toxic(struct toxic_spec *spec, const struct proxy *p, json_t *json,
    struct failure *f)
{
	struct object o = { json, "", f };
	struct toxic_keys k;

	if (get_toxic_keys(&k, &o) == -1 || begin_toxic(spec, &k, f) == -1)
		return -1;
	if (finish_toxic(spec, &k, f) == 0)
		return 0;
	/* That the name is taken would be said first. */
	return p != NULL && replica_toxic_find(p, spec->name) != NULL
	    ? already_exists(f, "name")
	    : -1;
}

int
decode_toxic_update(struct toxic_update *update, const struct toxic_spec *was,
    json_t *json, struct failure *f)
{
	struct object o = { json, "", f };
	struct object attributes = { member(json, "attributes"), "attributes",
		f };
	int given, has_lease, has_select, has_waves;

	toxic_spec_copy(&update->spec, was);
	update->spec.lease = 0;
	if (expect_object(json, "", f) == -1 ||
	    get_toxicity(&o, &update->spec.toxicity, &given) == -1 ||
	    get_ttl(&o, &update->spec.lease, &has_lease) == -1 ||
	    get_select(&o, &update->spec, &has_select) == -1 ||
	    get_waves(&o, &update->spec, &has_waves) == -1)
		return -1;
	update->has_toxicity = (uint8_t)given;
	update->has_select = (uint8_t)has_select;
	update->has_waves = (uint8_t)has_waves;
	update->has_lease = (uint8_t)has_lease;
	if (attributes.json != NULL &&
	    (expect_object(attributes.json, attributes.path, f) == -1 ||
		get_attributes(
		    &attributes, &update->spec, &update->values_given) == -1))
		return -1;
	return bad_value(&update->spec, &attributes);
}

/* ---- proxies */

void
proxy_entry_free(struct proxy_entry *entry)
{
	while (entry->ntoxics > 0)
		free(entry->toxics[--entry->ntoxics]);
	free(entry->toxics);
	entry->toxics = NULL;
	scenario_free(entry->scenario);
	entry->scenario = NULL;
}

static int
name_is_taken(const struct proxy_entry *entry, const char *name)
{
	size_t i;

	for (i = 0; i < entry->ntoxics; i++) {
		if (strcmp(entry->toxics[i]->name, name) == 0)
			return 1;
	}
	return 0;
}

static int
get_listed_toxic(struct proxy_entry *entry, const struct object *o)
{
	struct toxic_spec spec, *copy;
	struct toxic_keys k;

	if (get_toxic_keys(&k, o) == -1 || begin_toxic(&spec, &k, o->f) == -1)
		return -1;
	if (name_is_taken(entry, spec.name))
		return already_exists(o->f, o->path);
	if (finish_toxic(&spec, &k, o->f) == -1)
		return -1;
	if ((copy = toxic_spec_dup(&spec)) == NULL)
		fatal("%s", __func__);
	entry->toxics[entry->ntoxics++] = copy;
	return 0;
}

static int
get_toxics(struct proxy_entry *entry, json_t *list, struct failure *f)
{
	struct object o = { .f = f };
	char path[32];
	size_t i;

	if (!json_is_array(list))
		return mismatch("toxics", "an array", list, f);
	if (json_array_size(list) > PROXY_TOXICS_MAX) {
		failure_set(
		    f, 400, "toxics: a proxy has at most %d", PROXY_TOXICS_MAX);
		failure_at(f, "toxics");
		return -1;
	}
	entry->ntoxics = 0;
	entry->toxics =
	    calloc(json_array_size(list) + 1, sizeof(struct toxic_spec *));
	if (entry->toxics == NULL)
		fatal("%s", __func__);
	json_array_foreach(list, i, o.json)
	{
		snprintf(path, sizeof(path), "toxics[%zu]", i);
		o.path = path;
		if (get_listed_toxic(entry, &o) == -1)
			return -1;
	}
	return 0;
}

int
missing(const char *field, const char *where, struct failure *f)
{
	failure_set(f, 400, "missing required field: %s%s", field, where);
	f->lacks = field;
	return -1;
}

static int
get_proxy(struct proxy_entry *entry, json_t *json, const char *where,
    struct failure *f)
{
	struct proxy_spec *spec = &entry->spec;
	struct object o = { json, "", f };
	json_t *toxics = member(json, "toxics");
	int given, given_listen;

	spec->enabled = 1;
	if (expect_object(json, "", f) == -1 ||
	    get_text(&o, "name", spec->key.name, PROXY_NAME_MAX, &given) ==
		-1 ||
	    get_endpoint(&o, "listen", &spec->listen, &given_listen) == -1 ||
	    get_endpoint(&o, "upstream", &spec->upstream, &given) == -1 ||
	    get_boolean(&o, "enabled", &spec->enabled, &given) == -1 ||
	    get_connect(&o, &spec->connect, &given) == -1 ||
	    get_ttl(&o, &spec->lease, &given) == -1)
		return -1;
	if (spec->key.name[0] == '\0')
		return missing("name", where, f);
	if (spec->upstream.text[0] == '\0')
		return missing("upstream", where, f);
	if (!given_listen) /* anywhere */
		endpoint_split(&spec->listen, "");
	return toxics == NULL ? 0 : get_toxics(entry, toxics, f);
}

int
decode_proxy(struct proxy_entry *entry, json_t *json, struct failure *f)
{
	memset(entry, 0, sizeof(*entry));
	if (get_proxy(entry, json, "", f) == -1) {
		proxy_entry_free(entry);
		return -1;
	}
	return 0;
}

int
decode_proxy_update(
    struct proxy_update *update, json_t *json, struct failure *f)
{
	struct object o = { json, "", f };
	char name[PROXY_NAME_MAX + 1]; /* must be one, and is not used */
	int given, has_listen, has_upstream, has_enabled, has_connect;
	int has_lease;

	if (expect_object(json, "", f) == -1 ||
	    get_text(&o, "name", name, PROXY_NAME_MAX, &given) == -1 ||
	    get_endpoint(&o, "listen", &update->listen, &has_listen) == -1 ||
	    get_endpoint(&o, "upstream", &update->upstream, &has_upstream) ==
		-1 ||
	    get_boolean(&o, "enabled", &update->enabled, &has_enabled) == -1 ||
	    get_connect(&o, &update->connect, &has_connect) == -1 ||
	    get_ttl(&o, &update->lease, &has_lease) == -1)
		return -1;
	update->has_listen = (uint8_t)has_listen;
	update->has_upstream = (uint8_t)has_upstream;
	update->has_enabled = (uint8_t)has_enabled;
	update->has_connect = (uint8_t)has_connect;
	update->has_lease = (uint8_t)has_lease;
	return 0;
}

void
proxy_entries_free(struct proxy_entry *entries, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		proxy_entry_free(&entries[i]);
	free(entries);
}

/* Says which entry is meant where the failure does not. */
static void
locate(struct failure *f, const char *where)
{
	size_t len = strlen(f->text);

	if (strstr(f->text, where) == NULL)
		snprintf(f->text + len, sizeof(f->text) - len, "%s", where);
}

int
decode_populate(
    struct proxy_entry **entries, size_t *n, json_t *json, struct failure *f)
{
	struct proxy_entry *list;
	char where[32];
	json_t *v;
	size_t i, size = json_array_size(json);

	if (!json_is_array(json) && !json_is_null(json))
		return mismatch("", "an array of proxies", json, f);
	if (size > POPULATE_MAX) {
		failure_set(f, 400,
		    "bad request body: more than %d proxies at once",
		    POPULATE_MAX);
		return -1;
	}
	if ((list = calloc(size + 1, sizeof(*list))) == NULL)
		fatal("%s", __func__);
	json_array_foreach(json, i, v)
	{
		snprintf(where, sizeof(where), " at proxy %zu", i + 1);
		if (get_proxy(&list[i], v, where, f) == 0)
			continue;
		locate(f, where);
		f->entry = (int)i + 1;
		proxy_entries_free(list, size);
		return -1;
	}
	*entries = list;
	*n = size;
	return 0;
}

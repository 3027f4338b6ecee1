/* SPDX-License-Identifier: ISC */
/*
 * JSON in: from what somebody sent to checked structs, or the reason why not.
 * As Go's decoder does it: keys in any case, the last one counts, null is as
 * good as absent, what is not known is skipped.
 */

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "apid.h"
#include "log.h"

void
failure_set(struct failure *f, int status, const char *fmt, ...)
{
	va_list ap;

	f->status = status;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

/* ---- the text */

static void
syntax_failure(const json_error_t *error, struct failure *f)
{
	if (json_error_code(error) == json_error_premature_end_of_input)
		failure_set(f, 400, "bad request body: unexpected EOF");
	else
		failure_set(f, 400, "bad request body: line %d column %d: %s",
		    error->line, error->column, error->text);
}

/*
 * All that is no more than a comma to whoever sends it costs time and a
 * hundred bytes of memory here: enough for any honest body, and for no more.
 */
#define VALUES_MAX 262144

static int
has_too_many_values(const char *body, size_t len)
{
	int in_string = 0;
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (in_string && body[i] == '\\')
			i++;
		else if (body[i] == '"')
			in_string = !in_string;
		else if (!in_string &&
		    (body[i] == ',' || body[i] == '[' || body[i] == '{'))
			n++;
	}
	return n > VALUES_MAX;
}

/* A second time without the numbers that are too large for the parser. */
static json_t *
parse(const char *body, size_t len, json_error_t *error)
{
	const size_t flags = JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY;
	json_t *json = json_loadb(body, len, flags, error);
	char *copy;

	if (json != NULL ||
	    json_error_code(error) != json_error_numeric_overflow)
		return json;
	if ((copy = strndup(body, len)) == NULL)
		fatal("%s", __func__);
	numbers_replace_large(copy);
	json = json_loadb(copy, strlen(copy), flags, error);
	free(copy);
	return json;
}

/* Only the first value counts; whatever follows it is not looked at. */
int
decode_body(json_t **json, const char *body, size_t len, struct failure *f)
{
	json_error_t error;
	size_t i = 0;

	while (i < len && strchr(" \t\r\n", body[i]) != NULL && body[i] != '\0')
		i++;
	if (i == len) {
		failure_set(f, 400, "bad request body: EOF");
		return -1;
	}
	if (has_too_many_values(body, len)) {
		failure_set(f, 400, "bad request body: more than %d values",
		    VALUES_MAX);
		return -1;
	}
	if ((*json = parse(body, len, &error)) == NULL) {
		syntax_failure(&error, f);
		return -1;
	}
	return 0;
}

/* ---- values: path is where they stand, "toxics[0].attributes.latency" */

struct path {
	char text[128];
};

static struct path
path_of(const char *before, const char *key)
{
	struct path p;

	snprintf(p.text, sizeof(p.text), "%s%s%s", before,
	    before[0] != '\0' ? "." : "", key);
	return p;
}

static const char *
type_name(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "an integer";
	case JSON_REAL:
		return "a fraction";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	default:
		return "null";
	}
}

static int
mismatch(const char *path, const char *expected, const json_t *got,
    struct failure *f)
{
	failure_set(f, 400, "bad request body: %s%sexpected %s, got %s", path,
	    path[0] != '\0' ? ": " : "", expected, type_name(got));
	return -1;
}

/* NULL if it is not there, or null. */
static json_t *
member(json_t *object, const char *name)
{
	json_t *v, *found = NULL;
	const char *key;

	json_object_foreach(object, key, v)
	{
		if (strcasecmp(key, name) == 0 && !json_is_null(v))
			found = v;
	}
	return found;
}

/* What a body has to be; null will do, and has no members. */
static int
expect_object(json_t *v, const char *path, struct failure *f)
{
	if (json_is_object(v) || json_is_null(v))
		return 0;
	return mismatch(path, "an object", v, f);
}

/* An object whose members are wanted, where it stands, and for complaints. */
struct object {
	json_t *json;
	const char *path;
	struct failure *f;
};

/* Into text[max + 1], which stays as it is if the member is absent. */
static int
get_text(
    const struct object *o, const char *key, char *text, size_t max, int *given)
{
	struct path path = path_of(o->path, key);
	json_t *v = member(o->json, key);

	*given = v != NULL;
	if (v == NULL)
		return 0;
	if (!json_is_string(v))
		return mismatch(path.text, "a string", v, o->f);
	if (json_string_length(v) > max) {
		failure_set(o->f, 400,
		    "bad request body: %s: longer than %zu bytes", path.text,
		    max);
		return -1;
	}
	memcpy(text, json_string_value(v), json_string_length(v) + 1);
	return 0;
}

static int
get_endpoint(
    const struct object *o, const char *key, struct endpoint *e, int *given)
{
	char text[ENDPOINT_TEXT_MAX + 1] = "";

	if (get_text(o, key, text, ENDPOINT_TEXT_MAX, given) == -1)
		return -1;
	memset(e, 0, sizeof(*e));
	return *given ? endpoint_split(e, text) : 0;
}

static int
get_boolean(const struct object *o, const char *key, uint8_t *value, int *given)
{
	struct path path = path_of(o->path, key);
	json_t *v = member(o->json, key);

	*given = v != NULL;
	if (v == NULL)
		return 0;
	if (!json_is_boolean(v))
		return mismatch(path.text, "a boolean", v, o->f);
	*value = json_is_true(v);
	return 0;
}

static int
too_large(const char *path, struct failure *f)
{
	failure_set(
	    f, 400, "bad request body: %s: the number is too large", path);
	return -1;
}

#define INT64_LIMIT 9223372036854775808.0
/* What is nearer to 2^128 than to the largest float. */
#define FLOAT_LIMIT 0x1.ffffffp127

/* What some JSON libraries make of an integer, 100.0, is taken as one. */
static int
get_integer(json_t *v, const char *path, int64_t *value, struct failure *f)
{
	double real;

	if (json_is_integer(v)) {
		*value = json_integer_value(v);
		return 0;
	}
	real = json_real_value(v);
	if (fabs(real) >= INT64_LIMIT && real != -INT64_LIMIT)
		return too_large(path, f);
	if (!json_is_real(v) || (double)(int64_t)real != real)
		return mismatch(path, "an integer", v, f);
	*value = (int64_t)real;
	return 0;
}

/* ---- toxics */

static int
bad_value(const struct toxic_spec *spec, struct failure *f)
{
	struct toxic_fault fault;

	if (toxic_spec_check(spec, &fault) == 0)
		return 0;
	failure_set(f, 400, "invalid %s%s: %s",
	    strcmp(fault.field, "toxicity") == 0 ? "" : "attribute ",
	    fault.field, fault.why);
	return -1;
}

/* given: bit i for attribute i; the others stay as they are. */
static int
get_attributes(
    const struct object *o, int kind, int64_t *values, uint8_t *given)
{
	const struct toxic_schema *schema = toxic_schema((enum toxic_kind)kind);
	struct path path;
	json_t *v;
	size_t i;

	for (i = 0; i < schema->nattributes; i++) {
		v = member(o->json, schema->attributes[i].name);
		if (v == NULL)
			continue;
		path = path_of(o->path, schema->attributes[i].name);
		if (get_integer(v, path.text, &values[i], o->f) == -1)
			return -1;
		*given |= (uint8_t)(1U << i);
	}
	return 0;
}

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
	json_t *attributes;
	struct path attributes_path;
};

static int
get_toxic_keys(struct toxic_keys *k, const struct object *o)
{
	int given;

	*k = (struct toxic_keys){ .stream = "downstream", .toxicity = 1 };
	k->attributes_path = path_of(o->path, "attributes");
	k->attributes = member(o->json, "attributes");
	if (expect_object(o->json, o->path, o->f) == -1 ||
	    get_text(o, "name", k->name, TOXIC_NAME_MAX, &given) == -1 ||
	    get_text(o, "type", k->type, TOXIC_NAME_MAX, &given) == -1 ||
	    get_text(o, "stream", k->stream, TOXIC_NAME_MAX, &given) == -1 ||
	    get_toxicity(o, &k->toxicity, &given) == -1)
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

static int
is_offered(enum toxic_kind kind)
{
	return kind != TOXIC_KIND_MAX &&
	    (!toxic_schema(kind)->is_debug ||
		(apid.flags & SETUP_DEBUG_TOXICS) != 0);
}

/* Kind, stream and name: everything that may refuse before the attributes. */
static int
begin_toxic(
    struct toxic_spec *spec, const struct toxic_keys *k, struct failure *f)
{
	memset(spec, 0, sizeof(*spec));
	if (stream_of(k->stream, &spec->stream) == -1) {
		failure_set(f, 400,
		    "stream was invalid, can be either upstream or downstream");
		return -1;
	}
	spec->kind = (uint8_t)toxic_kind_of(k->type);
	if (!is_offered((enum toxic_kind)spec->kind)) {
		failure_set(f, 400, "invalid toxic type");
		return -1;
	}
	if (k->name[0] != '\0')
		memcpy(spec->name, k->name, sizeof(spec->name));
	else
		snprintf(spec->name, sizeof(spec->name), "%s_%s",
		    toxic_schema((enum toxic_kind)spec->kind)->name,
		    toxic_stream_name((enum toxic_stream)spec->stream));
	spec->toxicity = k->toxicity;
	return 0;
}

static int
finish_toxic(
    struct toxic_spec *spec, const struct toxic_keys *k, struct failure *f)
{
	struct object attributes = { k->attributes, k->attributes_path.text,
		f };
	uint8_t given = 0;

	if (get_attributes(&attributes, spec->kind, spec->attributes, &given) ==
	    -1)
		return -1;
	return bad_value(spec, f);
}

static int
already_exists(struct failure *f)
{
	failure_set(f, 409, "toxic already exists");
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
	    ? already_exists(f)
	    : -1;
}

int
decode_toxic_update(struct toxic_update *update, const struct toxic_spec *was,
    json_t *json, struct failure *f)
{
	struct object o = { json, "", f };
	struct object attributes = { member(json, "attributes"), "attributes",
		f };
	struct toxic_spec spec = *was;
	int given;

	if (expect_object(json, "", f) == -1 ||
	    get_toxicity(&o, &spec.toxicity, &given) == -1)
		return -1;
	if (attributes.json != NULL &&
	    (expect_object(attributes.json, attributes.path, f) == -1 ||
		get_attributes(&attributes, was->kind, spec.attributes,
		    &update->attributes_given) == -1))
		return -1;
	if (bad_value(&spec, f) == -1)
		return -1;
	update->kind = was->kind;
	update->has_toxicity = (uint8_t)given;
	update->toxicity = spec.toxicity;
	memcpy(update->attributes, spec.attributes, sizeof(spec.attributes));
	return 0;
}

/* ---- proxies */

void
proxy_entry_free(struct proxy_entry *entry)
{
	free(entry->toxics);
	entry->toxics = NULL;
	entry->ntoxics = 0;
}

static int
name_is_taken(const struct proxy_entry *entry, const char *name)
{
	size_t i;

	for (i = 0; i < entry->ntoxics; i++) {
		if (strcmp(entry->toxics[i].name, name) == 0)
			return 1;
	}
	return 0;
}

static int
get_listed_toxic(struct proxy_entry *entry, const struct object *o)
{
	struct toxic_spec *spec = &entry->toxics[entry->ntoxics];
	struct toxic_keys k;

	if (get_toxic_keys(&k, o) == -1 || begin_toxic(spec, &k, o->f) == -1)
		return -1;
	if (name_is_taken(entry, spec->name))
		return already_exists(o->f);
	if (finish_toxic(spec, &k, o->f) == -1)
		return -1;
	entry->ntoxics++;
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
		return -1;
	}
	entry->toxics =
	    calloc(json_array_size(list) + 1, sizeof(*entry->toxics));
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

/* where: "" or " at proxy 2" */
static int
missing(const char *field, const char *where, struct failure *f)
{
	failure_set(f, 400, "missing required field: %s%s", field, where);
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
	    get_text(&o, "name", spec->name, PROXY_NAME_MAX, &given) == -1 ||
	    get_endpoint(&o, "listen", &spec->listen, &given_listen) == -1 ||
	    get_endpoint(&o, "upstream", &spec->upstream, &given) == -1 ||
	    get_boolean(&o, "enabled", &spec->enabled, &given) == -1)
		return -1;
	if (spec->name[0] == '\0')
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
	int given, has_listen, has_upstream, has_enabled;

	if (expect_object(json, "", f) == -1 ||
	    get_text(&o, "name", name, PROXY_NAME_MAX, &given) == -1 ||
	    get_endpoint(&o, "listen", &update->listen, &has_listen) == -1 ||
	    get_endpoint(&o, "upstream", &update->upstream, &has_upstream) ==
		-1 ||
	    get_boolean(&o, "enabled", &update->enabled, &has_enabled) == -1)
		return -1;
	update->has_listen = (uint8_t)has_listen;
	update->has_upstream = (uint8_t)has_upstream;
	update->has_enabled = (uint8_t)has_enabled;
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
	if (size > PROXIES_MAX) {
		failure_set(f, 400,
		    "bad request body: more than %d proxies at once",
		    PROXIES_MAX);
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
		proxy_entries_free(list, size);
		return -1;
	}
	*entries = list;
	*n = size;
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * A file of proxies and their toxics.  All is taken that the API takes as the
 * body of /populate, or shows as /proxies.
 */

#include <err.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "config_fault.h"
#include "config_kinds.h"
#include "config_settings.h"
#include "connect.h"
#include "kinds.h"
#include "meant.h"
#include "numbers.h"
#include "selects.h"
#include "waves.h"

/* As the API reads an object: keys in any case, the last counts, no null. */
static json_t *
member(json_t *object, const char *name)
{
	json_t *value, *found = NULL;
	const char *key;

	json_object_foreach(object, key, value)
	{
		if (strcasecmp(key, name) == 0 && !json_is_null(value))
			found = value;
	}
	return found;
}

/*
 * Of what it has beside these keys, the API looks at nothing.  But what is
 * nearly one of them would be something that silently does not happen.
 */
static int
check_keys(struct config *c, json_t *object, const char *const *keys, size_t n,
    const char *what)
{
	const char *key, *near;
	json_t *value;

	if (!json_is_object(object))
		return config_bad(c, "", "%s is no object", what);
	json_object_foreach(object, key, value)
	{
		if ((near = meant(key, keys, n)) != NULL &&
		    strcasecmp(key, near) != 0)
			return config_bad_key(c, "", key,
			    "unknown key \"%.64s\": did you mean \"%s\"?", key,
			    near);
	}
	return 0;
}

static int
take_text(struct config *c, json_t *object, const char *key, const char **text)
{
	json_t *value = member(object, key);

	if (value == NULL)
		return 0;
	if ((*text = json_string_value(value)) == NULL)
		return config_bad(c, key, "\"%s\" is no text", key);
	return 0;
}

static int
take_stream(struct config *c, json_t *json, struct toxi_toxic *toxic)
{
	const char *stream = "downstream";

	if (take_text(c, json, "stream", &stream) == -1)
		return -1;
	toxic->stream = TOXI_UPSTREAM;
	if (strcasecmp(stream, "upstream") == 0)
		return 0;
	toxic->stream = TOXI_DOWNSTREAM;
	if (strcasecmp(stream, "downstream") == 0)
		return 0;
	return config_bad(c, "stream",
	    "a stream is upstream or downstream, not \"%.64s\"", stream);
}

static int
take_toxicity(struct config *c, json_t *json, struct toxi_toxic *toxic)
{
	json_t *toxicity = member(json, "toxicity");

	toxic->toxicity = 1;
	if (toxicity == NULL)
		return 0;
	if (!json_is_number(toxicity))
		return config_bad(c, "toxicity", "a toxicity is a number");
	toxic->toxicity = json_number_value(toxicity);
	/* Which would be "as it is" in an update. */
	if (toxic->toxicity == TOXI_KEEP)
		toxic->toxicity = nextafter(TOXI_KEEP, -2);
	return 0;
}

static int
take_ttl(struct config *c, json_t *json, int64_t *ttl_ms)
{
	json_t *ttl = member(json, "ttl");

	if (ttl != NULL &&
	    (!config_is_integer(ttl) || json_number_value(ttl) < 0))
		return config_bad(
		    c, "ttl", "a \"ttl\" is a number of milliseconds");
	*ttl_ms = (int64_t)json_number_value(ttl);
	return 0;
}

static int
take_select(struct config *c, json_t *json, struct toxi_toxic *toxic)
{
	json_t *select = member(json, "select");
	char why[128];

	if (select == NULL)
		return 0;
	toxic->select = select_of_json(select, why, sizeof(why));
	return toxic->select != NULL ? 0 : config_bad(c, "select", "%s", why);
}

static int
take_waves(struct config *c, json_t *json, struct toxi_toxic *toxic)
{
	json_t *waves = member(json, "wave");
	char why[128];

	if (waves != NULL &&
	    waves_of_json(toxic, waves, why, sizeof(why)) == -1)
		return config_bad(c, "wave", "%s", why);
	return 0;
}

/* known: NULL of types that are not ours, of which all is taken. */
static int
take_value(struct config *c, const struct toxic_attribute *known, json_t *value,
    struct toxi_attribute *a)
{
	char *dump, path[128];

	if (known != NULL && !config_is_of_kind(known->kind, value)) {
		snprintf(path, sizeof(path), "attributes.%s", known->name);
		return config_bad(c, path, "attribute \"%s\" is no %s",
		    known->name, config_kind_name(known->kind));
	}
	if (config_is_integer(value)) {
		a->value = config_integer(value);
		return 0;
	}
	if ((dump = json_dumps(value, JSON_ENCODE_ANY)) == NULL ||
	    json_array_append_new(c->texts, json_string(dump)) == -1)
		err(1, NULL);
	free(dump);
	a->kind = TOXI_JSON;
	a->json = json_string_value(
	    json_array_get(c->texts, json_array_size(c->texts) - 1));
	return 0;
}

/* *known is NULL where it is none that the type has; see check_keys(). */
static int
find_attribute(struct config *c, const struct toxic_schema *s, const char *key,
    const struct toxic_attribute **known)
{
	const char *near;

	*known = kinds_attribute(s, key);
	if (*known != NULL || (near = kinds_suggest(s, key)) == NULL)
		return 0;
	return config_bad_key(c, "attributes", key,
	    "%s has no attribute \"%.64s\": did you mean \"%s\"?", s->name, key,
	    near);
}

static struct toxi_attribute *
place_of(struct toxi_toxic *toxic, const char *name)
{
	size_t i;

	for (i = 0; i < TOXI_ATTRIBUTES; i++)
		if (toxic->attributes[i].name == NULL ||
		    strcmp(toxic->attributes[i].name, name) == 0)
			return &toxic->attributes[i];
	return NULL;
}

static int
take_attributes(struct config *c, json_t *json, struct toxi_toxic *toxic)
{
	const struct toxic_schema *s = kinds_find(toxic->type);
	json_t *object = member(json, "attributes"), *value;
	const struct toxic_attribute *known = NULL;
	struct toxi_attribute *a;
	const char *key, *name;

	if (object == NULL)
		return 0;
	if (!json_is_object(object))
		return config_bad(
		    c, "attributes", "\"attributes\" is no object");
	json_object_foreach(object, key, value)
	{
		if (s != NULL && find_attribute(c, s, key, &known) == -1)
			return -1;
		if ((s != NULL && known == NULL) || json_is_null(value))
			continue;
		name = known != NULL ? known->name : key;
		if ((a = place_of(toxic, name)) == NULL)
			return config_bad(
			    c, "attributes", "too many attributes");
		a->name = name;
		if (take_value(c, known, value, a) == -1)
			return -1;
	}
	return 0;
}

/* Its name, by malloc: TYPE_STREAM if it was not said.  NULL: a bad one. */
static char *
take_toxic(struct config *c, json_t *json, struct toxi_toxic *toxic)
{
	static const char *const keys[] = { "name", "type", "stream",
		"toxicity", "select", "wave", "attributes", "owner", "ttl" };
	const char *stream;
	char *name = NULL;

	if (check_keys(c, json, keys, 9, "a toxic") == -1 ||
	    take_text(c, json, "name", &toxic->name) == -1 ||
	    take_text(c, json, "owner", &toxic->owner) == -1 ||
	    take_text(c, json, "type", &toxic->type) == -1)
		return NULL;
	if (toxic->type == NULL || *toxic->type == '\0') {
		config_bad(c, "", "a toxic has no type");
		return NULL;
	}
	if (take_stream(c, json, toxic) == -1 ||
	    take_toxicity(c, json, toxic) == -1 ||
	    take_ttl(c, json, &toxic->ttl_ms) == -1 ||
	    take_select(c, json, toxic) == -1 ||
	    take_waves(c, json, toxic) == -1 ||
	    take_attributes(c, json, toxic) == -1)
		return NULL;
	if (kinds_find(toxic->type) != NULL) /* "reset" is another name */
		toxic->type = kinds_find(toxic->type)->name;
	stream = toxic->stream == TOXI_UPSTREAM ? "upstream" : "downstream";
	if (toxic->name != NULL && *toxic->name != '\0')
		name = strdup(toxic->name);
	else if (asprintf(&name, "%s_%s", toxic->type, stream) == -1)
		name = NULL;
	if (name == NULL)
		err(1, NULL);
	toxic->name = name;
	return name;
}

static int
take_toxics(struct config *c, json_t *array, struct wanted *w)
{
	size_t i, j, n = json_array_size(array);

	if (array == NULL)
		return 0;
	if (!json_is_array(array))
		return config_bad(c, "toxics", "\"toxics\" is no array");
	w->has_toxics = 1;
	w->toxics = calloc(n + 1, sizeof(*w->toxics));
	w->names = calloc(n + 1, sizeof(*w->names));
	if (w->toxics == NULL || w->names == NULL)
		err(1, NULL);
	for (i = 0; i < n; i++) {
		snprintf(c->toxic, sizeof(c->toxic), "toxics[%zu]", i);
		w->names[i] =
		    take_toxic(c, json_array_get(array, i), &w->toxics[i]);
		if (w->names[i] == NULL)
			return -1;
		w->n_toxics = i + 1;
		for (j = 0; j < i; j++)
			if (strcmp(w->names[j], w->names[i]) == 0)
				return config_bad(c, "name",
				    "toxic \"%s\" is there twice", w->names[i]);
	}
	*c->toxic = '\0';
	return 0;
}

/* Before the last one. */
static int
is_there(const struct config *c, const char *name)
{
	size_t i;

	for (i = 0; i + 1 < c->n; i++)
		if (strcmp(c->list[i].proxy.name, name) == 0)
			return 1;
	return 0;
}

/* Said, and be it null, it is wanted; not said, it stays as it is. */
static int
take_connect(struct config *c, json_t *json, struct wanted *w)
{
	const char *why = "";
	const int given = connect_of_proxy(json, &w->connect, &why);

	w->proxy.connect = given != 0 ? &w->connect : NULL;
	return given != -1 ? 0 : config_bad(c, "connect", "%s", why);
}

/* name is the key that it has where proxies are by name, or NULL */
static int
take_proxy(struct config *c, const char *name, json_t *json, struct wanted *w)
{
	static const char *const keys[] = { "name", "listen", "upstream",
		"enabled", "toxics", "ttl", "clients", "connect" };
	struct toxi_proxy *proxy = &w->proxy;
	json_t *enabled;

	proxy->name = name;
	if (check_keys(c, json, keys, 8, "it") == -1 ||
	    take_text(c, json, "name", &proxy->name) == -1 ||
	    take_text(c, json, "listen", &proxy->listen) == -1 ||
	    take_text(c, json, "upstream", &proxy->upstream) == -1 ||
	    take_ttl(c, json, &proxy->ttl_ms) == -1 ||
	    take_connect(c, json, w) == -1)
		return -1;
	if (proxy->name == NULL || *proxy->name == '\0')
		return config_bad(c, "", "a proxy has no name");
	if (is_there(c, proxy->name))
		return config_bad(
		    c, "name", "there is one of that name before");
	if (proxy->upstream == NULL || *proxy->upstream == '\0')
		return config_bad(c, "upstream", "it has no upstream");
	enabled = member(json, "enabled");
	if (enabled != NULL && !json_is_boolean(enabled))
		return config_bad(
		    c, "enabled", "\"enabled\" is neither true nor false");
	if (config_proxy_settings(c, json) == -1)
		return -1;
	proxy->state = json_is_false(enabled) ? TOXI_DISABLED : TOXI_ENABLED;
	return take_toxics(c, member(json, "toxics"), w);
}

static int
take_next(struct config *c, const char *name, json_t *json)
{
	c->key = name;
	c->name = json_string_value(member(json, "name"));
	return take_proxy(c, name, json, &c->list[c->n++]);
}

/* An array of proxies, or an object of them by name, as a server shows it. */
static int
take_proxies(struct config *c, json_t *proxies)
{
	size_t i, n = json_array_size(proxies) + json_object_size(proxies);
	const char *name;
	json_t *value;

	if (!json_is_array(proxies) && !json_is_object(proxies) &&
	    !json_is_null(proxies))
		return config_bad(
		    c, "", "no array of proxies, and no object of them");
	if ((c->list = calloc(n + 1, sizeof(*c->list))) == NULL ||
	    (c->texts = json_array()) == NULL)
		err(1, NULL);
	json_array_foreach(proxies, i, value)
	{
		if (take_next(c, NULL, value) == -1)
			return -1;
	}
	json_object_foreach(proxies, name, value)
	{
		if (take_next(c, name, value) == -1)
			return -1;
	}
	return 0;
}

/* All of it, or up to a NUL, which is the end of any JSON. */
static int
read_all(struct config *c, const char *path)
{
	int is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	size_t size = 0;
	ssize_t n = -1;

	if (file != NULL)
		n = getdelim(&c->text, &size, '\0', file);
	c->len = n > 0 ? (size_t)n : 0;
	if (file == NULL || (n == -1 && !feof(file)))
		snprintf(c->error, sizeof(c->error), " %s", strerror(errno));
	else if (c->len == 0)
		snprintf(c->error, sizeof(c->error), " there is nothing in it");
	if (file != NULL && !is_stdin)
		fclose(file);
	return *c->error == '\0' ? 0 : -1;
}

int
config_read(struct config *c, const char *path, int proxies_only)
{
	json_error_t error;
	json_t *proxies;

	*c = (struct config){ .proxies_only = proxies_only };
	if (read_all(c, path) == -1)
		return -1;
	numbers_replace_large(c->text);
	c->json = json_loadb(
	    c->text, c->len, JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY, &error);
	if (c->json == NULL) {
		snprintf(c->error, sizeof(c->error), "%d:%d: %s", error.line,
		    error.column, error.text);
		return -1;
	}
	proxies = member(c->json, "proxies");
	if (proxies == NULL && json_is_array(member(c->json, "tenants")))
		return config_bad_key(c, "", "tenants",
		    "there are no \"proxies\" beside it: those of tenants are "
		    "the server's to read");
	/* It may be the name of a proxy. */
	if (proxies == NULL || json_is_string(member(proxies, "upstream")))
		return take_proxies(c, c->json);
	if (config_settings(c, c->json) == -1)
		return -1;
	c->member = "proxies";
	return take_proxies(c, proxies);
}

void
config_free(struct config *c)
{
	size_t i, j;

	for (i = 0; i < c->n; i++) {
		for (j = 0; j < c->list[i].n_toxics; j++) {
			select_free(c->list[i].toxics[j].select);
			waves_free(&c->list[i].toxics[j]);
			free(c->list[i].names[j]);
		}
		free(c->list[i].toxics);
		free(c->list[i].names);
	}
	free(c->list);
	json_decref(c->texts);
	json_decref(c->json);
	free(c->text);
}

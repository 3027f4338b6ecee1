/* SPDX-License-Identifier: ISC */
/*
 * A file of proxies and their toxics.  What is not understood is an error: a
 * wrong key would otherwise be something that silently does not happen.
 */

#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

static int __attribute__((__format__(__printf__, 2, 3)))
bad(struct config *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(c->error, sizeof(c->error), format, ap);
	va_end(ap);
	return -1;
}

/* keys: those that there may be, ended by NULL */
static int
check_keys(
    struct config *c, json_t *object, const char *const *keys, const char *what)
{
	const char *key;
	json_t *value;
	size_t i;

	if (!json_is_object(object))
		return bad(c, "%s is no object", what);
	json_object_foreach(object, key, value)
	{
		for (i = 0; keys[i] != NULL && strcmp(keys[i], key) != 0;)
			i++;
		if (keys[i] == NULL)
			return bad(
			    c, "%s has an unknown key \"%s\"", what, key);
	}
	return 0;
}

static int
take_text(
    struct config *c, const json_t *object, const char *key, const char **text)
{
	const json_t *value = json_object_get(object, key);

	if (value == NULL || json_is_null(value))
		return 0;
	if ((*text = json_string_value(value)) == NULL)
		return bad(c, "\"%s\" is no text", key);
	return 0;
}

static int
take_stream(struct config *c, const json_t *json, struct toxi_toxic *toxic)
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
	return bad(c, "a stream is upstream or downstream, not \"%s\"", stream);
}

static int
take_toxicity(struct config *c, const json_t *json, struct toxi_toxic *toxic)
{
	const json_t *toxicity = json_object_get(json, "toxicity");

	toxic->toxicity = 1;
	if (toxicity == NULL || json_is_null(toxicity))
		return 0;
	toxic->toxicity = json_number_value(toxicity);
	if (!json_is_number(toxicity) ||
	    !(toxic->toxicity >= 0 && toxic->toxicity <= 1))
		return bad(c, "a toxicity is a number from 0 to 1");
	return 0;
}

static int
take_attributes(struct config *c, const json_t *json, struct toxi_toxic *toxic)
{
	json_t *object = json_object_get(json, "attributes"), *value;
	const char *key;
	size_t n = 0;

	if (object == NULL || json_is_null(object))
		return 0;
	if (!json_is_object(object))
		return bad(c, "\"attributes\" is no object");
	json_object_foreach(object, key, value)
	{
		if (n == TOXI_ATTRIBUTES)
			return bad(c, "too many attributes");
		if (!json_is_integer(value))
			return bad(c, "attribute \"%s\" is no integer", key);
		toxic->attributes[n].name = key;
		toxic->attributes[n++].value = json_integer_value(value);
	}
	return 0;
}

/* Its name, by malloc: TYPE_STREAM if it was not said.  NULL: a bad one. */
static char *
take_toxic(struct config *c, json_t *json, struct toxi_toxic *toxic)
{
	static const char *const keys[] = { "name", "type", "stream",
		"toxicity", "attributes", NULL };
	const char *stream;
	char *name = NULL;

	if (check_keys(c, json, keys, "a toxic") == -1 ||
	    take_text(c, json, "name", &toxic->name) == -1 ||
	    take_text(c, json, "type", &toxic->type) == -1 ||
	    take_stream(c, json, toxic) == -1 ||
	    take_toxicity(c, json, toxic) == -1 ||
	    take_attributes(c, json, toxic) == -1)
		return NULL;
	if (toxic->type == NULL || *toxic->type == '\0') {
		bad(c, "a toxic has no type");
		return NULL;
	}
	stream = toxic->stream == TOXI_UPSTREAM ? "upstream" : "downstream";
	if (toxic->name != NULL)
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

	if (array == NULL || json_is_null(array))
		return 0;
	if (!json_is_array(array))
		return bad(c, "\"toxics\" is no array");
	w->has_toxics = 1;
	w->toxics = calloc(n + 1, sizeof(*w->toxics));
	w->names = calloc(n + 1, sizeof(*w->names));
	if (w->toxics == NULL || w->names == NULL)
		err(1, NULL);
	for (i = 0; i < n; i++) {
		w->names[i] =
		    take_toxic(c, json_array_get(array, i), &w->toxics[i]);
		if (w->names[i] == NULL)
			return -1;
		w->n_toxics = i + 1;
		for (j = 0; j < i; j++)
			if (strcmp(w->names[j], w->names[i]) == 0)
				return bad(c, "toxic \"%s\" is there twice",
				    w->names[i]);
	}
	return 0;
}

static int
take_proxy(struct config *c, json_t *json, struct wanted *w)
{
	/* "Logger" is a slip of Toxiproxy's, which its answers show */
	static const char *const keys[] = { "name", "listen", "upstream",
		"enabled", "toxics", "Logger", NULL };
	const json_t *enabled = json_object_get(json, "enabled");
	struct toxi_proxy *proxy = &w->proxy;

	if (check_keys(c, json, keys, "a proxy") == -1 ||
	    take_text(c, json, "name", &proxy->name) == -1 ||
	    take_text(c, json, "listen", &proxy->listen) == -1 ||
	    take_text(c, json, "upstream", &proxy->upstream) == -1)
		return -1;
	if (proxy->name == NULL || *proxy->name == '\0')
		return bad(c, "a proxy has no name");
	if (proxy->upstream == NULL || *proxy->upstream == '\0')
		return bad(c, "proxy \"%s\" has no upstream", proxy->name);
	if (enabled != NULL && !json_is_null(enabled) &&
	    !json_is_boolean(enabled))
		return bad(c, "\"enabled\" is neither true nor false");
	proxy->state = json_is_false(enabled) ? TOXI_DISABLED : TOXI_ENABLED;
	return take_toxics(c, json_object_get(json, "toxics"), w);
}

static int
take_proxies(struct config *c)
{
	json_t *array = c->json;
	size_t i, j, n;

	if (json_is_object(array))
		array = json_object_get(array, "proxies");
	if (!json_is_array(array))
		return bad(c, "no array of proxies");
	n = json_array_size(array);
	if ((c->list = calloc(n + 1, sizeof(*c->list))) == NULL)
		err(1, NULL);
	for (i = 0; i < n; i++) {
		c->n = i + 1;
		if (take_proxy(c, json_array_get(array, i), &c->list[i]) == -1)
			return -1;
		for (j = 0; j < i; j++)
			if (strcmp(c->list[j].proxy.name,
				c->list[i].proxy.name) == 0)
				return bad(c, "proxy \"%s\" is there twice",
				    c->list[i].proxy.name);
	}
	return 0;
}

int
config_read(struct config *c, const char *path)
{
	int is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	json_error_t error;

	memset(c, 0, sizeof(*c));
	if (file == NULL)
		return bad(c, "%s", strerror(errno));
	c->json = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
	if (!is_stdin)
		fclose(file);
	if (c->json == NULL)
		return bad(c, "line %d, column %d: %s", error.line,
		    error.column, error.text);
	return take_proxies(c);
}

void
config_free(struct config *c)
{
	size_t i, j;

	for (i = 0; i < c->n; i++) {
		for (j = 0; j < c->list[i].n_toxics; j++)
			free(c->list[i].names[j]);
		free(c->list[i].toxics);
		free(c->list[i].names);
	}
	free(c->list);
	json_decref(c->json);
}

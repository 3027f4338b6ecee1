/* SPDX-License-Identifier: ISC */
/* Toxics of a file: see config_parts.h. */

#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config_fault.h"
#include "config_kinds.h"
#include "config_parts.h"
#include "kinds.h"
#include "selects.h"
#include "waves.h"

static int
take_stream(struct config *c, json_t *json, struct toxi_toxic *toxic)
{
	const char *stream = "downstream";

	if (config_take_text(c, json, "stream", &stream) == -1)
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
	json_t *toxicity = config_member(json, "toxicity");

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
take_select(struct config *c, json_t *json, struct toxi_toxic *toxic)
{
	json_t *select = config_member(json, "select");
	char why[128];

	if (select == NULL)
		return 0;
	toxic->select = select_of_json(select, why, sizeof(why));
	return toxic->select != NULL ? 0 : config_bad(c, "select", "%s", why);
}

static int
take_waves(struct config *c, json_t *json, struct toxi_toxic *toxic)
{
	json_t *waves = config_member(json, "wave");
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

/* *known is NULL where it is none that the type has; see config_check_keys().
 */
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
	json_t *object = config_member(json, "attributes"), *value;
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

	if (config_check_keys(c, json, keys, 9, "a toxic") == -1 ||
	    config_take_text(c, json, "name", &toxic->name) == -1 ||
	    config_take_text(c, json, "owner", &toxic->owner) == -1 ||
	    config_take_text(c, json, "type", &toxic->type) == -1)
		return NULL;
	if (toxic->type == NULL || *toxic->type == '\0') {
		config_bad(c, "", "a toxic has no type");
		return NULL;
	}
	if (take_stream(c, json, toxic) == -1 ||
	    take_toxicity(c, json, toxic) == -1 ||
	    config_take_ttl(c, json, &toxic->ttl_ms) == -1 ||
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

int
config_take_toxics(struct config *c, json_t *array, struct wanted *w)
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

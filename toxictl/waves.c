/* SPDX-License-Identifier: ISC */
/* See waves.h. */

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config_kinds.h"
#include "meant.h"
#include "ttl.h"
#include "waves.h"

/* With room for so many, and behind them for so many bytes of text. */
static struct toxi_wave *
list_new(size_t n, size_t text_size)
{
	struct toxi_wave *list = calloc(1, n * sizeof(*list) + text_size + 1);

	if (list == NULL)
		err(1, NULL);
	return list;
}

void
waves_free(struct toxi_toxic *toxic)
{
	free((void *)(uintptr_t)toxic->waves);
	toxic->waves = NULL;
	toxic->n_waves = 0;
}

static void
own(struct toxi_toxic *toxic, const struct toxi_wave *list, size_t n)
{
	waves_free(toxic);
	toxic->waves = list;
	toxic->n_waves = n;
}

/* ---- from a text */

/* "latency=sine:60s:50"; 0, or -1 */
static int
take_word(char *word, struct toxi_wave *w)
{
	char *rest = word, *period, *end = NULL;

	w->attribute = strsep(&rest, "=");
	w->shape = strsep(&rest, ":");
	period = strsep(&rest, ":");
	if (rest == NULL || *w->attribute == '\0' || *w->shape == '\0')
		return -1;
	w->period = ttl_of_text(period);
	w->amplitude = strtoll(rest, &end, 10);
	return w->period <= 0 || end == rest || *end != '\0' ? -1 : 0;
}

int
waves_of_text(
    struct toxi_toxic *toxic, const char *text, char *why, size_t size)
{
	const size_t len = strlen(text);
	struct toxi_wave *list = list_new(len + 1, len);
	char *copy = memcpy(list + len + 1, text, len + 1);
	char *rest = *text != '\0' ? copy : NULL, *word;
	char whole[65];
	size_t n = 0;

	while ((word = strsep(&rest, ",")) != NULL) {
		snprintf(whole, sizeof(whole), "%s", word);
		if (take_word(word, &list[n]) == 0) {
			n++;
			continue;
		}
		snprintf(why, size,
		    "\"%s\" is no wave: ATTRIBUTE=SHAPE:PERIOD:AMPLITUDE, "
		    "as in latency=sine:60s:50",
		    whole);
		free(list);
		return -1;
	}
	own(toxic, list, n);
	return 0;
}

/* ---- from JSON, and to it */

static int
take_integer(int64_t *number, const json_t *v)
{
	if (!config_is_integer(v))
		return -1;
	*number = config_integer(v);
	return 0;
}

/* 0, or -1: *kind is what it should have been; NULL: there is no such. */
static int
take_member(
    struct toxi_wave *w, const char *key, const json_t *v, const char **kind)
{
	if (strcasecmp(key, "shape") == 0) {
		*kind = "text";
		w->shape = json_string_value(v);
		return json_is_string(v) ? 0 : -1;
	}
	*kind = "integer";
	if (strcasecmp(key, "period") == 0)
		return take_integer(&w->period, v);
	if (strcasecmp(key, "amplitude") == 0)
		return take_integer(&w->amplitude, v);
	*kind = NULL;
	return -1;
}

static void
say_unknown(const char *attribute, const char *key, char *why, size_t size)
{
	static const char *const names[] = { "shape", "period", "amplitude" };
	const char *near = meant(key, names, 3);

	snprintf(why, size, "wave.%.32s has no \"%.32s\"%s%s%s", attribute, key,
	    near != NULL ? ": did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
}

static int
take_wave(struct toxi_wave *w, const char *attribute, json_t *json, char *why,
    size_t size)
{
	const char *key, *kind;
	json_t *v;

	w->attribute = attribute;
	if (!json_is_object(json)) {
		snprintf(why, size, "wave.%.64s is no object", attribute);
		return -1;
	}
	json_object_foreach(json, key, v)
	{
		if (json_is_null(v) || take_member(w, key, v, &kind) == 0)
			continue;
		if (kind == NULL)
			say_unknown(attribute, key, why, size);
		else
			snprintf(why, size, "wave.%.32s.%.32s is no %s",
			    attribute, key, kind);
		return -1;
	}
	return 0;
}

int
waves_of_json(struct toxi_toxic *toxic, json_t *json, char *why, size_t size)
{
	struct toxi_wave *list;
	const char *key;
	size_t n = 0;
	json_t *v;

	if (!json_is_object(json)) {
		snprintf(why, size, "\"wave\" is no object");
		return -1;
	}
	list = list_new(json_object_size(json), 0);
	json_object_foreach(json, key, v)
	{
		if (json_is_null(v))
			continue;
		if (take_wave(&list[n++], key, v, why, size) == -1) {
			free(list);
			return -1;
		}
	}
	own(toxic, list, n);
	return 0;
}

static const char *
shape_of(const struct toxi_wave *w)
{
	return w->shape != NULL ? w->shape : "sine";
}

json_t *
json_of_waves(const struct toxi_toxic *toxic)
{
	json_t *object = json_object();
	const struct toxi_wave *w;
	size_t i;

	for (i = 0; i < toxic->n_waves; i++) {
		w = &toxic->waves[i];
		json_object_set_new(object, w->attribute,
		    json_pack("{s:s,s:I,s:I}", "shape", shape_of(w), "period",
			(json_int_t)w->period, "amplitude",
			(json_int_t)w->amplitude));
	}
	return object;
}

/* ---- to a text */

char *
waves_text(const struct toxi_toxic *toxic)
{
	const struct toxi_wave *w;
	size_t i, size;
	char *text;
	FILE *out;

	if ((out = open_memstream(&text, &size)) == NULL)
		err(1, NULL);
	for (i = 0; i < toxic->n_waves; i++) {
		w = &toxic->waves[i];
		fprintf(out, "%s%s=%s:%" PRId64 "ms:%" PRId64,
		    i == 0 ? "" : ",", w->attribute, shape_of(w), w->period,
		    w->amplitude);
	}
	if (fclose(out) == EOF)
		err(1, NULL);
	return text;
}

/* As the server reads them: names in any case. */
static int
has_wave(const struct toxi_toxic *toxic, const struct toxi_wave *w)
{
	const struct toxi_wave *v;
	size_t i;

	for (i = 0; i < toxic->n_waves; i++) {
		v = &toxic->waves[i];
		if (strcasecmp(v->attribute, w->attribute) == 0 &&
		    strcmp(shape_of(v), shape_of(w)) == 0 &&
		    v->period == w->period && v->amplitude == w->amplitude)
			return 1;
	}
	return 0;
}

int
waves_are_same(const struct toxi_toxic *a, const struct toxi_toxic *b)
{
	size_t i;

	for (i = 0; i < a->n_waves; i++)
		if (!has_wave(b, &a->waves[i]))
			return 0;
	return a->n_waves == b->n_waves;
}

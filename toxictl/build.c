/* SPDX-License-Identifier: ISC */
/* A toxic out of flags: what toxiproxy-cli makes of them. */

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "json.h"

static const char no_memory[] = "no memory";

/* The attribute of that name, or the next that is free; NULL: none is. */
static struct toxi_attribute *
find_attribute(struct toxi_toxic *toxic, const char *name)
{
	int i;

	for (i = 0; i < TOXI_ATTRIBUTES; i++)
		if (toxic->attributes[i].name == NULL ||
		    strcmp(toxic->attributes[i].name, name) == 0)
			return &toxic->attributes[i];
	return NULL;
}

static void
free_text(const char *text)
{
	free((void *)(uintptr_t)text);
}

/* A number as JSON has it, or text in quotes; by malloc. */
static char *
encode_value(const char *value)
{
	char *end, *text = NULL;
	double number = strtod(value, &end);
	json_t *json;

	if (end != value && *end == '\0' && isfinite(number)) {
		if (asprintf(&text, "%.17g", number) == -1)
			text = NULL;
		return text;
	}
	if ((json = json_string(value)) == NULL)
		return NULL;
	text = json_dumps(json, JSON_ENCODE_ANY);
	json_decref(json);
	return text;
}

static int
is_whole(const char *value, int64_t *number)
{
	char *end;
	double real = strtod(value, &end);

	if (end == value || *end != '\0' || !(fabs(real) < 9e15) ||
	    real != trunc(real))
		return 0;
	*number = (int64_t)real;
	return 1;
}

/* pair is ours to change; without a "=" it is skipped, as there. */
static const char *
take_pair(struct toxi_toxic *toxic, char *pair)
{
	char *value = strchr(pair, '=');
	struct toxi_attribute *a;

	if (value == NULL)
		return NULL;
	*value++ = '\0';
	if ((a = find_attribute(toxic, pair)) == NULL)
		return "more attributes than a toxic can have";
	if (a->name == NULL && (a->name = strdup(pair)) == NULL)
		return no_memory;
	free_text(a->json);
	a->json = NULL;
	if (!is_whole(value, &a->value) &&
	    (a->json = encode_value(value)) == NULL)
		return "an attribute that is no text in UTF-8";
	return NULL;
}

/* "latency=100,jitter=5" */
static const char *
take_attributes(struct toxi_toxic *toxic, const char *value)
{
	char *copy = strdup(value), *rest = copy, *pair;
	const char *error = NULL;

	if (copy == NULL)
		return no_memory;
	while (error == NULL && (pair = strsep(&rest, ",")) != NULL)
		error = take_pair(toxic, pair);
	free(copy);
	return error;
}

static const char *
take_toxicity(struct toxi_toxic *toxic, const char *value)
{
	char *end;

	toxic->toxicity = strtod(value, &end);
	if (end == value || *end != '\0' ||
	    !(toxic->toxicity >= 0 && toxic->toxicity <= 1))
		return "toxicity should be a float between 0 and 1.";
	return NULL;
}

int
build_take(
    struct toxi_toxic *toxic, const struct given *given, const char **error)
{
	*error = NULL;
	switch (given->flag) {
	case FLAG_TOXIC_NAME:
		toxic->name = *given->value != '\0' ? given->value : NULL;
		break;
	case FLAG_TYPE:
		toxic->type = given->value;
		break;
	case FLAG_TOXICITY:
		*error = take_toxicity(toxic, given->value);
		break;
	case FLAG_ATTRIBUTE:
		*error = take_attributes(toxic, given->value);
		break;
	case FLAG_IS_UPSTREAM:
		toxic->stream = TOXI_UPSTREAM;
		break;
	case FLAG_IS_DOWNSTREAM:
		toxic->stream = TOXI_DOWNSTREAM;
		break;
	default: /* not about a toxic */
		break;
	}
	return *error == NULL ? 0 : -1;
}

void
build_free(struct toxi_toxic *toxic)
{
	int i;

	for (i = 0; i < TOXI_ATTRIBUTES; i++) {
		free_text(toxic->attributes[i].name);
		free_text(toxic->attributes[i].json);
	}
	memset(toxic, 0, sizeof(*toxic));
}

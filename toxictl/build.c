/* SPDX-License-Identifier: ISC */
/* A toxic out of flags: what toxiproxy-cli makes of them. */

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "json.h"
#include "kinds.h"
#include "selects.h"
#include "ttl.h"
#include "waves.h"

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

/* As toxiproxy-cli reads one: neither "0x10" nor "inf". */
static int
is_number(const char *value, double *number)
{
	char *end;

	*number = strtod(value, &end);
	return end != value && *end == '\0' && isfinite(*number) &&
	    value[strspn(value, "0123456789+-.eE")] == '\0';
}

/* By malloc; takes the value, which may be NULL. */
static char *
dump(json_t *json)
{
	char *text = json != NULL ? json_dumps(json, JSON_ENCODE_ANY) : NULL;

	json_decref(json);
	return text;
}

/* A number as JSON has it, or text in quotes; by malloc. */
static char *
encode_value(const char *value)
{
	double number;
	char *text;

	if (is_number(value, &number))
		return asprintf(&text, "%.17g", number) == -1 ? NULL : text;
	return dump(json_string(value));
}

static int
is_whole(const char *value, int64_t *number)
{
	double real;
	char *end;

	if (!is_number(value, &real))
		return 0;
	errno = 0;
	*number = strtoll(value, &end, 10);
	if (*end == '\0' && errno == 0)
		return 1;
	if (!(fabs(real) < 9e15) || real != trunc(real))
		return 0;
	*number = (int64_t)real;
	return 1;
}

static int __attribute__((__format__(__printf__, 2, 3)))
bad(struct build_error *error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(error->text, sizeof(error->text), format, ap);
	va_end(ap);
	return -1;
}

/* Of a word that is no KEY=VALUE. */
static int
bad_pair(
    const struct toxi_toxic *toxic, const char *word, struct build_error *error)
{
	const struct toxic_schema *s = kinds_find(toxic->type);
	const char *meant = s != NULL ? kinds_suggest(s, word) : NULL;

	return bad(error,
	    "attribute \"%.64s\" has no value, did you mean %.64s=VALUE?", word,
	    meant != NULL ? meant : word);
}

/* One more of a list, as JSON; by malloc, or NULL.  No list yet: json NULL. */
static char *
add_element(const char *json, enum toxic_value_kind kind, const char *value)
{
	json_t *list = json != NULL ? json_loads(json, 0, NULL) : json_array();
	int64_t number;

	if (kind == VALUE_INTEGERS && is_whole(value, &number))
		json_array_append_new(list, json_integer(number));
	else if (json_array_append_new(list, json_string(value)) == -1) {
		json_decref(list);
		return NULL;
	}
	return dump(list);
}

/* What was given of a text had a comma in it. */
static char *
add_text(const char *json, const char *more)
{
	json_t *was = json_loads(json, JSON_DECODE_ANY, NULL);
	char *text = NULL;

	if (asprintf(&text, "%s,%s", json_string_value(was), more) == -1)
		text = NULL;
	json_decref(was);
	was = text != NULL ? json_string(text) : NULL;
	free(text);
	return dump(was);
}

static int
is_list(enum toxic_value_kind kind)
{
	return kind == VALUE_INTEGERS || kind == VALUE_TEXTS;
}

/* The value, where no '=' says that another attribute begins. */
static char *
encode(const struct toxi_attribute *a, enum toxic_value_kind kind,
    const char *value)
{
	if (is_list(kind))
		return *value == '\0' && a->json == NULL
		    ? strdup("[]")
		    : add_element(a->json, kind, value);
	if (kind == VALUE_TEXT || kind == VALUE_ENUM)
		return dump(json_string(value));
	return encode_value(value);
}

/* Takes the text, by malloc; NULL: it could not be made. */
static int
set_json(struct toxi_attribute *a, const char *json, struct build_error *error)
{
	if (json == NULL)
		return bad(error, "an attribute that is no text in UTF-8");
	free_text(a->json);
	a->kind = TOXI_JSON;
	a->json = json;
	return 0;
}

/* pair is ours to change; *last is what it is about */
static int
take_pair(struct toxi_toxic *toxic, char *pair, struct toxi_attribute **last,
    struct build_error *error)
{
	char *value = strchr(pair, '=');
	enum toxic_value_kind kind;
	struct toxi_attribute *a;

	if (value == NULL)
		return bad_pair(toxic, pair, error);
	*value++ = '\0';
	if ((*last = a = find_attribute(toxic, pair)) == NULL)
		return bad(error, "more attributes than a toxic can have");
	if (a->name == NULL && (a->name = strdup(pair)) == NULL)
		return bad(error, "no memory");
	kind = kinds_kind_of(toxic->type, a->name);
	if (kind > VALUE_FRACTION || !is_whole(value, &a->value))
		return set_json(a, encode(a, kind, value), error);
	free_text(a->json);
	a->json = NULL;
	a->kind = TOXI_INTEGER;
	return 0;
}

/* Behind a list or a text, what has no '=' is more of that. */
static int
take_more(const struct toxi_toxic *toxic, const char *word,
    struct toxi_attribute *last, struct build_error *error)
{
	enum toxic_value_kind kind =
	    last != NULL ? kinds_kind_of(toxic->type, last->name) : VALUE_ENUM;

	if (is_list(kind))
		return set_json(
		    last, add_element(last->json, kind, word), error);
	if (kind == VALUE_TEXT)
		return set_json(last, add_text(last->json, word), error);
	return bad_pair(toxic, word, error);
}

/* "latency=100,jitter=5", "codes=500,503,hosts=a,b" */
static int
take_attributes(
    struct toxi_toxic *toxic, const char *value, struct build_error *error)
{
	char *copy = strdup(value), *rest = copy, *word;
	struct toxi_attribute *last = NULL;
	int rc = 0;

	if (copy == NULL)
		return bad(error, "no memory");
	while (rc == 0 && (word = strsep(&rest, ",")) != NULL)
		rc = strchr(word, '=') != NULL
		    ? take_pair(toxic, word, &last, error)
		    : take_more(toxic, word, last, error);
	free(copy);
	return rc;
}

static int
take_toxicity(
    struct toxi_toxic *toxic, const char *value, struct build_error *error)
{
	if (is_number(value, &toxic->toxicity) && toxic->toxicity >= 0 &&
	    toxic->toxicity <= 1)
		return 0;
	error->is_as_ever = 1;
	return bad(error, "toxicity should be a float between 0 and 1.");
}

/* 0 is for good; it ends a lease that is there. */
static int
take_ttl(struct toxi_toxic *toxic, const char *value, struct build_error *error)
{
	int64_t ttl = ttl_of_text(value);

	if (ttl == -1)
		return bad(error, "%s", ttl_wanted);
	toxic->ttl_ms = ttl > 0 ? ttl : TOXI_FOR_GOOD;
	return 0;
}

static int
take_select(
    struct toxi_toxic *toxic, const char *value, struct build_error *error)
{
	select_free(toxic->select);
	toxic->select = select_of_text(value, error->text, sizeof(error->text));
	return toxic->select != NULL ? 0 : -1;
}

int
build_take(struct toxi_toxic *toxic, const struct given *given,
    struct build_error *error)
{
	switch (given->flag) {
	case FLAG_TOXIC_NAME:
		toxic->name = *given->value != '\0' ? given->value : NULL;
		break;
	case FLAG_TYPE:
		toxic->type = given->value;
		break;
	case FLAG_TOXICITY:
		return take_toxicity(toxic, given->value, error);
	case FLAG_SELECT:
		return take_select(toxic, given->value, error);
	case FLAG_WAVE:
		return waves_of_text(
		    toxic, given->value, error->text, sizeof(error->text));
	case FLAG_ATTRIBUTE:
		return take_attributes(toxic, given->value, error);
	case FLAG_IS_UPSTREAM:
		toxic->stream = TOXI_UPSTREAM;
		break;
	case FLAG_IS_DOWNSTREAM:
		toxic->stream = TOXI_DOWNSTREAM;
		break;
	case FLAG_TTL:
		return take_ttl(toxic, given->value, error);
	default: /* not about a toxic */
		break;
	}
	return 0;
}

void
build_free(struct toxi_toxic *toxic)
{
	int i;

	for (i = 0; i < TOXI_ATTRIBUTES; i++) {
		free_text(toxic->attributes[i].name);
		free_text(toxic->attributes[i].json);
	}
	select_free(toxic->select);
	waves_free(toxic);
	memset(toxic, 0, sizeof(*toxic));
}

/* SPDX-License-Identifier: ISC */
/* The types of toxics. */

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "kinds.h"
#include "meant.h"

const struct toxic_schema *
kinds_find(const char *type)
{
	enum toxic_kind kind = type != NULL ? toxic_kind_of(type) : TOXIC_NONE;

	return kind != TOXIC_NONE ? toxic_schema(kind) : NULL;
}

const struct toxic_attribute *
kinds_attribute(const struct toxic_schema *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->nattributes; i++)
		if (strcasecmp(s->attributes[i].name, name) == 0)
			return &s->attributes[i];
	return NULL;
}

const struct toxic_attribute *
kinds_attribute_of(const char *type, const char *name)
{
	const struct toxic_schema *s = kinds_find(type);

	return s != NULL ? kinds_attribute(s, name) : NULL;
}

enum toxic_value_kind
kinds_kind_of(const char *type, const char *name)
{
	const struct toxic_attribute *a = kinds_attribute_of(type, name);

	return a != NULL ? a->kind : VALUE_FRACTION;
}

json_t *
kinds_default(const struct toxic_attribute *a)
{
	if (a == NULL)
		return json_integer(0);
	switch (a->kind) {
	case VALUE_INTEGER:
		return json_integer(a->standard.integer);
	case VALUE_FRACTION:
		return json_real(a->standard.fraction);
	case VALUE_ENUM:
		return json_string(toxic_word(a, a->standard.integer));
	case VALUE_TEXT:
		return json_string(a->standard.text);
	case VALUE_INTEGERS:
	case VALUE_TEXTS:
		break;
	}
	return json_array();
}

static size_t
attributes(const struct toxic_schema *s, const char **names)
{
	size_t i;

	for (i = 0; i < s->nattributes; i++)
		names[i] = s->attributes[i].name;
	return i;
}

const char *
kinds_suggest(const struct toxic_schema *s, const char *name)
{
	const char *names[TOXIC_ATTRIBUTES_MAX];

	return meant(name, names, attributes(s, names));
}

/* ", did you mean THAT?", or "" */
static void
ask(const char *near, char *text, size_t size)
{
	if (near == NULL)
		*text = '\0';
	else
		snprintf(text, size, ", did you mean %s?", near);
}

static void
join(const char *const *names, size_t n, char *text, size_t size)
{
	size_t i, len = 0;

	snprintf(text, size, "none");
	for (i = 0; i < n && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%s",
		    i > 0 ? ", " : "", names[i]);
}

static int
check(const struct toxic_schema *s, const struct toxi_attribute *a, char *error,
    size_t size)
{
	const char *names[TOXIC_ATTRIBUTES_MAX];
	char list[128], question[64];

	if (kinds_attribute(s, a->name) != NULL)
		return 0;
	join(names, attributes(s, names), list, sizeof(list));
	ask(kinds_suggest(s, a->name), question, sizeof(question));
	snprintf(error, size, "%s has no attribute \"%.64s\"%s  It has: %s",
	    s->name, a->name, *question != '\0' ? question : ".", list);
	return -1;
}

int
kinds_check(const struct toxi_toxic *toxic, char *error, size_t size)
{
	const struct toxi_attribute *a = toxic->attributes;
	const struct toxic_schema *s = kinds_find(toxic->type);
	size_t i;

	for (i = 0; s != NULL && i < TOXI_ATTRIBUTES; i++) {
		if (a[i].name == NULL)
			break;
		if (check(s, &a[i], error, size) == -1)
			return -1;
	}
	return 0;
}

/* The debug toxics are left out: hardly any server has them. */
void
kinds_explain(struct toxi_error *err, const char *type)
{
	const char *names[TOXIC_KIND_MAX];
	char list[256], question[64];
	size_t n = 0, len = strlen(err->text);
	int kind;

	if (err->code != TOXI_ERR_HTTP || err->status != 400 ||
	    strcmp(err->text, "invalid toxic type") != 0)
		return;
	for (kind = 1; kind < TOXIC_KIND_MAX; kind++)
		if (toxic_schema((enum toxic_kind)kind)->whose != OF_DEBUG)
			names[n++] = toxic_schema((enum toxic_kind)kind)->name;
	join(names, n, list, sizeof(list));
	ask(meant(type, names, n), question, sizeof(question));
	snprintf(err->text + len, sizeof(err->text) - len, "%s  There are: %s",
	    *question != '\0' ? question : ".", list);
}

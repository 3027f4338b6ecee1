/* SPDX-License-Identifier: ISC */
/*
 * At build time: the table of toxics.h as JSON on stdout, for what is made or
 * checked by other means than the compiler: manuals, completions, the command
 * line, the tests.
 */

#include <err.h>
#include <inttypes.h>
#include <stdio.h>

#include "toxic_spec.h"

static const char *const kinds[] = {
	[VALUE_INTEGER] = "integer",
	[VALUE_FRACTION] = "fraction",
	[VALUE_ENUM] = "enum",
	[VALUE_TEXT] = "text",
	[VALUE_INTEGERS] = "integers",
	[VALUE_TEXTS] = "texts",
};

static const char *const places[] = {
	[ON_STREAM] = "stream",
	[ON_CONNECTION] = "connection",
};

static const char *const owners[] = {
	[OF_TOXIPROXY] = "toxiproxy",
	[OF_TOXID] = "toxid",
	[OF_DEBUG] = "debug",
};

static void
print_words(const struct toxic_attribute *a)
{
	const char *word;
	int64_t i;

	printf("\"words\": [");
	for (i = 0; (word = toxic_word(a, i)) != NULL; i++)
		printf("%s\"%s\"", i > 0 ? ", " : "", word);
	printf("]");
}

/* What is below min is refused; where there is no such end, it is null. */
static void
print_integers(int64_t min, int64_t least, int64_t most)
{
	if (min == INT64_MIN)
		printf("\"min\": null, ");
	else
		printf("\"min\": %" PRId64 ", ", min);
	printf("\"least\": %" PRId64 ", \"most\": %" PRId64, least, most);
}

/* count: how many a list has at most; bytes: a text of UTF-8 */
static void
print_range(const struct toxic_attribute *a)
{
	const union toxic_range *r = &a->range;

	switch (a->kind) {
	case VALUE_INTEGER:
		print_integers(
		    r->integer.min, r->integer.least, r->integer.most);
		break;
	case VALUE_FRACTION:
		printf("\"min\": null, \"least\": %g, \"most\": %g",
		    r->fraction.least, r->fraction.most);
		break;
	case VALUE_ENUM:
		print_words(a);
		break;
	case VALUE_TEXT:
		printf("\"bytes\": %zu", r->text.bytes);
		break;
	case VALUE_INTEGERS:
		print_integers(
		    r->integers.min, r->integers.least, r->integers.most);
		printf(", \"count\": %zu", r->integers.count);
		break;
	case VALUE_TEXTS:
		printf("\"bytes\": %zu, \"count\": %zu", r->texts.bytes,
		    r->texts.count);
		break;
	}
}

/* As JSON has it where nothing is given. */
static void
print_standard(const struct toxic_attribute *a)
{
	switch (a->kind) {
	case VALUE_INTEGER:
	case VALUE_FRACTION:
		printf("%g", a->standard);
		break;
	case VALUE_ENUM:
		printf("\"%s\"", toxic_word(a, (int64_t)a->standard));
		break;
	case VALUE_TEXT:
		printf("\"%s\"", a->standard_text);
		break;
	case VALUE_INTEGERS:
	case VALUE_TEXTS:
		printf("[]");
		break;
	}
}

static void
print_attribute(const struct toxic_attribute *a, const char *end)
{
	printf("    {\"name\": \"%s\", \"kind\": \"%s\", \"unit\": \"%s\", ",
	    a->name, kinds[a->kind], a->unit);
	print_range(a);
	printf(", \"default\": ");
	print_standard(a);
	printf(",\n     \"help\": \"%s\"}%s\n", a->help, end);
}

static void
print_toxic(enum toxic_kind kind)
{
	const struct toxic_schema *s = toxic_schema(kind);
	size_t i;

	printf(
	    "  {\"name\": \"%s\", \"number\": %d, \"where\": \"%s\","
	    " \"whose\": \"%s\",\n   \"does\": \"%s\",\n   \"attributes\": [\n",
	    s->name, kind, places[s->where], owners[s->whose], s->does);
	for (i = 0; i < s->nattributes; i++)
		print_attribute(
		    &s->attributes[i], i + 1 < s->nattributes ? "," : "");
	printf("   ]}%s\n", kind + 1 < TOXIC_KIND_MAX ? "," : "");
}

int
main(void)
{
	int kind;

	printf("[\n");
	for (kind = 1; kind < TOXIC_KIND_MAX; kind++)
		print_toxic((enum toxic_kind)kind);
	printf("]\n");
	if (fflush(stdout) != 0)
		err(1, "stdout");
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * At build time: the table of toxics.h as JSON on stdout, for what is made or
 * checked by other means than the compiler: manuals, completions, the command
 * line, the tests.
 */

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

/* In quotes. */
static void
print_text(const char *text)
{
	putchar('"');
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < ' ')
			printf("\\u%04x", (unsigned char)*text);
		else
			printf(
			    "%s%c", strchr("\"\\", *text) ? "\\" : "", *text);
	}
	putchar('"');
}

static void
print_member(const char *name, const char *text, const char *end)
{
	printf("\"%s\": ", name);
	print_text(text);
	printf("%s", end);
}

static void
print_words(const struct toxic_attribute *a)
{
	const char *word;
	int64_t i;

	printf("\"words\": [");
	for (i = 0; (word = toxic_word(a, i)) != NULL; i++) {
		printf("%s", i > 0 ? ", " : "");
		print_text(word);
	}
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

static void
print_fractions(double least, double most, int is_exact, int is_rare)
{
	if (is_exact)
		printf("\"min\": %.17g, \"max\": %.17g, ", least, most);
	else
		printf("\"min\": null, \"max\": null, ");
	printf("\"least\": %.17g, \"most\": %.17g, \"rare\": %s", least, most,
	    is_rare ? "true" : "false");
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
		print_fractions(r->fraction.least, r->fraction.most,
		    r->fraction.is_exact, r->fraction.is_rare);
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
		printf("%" PRId64, a->standard.integer);
		break;
	case VALUE_FRACTION:
		printf("%.17g", a->standard.fraction);
		break;
	case VALUE_ENUM:
		print_text(toxic_word(a, a->standard.integer));
		break;
	case VALUE_TEXT:
		print_text(a->standard.text);
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
	printf("    {");
	print_member("name", a->name, ", ");
	print_member("kind", kinds[a->kind], ", ");
	print_member("unit", a->unit, ", ");
	printf("\"own\": %s, ", a->is_own ? "true" : "false");
	print_range(a);
	printf(", \"default\": ");
	print_standard(a);
	printf(",\n     ");
	print_member("help", a->help, "}");
	printf("%s\n", end);
}

/* May one session have one of its own? */
static int
may_be_own(enum toxic_kind kind)
{
	struct toxic_spec spec;

	toxic_spec_init(&spec, kind);
	return !toxic_spec_loses(&spec);
}

static void
print_toxic(enum toxic_kind kind)
{
	const struct toxic_schema *s = toxic_schema(kind);
	size_t i;

	printf("  {");
	print_member("name", s->name, ", ");
	printf("\"number\": %d, ", kind);
	print_member("where", places[s->where], ", ");
	print_member("whose", owners[s->whose], ", ");
	printf("\"session\": %s,\n   ", may_be_own(kind) ? "true" : "false");
	print_member("does", s->does, ",\n   ");
	printf("\"attributes\": [\n");
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

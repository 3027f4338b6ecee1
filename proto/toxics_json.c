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
print_range(const struct toxic_attribute *a)
{
	if (a->kind == VALUE_ENUM) {
		print_words(a);
		return;
	}
	if (a->kind == VALUE_FRACTION) {
		printf("\"min\": null, \"least\": %g, \"most\": %g",
		    a->range.fraction.least, a->range.fraction.most);
		return;
	}
	if (a->range.integer.min == INT64_MIN)
		printf("\"min\": null, ");
	else
		printf("\"min\": %" PRId64 ", ", a->range.integer.min);
	printf("\"least\": %" PRId64 ", \"most\": %" PRId64,
	    a->range.integer.least, a->range.integer.most);
}

static void
print_attribute(const struct toxic_attribute *a, const char *end)
{
	printf("    {\"name\": \"%s\", \"kind\": \"%s\", \"unit\": \"%s\", ",
	    a->name, kinds[a->kind], a->unit);
	print_range(a);
	printf(", \"default\": %g,\n     \"help\": \"%s\"}%s\n", a->standard,
	    a->help, end);
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

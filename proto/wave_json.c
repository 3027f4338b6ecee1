/* SPDX-License-Identifier: ISC */
/*
 * At build time: what a wave may have, as JSON on stdout, for the dashboard's
 * form; a member is as toxics_json.c has an attribute.
 */

#include <err.h>
#include <stdio.h>

#include "toxic_wave.h"

static const struct shape {
	const char *word, *says;
} shapes[] = {
#define X(tag, word, says) { word, says },
	WAVE_SHAPES(X)
#undef X
};

/* Of no text here is anything special to JSON. */
static void
begin(const char *name, const char *kind, const char *unit, const char *help)
{
	printf("  {\"name\": \"%s\", \"kind\": \"%s\", \"unit\": \"%s\",\n"
	       "   \"help\": \"%s\",\n   ",
	    name, kind, unit, help);
}

/* What each word says is at its place in "says". */
static void
print_shape(const char *name, const char *help)
{
	int i;

	begin(name, "enum", "", help);
	printf("\"words\": [");
	for (i = 0; i < WAVE_SHAPE_MAX; i++)
		printf("%s\"%s\"", i > 0 ? ", " : "", shapes[i].word);
	printf("],\n   \"says\": [");
	for (i = 0; i < WAVE_SHAPE_MAX; i++)
		printf("%s\"%s\"", i > 0 ? ", " : "", shapes[i].says);
	printf("], \"default\": \"%s\"}", shapes[0].word);
}

/* It has to be given, so its default would be refused. */
static void
print_number(const char *name, const char *unit, const char *help)
{
	begin(name, "integer", unit, help);
	printf("\"min\": 1, \"least\": 1, \"most\": %d, \"default\": 0}",
	    WAVE_NUMBER_MAX);
}

static void
print_period(const char *name, const char *help)
{
	print_number(name, "ms", help);
}

/* In the unit of its attribute. */
static void
print_amplitude(const char *name, const char *help)
{
	print_number(name, "", help);
}

int
main(void)
{
	const char *end = "";

	printf("{\"most\": %d, \"members\": [\n", WAVES_MAX);
#define X(name, help)              \
	printf("%s", end);         \
	print_##name(#name, help); \
	end = ",\n";
	WAVE_MEMBERS(X)
#undef X
	printf("\n]}\n");
	if (fflush(stdout) != 0)
		err(1, "stdout");
	return 0;
}

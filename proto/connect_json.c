/* SPDX-License-Identifier: ISC */
/*
 * At build time: what a proxy's connect may have, as JSON on stdout, for the
 * dashboard's form; a member is as toxics_json.c has an attribute.
 */

#include <err.h>
#include <stdio.h>

#include "connect_spec.h"

struct word {
	const char *word, *says;
};

static const struct word modes[] = {
#define X(mode, word, says) { word, says },
	CONNECT_MODES(X)
#undef X
};

static const struct word fails[] = {
#define X(fail, word, error, says) { word, says },
	DIAL_FAILS(X)
#undef X
};

/* Of no text here is anything special to JSON. */
static void
begin(const char *name, const char *kind, const char *unit, const char *says)
{
	printf("  {\"name\": \"%s\", \"kind\": \"%s\", \"unit\": \"%s\",\n"
	       "   \"help\": \"%s\",\n   ",
	    name, kind, unit, says);
}

/* What each word says is at its place in "says". */
static void
print_words(const struct word *words, size_t n)
{
	size_t i;

	printf("\"words\": [");
	for (i = 0; i < n; i++)
		printf("%s\"%s\"", i > 0 ? ", " : "", words[i].word);
	printf("],\n   \"says\": [");
	for (i = 0; i < n; i++)
		printf("%s\"%s\"", i > 0 ? ", " : "", words[i].says);
	printf("], \"default\": \"\"}");
}

static void
print_range(int least)
{
	printf("\"min\": %d, \"least\": %d, \"most\": %d, \"default\": 0",
	    least, least, CONNECT_DELAY_MAX);
}

static void
print_mode(const char *name, const char *says)
{
	begin(name, "enum", "", says);
	print_words(modes, sizeof(modes) / sizeof(modes[0]));
}

/* "only": with which mode it may be, and has to be. */
static void
print_delay(const char *name, const char *says)
{
	begin(name, "integer", "ms", says);
	print_range(1);
	printf(", \"only\": \"%s\"}", modes[CONNECT_ACCEPT_DELAY].word);
}

static void
print_dial_delay(const char *name, const char *says)
{
	begin(name, "integer", "ms", says);
	print_range(0);
	printf("}");
}

static void
print_dial_fail(const char *name, const char *says)
{
	begin(name, "enum", "", says);
	print_words(fails, sizeof(fails) / sizeof(fails[0]));
}

static void
print_syn_loss(const char *name, const char *says)
{
	begin(name, "fraction", "", says);
	printf("\"min\": 0, \"max\": 1, \"least\": 0, \"most\": 1, "
	       "\"default\": 0}");
}

int
main(void)
{
	const char *end = "[\n";

#define X(name, says)              \
	printf("%s", end);         \
	print_##name(#name, says); \
	end = ",\n";
	CONNECT_MEMBERS(X)
#undef X
	printf("\n]\n");
	if (fflush(stdout) != 0)
		err(1, "stdout");
	return 0;
}

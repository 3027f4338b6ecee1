/* SPDX-License-Identifier: ISC */
/*
 * Options of resolv.conf(5) that c-ares 1.18 does not know: "timeout",
 * "attempts" and "use-vc"; and "rotate", which it counts in a channel, of which
 * we have one for each look-up.  All else (name servers, search lists, "ndots",
 * the order in nsswitch.conf) it reads by itself.
 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nitems.h"
#include "resolvd.h"

#define RESOLV_CONF "/etc/resolv.conf"

/* As glibc has them: the first is what goes where nothing is said. */
#define TIMEOUT_S 5
#define TIMEOUT_MAX_S 30
#define ATTEMPTS 2
#define ATTEMPTS_MAX 5

static int
bounded(const char *digits, int max)
{
	long n = strtol(digits, NULL, 10);

	return n < 1 ? 1 : n > max ? max : (int)n;
}

static void
set_option(struct settings *s, const char *option)
{
	if (strncmp(option, "timeout:", 8) == 0)
		s->timeout_ms = 1000 * bounded(option + 8, TIMEOUT_MAX_S);
	else if (strncmp(option, "attempts:", 9) == 0)
		s->attempts = bounded(option + 9, ATTEMPTS_MAX);
	else if (strcmp(option, "rotate") == 0)
		s->rotates = 1;
	else if (strcmp(option, "use-vc") == 0)
		s->uses_tcp = 1;
}

/* Separated by blanks; text is taken apart. */
static void
set_options(struct settings *s, char *text)
{
	char *rest = NULL, *option;

	option = strtok_r(text, " \t\r\n", &rest);
	while (option != NULL && *option != '#' && *option != ';') {
		set_option(s, option);
		option = strtok_r(NULL, " \t\r\n", &rest);
	}
}

static void
read_file(struct settings *s, FILE *f)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, f) != -1) {
		if (strncmp(line, "options", 7) == 0 &&
		    isspace((unsigned char)line[7]))
			set_options(s, line + 7);
	}
	free(line);
}

/* The environment comes after the file, as in glibc. */
void
settings_read(struct settings *s)
{
	const char *value = getenv("RES_OPTIONS");
	char *text;
	FILE *f;

	*s = (struct settings){ .timeout_ms = 1000 * TIMEOUT_S,
		.attempts = ATTEMPTS };
	if ((f = fopen(RESOLV_CONF, "re")) != NULL) {
		read_file(s, f);
		fclose(f);
	}
	if (value != NULL && (text = strdup(value)) != NULL) {
		set_options(s, text);
		free(text);
	}
}

/* SPDX-License-Identifier: ISC */
/* load: measures a relay from both of its sides. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "nitems.h"
#include "run.h"

static const struct mode *const modes[] = {
	&mode_bulk,
	&mode_messages,
	&mode_rtt,
	&mode_connect,
	&mode_idle,
	&mode_delay,
	&mode_rate,
	&mode_http,
	&mode_verify,
};

static const char usage_text[] =
    "usage: load MODE -listen HOST:PORT -connect HOST:PORT [options]\n"
    "       load MODE -help\n"
    "\n"
    "The server listens where the relay's upstream is; the client connects\n"
    "to the relay, or to the server itself.  One JSON object on stdout.\n"
    "\n";

static void
usage(void)
{
	size_t i;

	fputs(usage_text, stdout);
	for (i = 0; i < nitems(modes); i++)
		printf("  %-10s%s\n", modes[i]->name, modes[i]->help);
}

static const struct mode *
mode_find(const char *name)
{
	size_t i;

	for (i = 0; i < nitems(modes); i++) {
		if (strcmp(modes[i]->name, name) == 0)
			return modes[i];
	}
	return NULL;
}

static int
is_help(const char *word)
{
	return strcmp(word, "-help") == 0 || strcmp(word, "--help") == 0 ||
	    strcmp(word, "-h") == 0;
}

int
main(int argc, char *argv[])
{
	const struct mode *mode;

	if (argc > 1 && is_help(argv[1])) {
		usage();
		return 0;
	}
	if (argc < 2 || (mode = mode_find(argv[1])) == NULL) {
		fprintf(stderr, "load: %s: see load -help\n",
		    argc < 2 ? "no mode" : "no such mode");
		return 1;
	}
	run_open(mode->name);
	options_parse(mode, argv + 2);
	run_pin(common.cpu); /* before the first fork: it is for all */
	mode->run();
	return 0;
}

/* SPDX-License-Identifier: ISC */
/* The command line: -name value, -name=value, or -name alone for a switch. */

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "net.h"
#include "nitems.h"
#include "run.h"

struct common common;

static const struct common_option {
	unsigned int has;
	struct option option;
} commons[] = {
	{ HAS_SERVER,
	    { "listen", OPTION_ENDPOINTS, &common.listen, NULL,
		.help =
		    "where the server is: HOST:PORT, of the relay's upstream" } },
	{ 0,
	    { "connect", OPTION_ENDPOINTS, &common.connect, NULL,
		.help = "where the client goes: HOST:PORT, of the relay" } },
	{ 0,
	    { "cpu", OPTION_COUNT, &common.cpu, "-1", .min = -1,
		.max = CPU_SETSIZE - 1,
		.help = "the one CPU for both ends; -1: any" } },
	{ HAS_SERVER,
	    { "server-cpu", OPTION_COUNT, &common.server_cpu, "-1", .min = -1,
		.max = CPU_SETSIZE - 1,
		.help = "another one for the server; -1: as -cpu says" } },
	{ HAS_TIME,
	    { "seconds", OPTION_REAL, &common.seconds, "3", .min = 0.01,
		.max = 3600, .help = "how long to measure" } },
	{ HAS_TIME,
	    { "warmup", OPTION_REAL, &common.warmup, "0.5", .max = 3600,
		.help = "seconds to run before that" } },
};

static int
is_common(const struct mode *mode, const struct common_option *c)
{
	return (c->has & ~mode->has) == 0;
}

/* name has len characters.  NULL: there is none. */
static const struct option *
find(const struct mode *mode, const char *name, size_t len)
{
	const struct option *o;
	size_t i;

	for (i = 0; i < mode->noptions; i++) {
		o = &mode->options[i];
		if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
			return o;
	}
	for (i = 0; i < nitems(commons); i++) {
		o = &commons[i].option;
		if (is_common(mode, &commons[i]) && strlen(o->name) == len &&
		    strncmp(o->name, name, len) == 0)
			return o;
	}
	return NULL;
}

static void
help_one(const struct option *o)
{
	static const char *const kinds[] = {
		[OPTION_COUNT] = "N",
		[OPTION_REAL] = "X",
		[OPTION_SWITCH] = "",
		[OPTION_TEXT] = "TEXT",
		[OPTION_DIRECTION] = "down|up",
		[OPTION_ENDPOINTS] = "HOST:PORT[,...]",
	};

	printf("  -%s %s\n    \t%s", o->name, kinds[o->kind], o->help);
	if (o->preset != NULL)
		printf(" (default %s)", o->preset);
	putchar('\n');
}

static void __attribute__((__noreturn__)) help(const struct mode *mode)
{
	const struct option *o;
	size_t i;

	printf("load %s: %s\n", mode->name, mode->help);
	for (i = 0; i < nitems(commons); i++) {
		o = &commons[i].option;
		if (is_common(mode, &commons[i]) &&
		    find(mode, o->name, strlen(o->name)) == o)
			help_one(o);
	}
	for (i = 0; i < mode->noptions; i++)
		help_one(&mode->options[i]);
	exit(0);
}

static int
set_count(const struct option *o, const char *text)
{
	char *end;
	int64_t n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno != 0 || *text == '\0' || *end != '\0' || (double)n < o->min ||
	    (o->max > 0 && (double)n > o->max))
		return -1;
	*(int64_t *)o->value = n;
	return 0;
}

static int
set_real(const struct option *o, const char *text)
{
	char *end;
	double x;

	errno = 0;
	x = strtod(text, &end);
	if (errno != 0 || *text == '\0' || *end != '\0' || !(x >= o->min) ||
	    (o->max > 0 && x > o->max))
		return -1;
	*(double *)o->value = x;
	return 0;
}

static int
set_direction(const struct option *o, const char *text)
{
	enum direction *d = o->value;

	if (strcmp(text, "down") == 0)
		*d = DIRECTION_DOWN;
	else if (strcmp(text, "up") == 0)
		*d = DIRECTION_UP;
	else
		return -1;
	return 0;
}

/* A list adds to what is there already. */
static int
set_endpoints(const struct option *o, const char *text)
{
	struct endpoints *list = o->value;
	char words[4096], *word, *rest;

	if (strlen(text) >= sizeof(words))
		return -1;
	snprintf(words, sizeof(words), "%s", text);
	for (word = strtok_r(words, ",", &rest); word != NULL;
	     word = strtok_r(NULL, ",", &rest)) {
		if (list->n == nitems(list->at) ||
		    endpoint_parse(&list->at[list->n], word) == -1)
			return -1;
		list->n++;
	}
	return 0;
}

static void
set(const struct option *o, const char *text)
{
	int bad = 0;

	switch (o->kind) {
	case OPTION_COUNT:
		bad = set_count(o, text);
		break;
	case OPTION_REAL:
		bad = set_real(o, text);
		break;
	case OPTION_SWITCH:
		*(int *)o->value = 1;
		break;
	case OPTION_TEXT:
		*(const char **)o->value = text;
		break;
	case OPTION_DIRECTION:
		bad = set_direction(o, text);
		break;
	case OPTION_ENDPOINTS:
		bad = set_endpoints(o, text);
		break;
	}
	if (bad)
		failx("-%s %s: not what it has to be", o->name, text);
}

static void
set_presets(const struct mode *mode)
{
	size_t i;

	for (i = 0; i < nitems(commons); i++) {
		if (commons[i].option.preset != NULL)
			set(&commons[i].option, commons[i].option.preset);
	}
	for (i = 0; i < mode->noptions; i++) {
		if (mode->options[i].preset != NULL)
			set(&mode->options[i], mode->options[i].preset);
	}
}

/* The option at argv[0]; returns how many words it took. */
static int
parse_one(const struct mode *mode, char *argv[])
{
	const char *name = argv[0], *equals;
	const struct option *o;
	size_t len;

	if (name[0] != '-')
		failx("%s: not an option", name);
	name += name[1] == '-' ? 2 : 1;
	equals = strchr(name, '=');
	len = equals != NULL ? (size_t)(equals - name) : strlen(name);
	if (strcmp(name, "help") == 0 || strcmp(name, "h") == 0)
		help(mode);
	if ((o = find(mode, name, len)) == NULL)
		failx("-%.*s: no such option", (int)len, name);
	if (o->kind == OPTION_SWITCH && equals != NULL)
		failx("-%s takes no value", o->name);
	if (o->kind == OPTION_SWITCH || equals != NULL) {
		set(o, equals != NULL ? equals + 1 : "");
		return 1;
	}
	if (argv[1] == NULL)
		failx("-%s needs a value", o->name);
	set(o, argv[1]);
	return 2;
}

void
options_parse(const struct mode *mode, char *argv[])
{
	set_presets(mode);
	while (*argv != NULL)
		argv += parse_one(mode, argv);
	if (common.connect.n == 0)
		failx("-connect is missing");
	if ((mode->has & HAS_SERVER) != 0 && common.listen.n == 0)
		failx("-listen is missing");
}

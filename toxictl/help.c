/* SPDX-License-Identifier: ISC */
/* What can be asked for. */

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "kinds.h"
#include "toxictl.h"

static void
print_flags(uint64_t flags)
{
	char names[64];
	unsigned int i;

	for (i = 0; i < FLAG_MAX; i++) {
		if ((flags & (UINT64_C(1) << i)) == 0)
			continue;
		args_flag_names((enum flag)i, names, sizeof(names));
		printf("   %-30s %s\n", names, args_flag_help((enum flag)i));
	}
}

/* "list, l, li, ls" */
static void
join_names(const char *names, char *text, size_t size)
{
	size_t n = 0;

	for (; *names != '\0' && n + 2 < size; names++) {
		if (*names == ' ')
			text[n++] = ',';
		text[n++] = *names;
	}
	text[n] = '\0';
}

static void
print_line(const char *names, const char *help)
{
	char joined[64];

	join_names(names, joined, sizeof(joined));
	printf("   %-22s %s\n", joined, help);
}

/* " (default: 17)"; of 0, "" and an empty list nothing is said. */
static void
print_default(const struct toxic_attribute *a)
{
	json_t *standard = kinds_default(a);
	char *text = json_dumps(
	    standard, JSON_ENCODE_ANY | JSON_REAL_PRECISION(DBL_DIG));

	if (json_number_value(standard) != 0 ||
	    json_string_length(standard) > 0)
		printf(" (default: %s)",
		    json_is_string(standard) ? json_string_value(standard)
					     : text);
	free(text);
	json_decref(standard);
}

static void
print_attribute(const struct toxic_attribute *a)
{
	int is_list = a->kind == VALUE_INTEGERS || a->kind == VALUE_TEXTS;
	const char *word;
	int64_t i;

	printf("   %12s %s%s%s%s", "", a->name, is_list ? ", list" : "",
	    *a->unit != '\0' ? ", " : "", a->unit);
	for (i = 0; a->kind == VALUE_ENUM && (word = toxic_word(a, i)) != NULL;
	     i++)
		printf("%s%s", i > 0 ? " | " : ", ", word);
	printf(": %s", a->help);
	print_default(a);
	putchar('\n');
}

static void
print_toxics(void)
{
	const struct toxic_attribute *a;
	const struct toxic_schema *s;
	int kind;

	puts("\nTOXICS:");
	for (kind = 1; kind < TOXIC_KIND_MAX; kind++) {
		s = toxic_schema((enum toxic_kind)kind);
		if (s->whose == OF_DEBUG)
			continue;
		printf("   %-12s %s\n", s->name, s->does);
		for (a = s->attributes; a < s->attributes + s->nattributes; a++)
			print_attribute(a);
	}
}

void
help_all(const struct ctl *ctl)
{
	const struct command *c;
	const struct group *g;

	printf("NAME:\n   %s - Simulate network and system conditions\n\n"
	       "USAGE:\n   %s [flags] command [flags] [arguments]\n\n"
	       "VERSION:\n   %s\n\nCOMMANDS:\n",
	    ctl->program, ctl->program, TOXICTL_VERSION);
	for (c = ctl->commands; c->names != NULL; c++)
		if (c->group == NULL)
			print_line(c->names, c->help);
	for (g = ctl->groups; g->names != NULL; g++)
		print_line(g->names, g->help);
	printf("   %-22s %s\n", "help, h", "this, or help for one command");
	puts("\nFLAGS OF ALL COMMANDS:");
	print_flags(FLAGS_GLOBAL);
	printf("\nEXAMPLES:\n"
	       "   %s create web -l localhost:8666 -u localhost:8080\n"
	       "   %s toxic add web -t latency -a latency=200\n"
	       "   %s with web -t bandwidth -a rate=10 -- make test\n"
	       "   %s help toxic add\n",
	    ctl->program, ctl->program, ctl->program, ctl->program);
}

void
help_group(const struct ctl *ctl, const struct group *group)
{
	int len = (int)name_length(group->names), is_of_toxics = 0;
	const struct command *c;

	printf("NAME:\n   %s %.*s - %s\n\n"
	       "USAGE:\n   %s %.*s command [arguments] [flags]\n\n"
	       "COMMANDS:\n",
	    ctl->program, len, group->names, group->help, ctl->program, len,
	    group->names);
	for (c = ctl->commands; c->names != NULL; c++) {
		if (c->group == NULL || (int)strlen(c->group) != len ||
		    strncmp(c->group, group->names, (size_t)len) != 0)
			continue;
		print_line(c->names, c->help);
		is_of_toxics |= (c->flags & FLAG(TYPE)) != 0;
	}
	if (is_of_toxics)
		print_toxics();
}

size_t
name_length(const char *names)
{
	return strcspn(names, " ");
}

void
help_command(const struct ctl *ctl, const struct command *c)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s%.*s",
	    c->group != NULL ? c->group : "", c->group != NULL ? " " : "",
	    (int)name_length(c->names), c->names);
	printf("NAME:\n   %s %s - %s\n\nUSAGE:\n   %s %s%s%s\n", ctl->program,
	    name, c->help, ctl->program, name, c->usage[0] != '\0' ? " " : "",
	    c->usage);
	if (c->example != NULL)
		printf("\nEXAMPLE:\n   %s %s%s%s\n", ctl->program, name,
		    c->example[0] != '\0' ? " " : "", c->example);
	if (strchr(c->names, ' ') != NULL)
		printf("\nALIASES:\n   %s\n", strchr(c->names, ' ') + 1);
	puts("\nFLAGS:");
	print_flags(c->flags | FLAGS_GLOBAL);
	if ((c->flags & FLAG(TYPE)) != 0)
		print_toxics();
}

int
cmd_version(struct ctl *ctl, struct args *args)
{
	(void)args;
	if (ctl->is_json)
		json_out(
		    stdout, json_pack("{s:s}", "version", TOXICTL_VERSION));
	else
		printf("%s version %s\n", ctl->program, TOXICTL_VERSION);
	return EXIT_OK;
}

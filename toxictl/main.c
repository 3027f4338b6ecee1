/* SPDX-License-Identifier: ISC */
/* toxictl: which command, on which server. */

#include <err.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "table.h"
#include "toxictl.h"

static void
ctl_init(struct ctl *ctl, const char *called)
{
	const char *slash = called != NULL ? strrchr(called, '/') : NULL;
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	memset(ctl, 0, sizeof(*ctl));
	ctl->commands = commands;
	ctl->program = slash != NULL ? slash + 1 : called;
	if (ctl->program == NULL || *ctl->program == '\0')
		ctl->program = "toxictl";
	ctl->is_terminal = isatty(STDOUT_FILENO);
	ctl->is_coloured = ctl->is_terminal &&
	    (no_color == NULL || *no_color == '\0') && term != NULL &&
	    strcmp(term, "dumb") != 0;
}

/* The flags that any command takes. */
static void
take_globals(struct ctl *ctl, const struct args *args)
{
	const char *url = args_value(args, FLAG_HOST);

	if (url == NULL)
		url = getenv("TOXIPROXY_URL");
	if (url == NULL || *url == '\0')
		url = "http://localhost:8474";
	ctl->options.url = url;
	ctl->options.token = args_value(args, FLAG_TOKEN); /* NULL: libtoxi's */
	ctl->is_json = args_has(args, FLAG_JSON);
}

static int
no_topic(const struct ctl *ctl, const char *word, int is_in_group)
{
	const char *meant = command_suggest(word, is_in_group);
	char *plain = table_plain(word);

	if (ctl->is_json)
		json_out(stderr,
		    json_pack("{s:s+}", "error", "No help topic for ", plain));
	else
		fprintf(stderr, "No help topic for '%s'\n", plain);
	if (meant != NULL && !ctl->is_json)
		fprintf(stderr, "Did you mean '%s%.*s'?\n",
		    is_in_group ? "toxic " : "", (int)strcspn(meant, " "),
		    meant);
	free(plain);
	return EXIT_NO_COMMAND;
}

static int
too_many(const struct ctl *ctl, const char *word)
{
	char text[256];

	snprintf(text, sizeof(text), "one argument too many: %.200s", word);
	return fail_usage(ctl, text);
}

/* The words behind "help": none, a command, or a group and a command. */
static int
run_help(struct ctl *ctl, struct args *args)
{
	const struct command *c;
	const char *word;
	size_t given;

	args->words++;
	given = --args->n_words;
	if (given == 0) {
		help_all(ctl);
		return EXIT_OK;
	}
	if (given == 1 && command_is_group(args->words[0])) {
		help_group(ctl);
		return EXIT_OK;
	}
	args->n_words = command_is_group(args->words[0]) ? 2 : 1;
	if ((c = command_find(args, &word)) == NULL)
		return no_topic(ctl, word, args->n_words == 2);
	if (given > args->n_words)
		return too_many(ctl, args->words[args->n_words]);
	help_command(ctl, c);
	return EXIT_OK;
}

static int
run_help_command(struct ctl *ctl, struct args *args)
{
	char **words = args->words;
	int code;

	if (args->n_words == 2) { /* "toxic help" is "help toxic" */
		words[1] = words[0];
		words[0] = NULL;
	}
	if (args_parse(args, FLAGS_GLOBAL, 0) == -1)
		return fail_usage(ctl, args->error);
	code = run_help(ctl, args);
	args->words = words; /* what is to be freed */
	return code;
}

static int
run_command(struct ctl *ctl, struct args *args)
{
	struct toxi_error err;
	int code, rc;

	/* the words from here on are the command's own */
	args->n_words = args->n_before = 0;
	args->words[0] = NULL;
	rc = args_parse(args, ctl->command->flags | FLAGS_GLOBAL, 0);
	args->words[args->n_words] = NULL;
	take_globals(ctl, args);
	if (rc == -1)
		return fail_usage(ctl, args->error);
	if (args_has(args, FLAG_HELP)) {
		help_command(ctl, ctl->command);
		return EXIT_OK;
	}
	if (args->n_words > ctl->command->max_words)
		return too_many(ctl, args->words[ctl->command->max_words]);
	if ((ctl->toxi = toxi_new(&ctl->options, &err)) == NULL)
		return fail(ctl, &err, "%s", ctl->options.url);
	code = ctl->command->run(ctl, args);
	toxi_free(ctl->toxi);
	return code;
}

/* Nothing but flags, or "toxic" and nothing but flags. */
static int
run_nothing(struct ctl *ctl, struct args *args)
{
	if (args_has(args, FLAG_VERSION))
		cmd_version(ctl, args);
	else if (args->n_words > 0)
		help_group(ctl);
	else
		help_all(ctl);
	return EXIT_OK;
}

static int
run(struct ctl *ctl, struct args *args)
{
	const char *word;
	size_t n;

	do {
		n = args->n_words;
		if (args_parse(args, FLAGS_GLOBAL, 1) == -1)
			return fail_usage(ctl, args->error);
		take_globals(ctl, args);
		if (args->n_words == n || args_has(args, FLAG_VERSION))
			return run_nothing(ctl, args);
	} while (args->n_words == 1 && command_is_group(args->words[0]));
	word = args->words[args->n_words - 1];
	if (strcmp(word, "help") == 0 || strcmp(word, "h") == 0)
		return run_help_command(ctl, args);
	if ((ctl->command = command_find(args, &word)) == NULL)
		return no_topic(ctl, word, args->n_words == 2);
	return run_command(ctl, args);
}

int
main(int argc, char *argv[])
{
	struct args args;
	struct ctl ctl;
	int code;

	setlocale(LC_CTYPE, "");
	ctl_init(&ctl, argv[0]);
	if (args_init(&args, argc, argv) == -1)
		err(EXIT_FAILED, NULL);
	code = run(&ctl, &args);
	args_free(&args);
	if (fflush(stdout) == EOF || ferror(stdout)) {
		warn("stdout");
		if (code == EXIT_OK)
			code = EXIT_FAILED;
	}
	return code;
}

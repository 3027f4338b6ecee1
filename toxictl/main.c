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
#include "token.h"
#include "toxictl.h"

static void
ctl_init(struct ctl *ctl, struct token *token, const char *called)
{
	const char *slash = called != NULL ? strrchr(called, '/') : NULL;
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	memset(ctl, 0, sizeof(*ctl));
	ctl->commands = commands;
	ctl->groups = groups;
	ctl->token = token;
	ctl->program = slash != NULL ? slash + 1 : called;
	if (ctl->program == NULL || *ctl->program == '\0')
		ctl->program = "toxictl";
	ctl->is_terminal = isatty(STDOUT_FILENO);
	ctl->is_coloured = ctl->is_terminal &&
	    (no_color == NULL || *no_color == '\0') && term != NULL &&
	    strcmp(term, "dumb") != 0;
}

/* What is set, and to more than nothing. */
static const char *
environment(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

/* With nothing before a host by which somebody may be known. */
static void
set_server(struct ctl *ctl, const char *url)
{
	const char *scheme = strstr(url, "://");
	const char *at = token_is_in_url(url) ? strrchr(url, '@') : NULL;
	int len = at != NULL && scheme != NULL && scheme < at
	    ? (int)(scheme + 3 - url)
	    : 0;

	ctl->options.url = url;
	snprintf(ctl->server, sizeof(ctl->server), "%.*s%s", len, url,
	    at != NULL ? at + 1 : url);
}

/* The flags that any command takes.  -1: args->error. */
static int
take_globals(struct ctl *ctl, struct args *args)
{
	const char *url = args_value(args, FLAG_HOST);
	const char *tenant = args_value(args, FLAG_TENANT);
	const char *ca_file = args_value(args, FLAG_CACERT);
	int is_seen = url != NULL && token_is_in_url(url);

	if (url == NULL)
		url = environment("TOXIPROXY_URL");
	if (url == NULL || *url == '\0')
		url = "http://localhost:8474";
	set_server(ctl, url);
	ctl->options.tenant =
	    tenant != NULL ? tenant : environment("TOXICTL_TENANT");
	ctl->options.ca_file =
	    ca_file != NULL ? ca_file : environment("TOXICTL_CACERT");
	ctl->is_json = args_has(args, FLAG_JSON);
	if (!is_seen)
		return 0;
	snprintf(args->error, sizeof(args->error),
	    "others can see what stands before the \"@\" of --host: put that "
	    "URL in TOXIPROXY_URL, or the token in a file, with --token-file "
	    "FILE");
	return -1;
}

/* -1: it has been said why. */
static int
find_token(struct ctl *ctl, const struct args *args)
{
	struct token *t = ctl->token;
	char why[512];

	if (token_find(t, args_value(args, FLAG_TOKEN_FILE), ctl->options.url,
		why, sizeof(why)) == -1) {
		fail(ctl, NULL, "%s", why);
		return -1;
	}
	if (t->text[0] != '\0')
		ctl->options.token = t->text;
	return 0;
}

static int
no_topic(const struct ctl *ctl, const char *word, const struct group *group)
{
	const char *meant = command_suggest(word, group);
	char *plain = table_plain(word);
	int len = group != NULL ? (int)name_length(group->names) : 0;

	if (ctl->is_json)
		json_out(stderr,
		    json_pack("{s:s+}", "error", "No help topic for ", plain));
	else
		fprintf(stderr, "No help topic for '%s'\n", plain);
	if (meant != NULL && !ctl->is_json)
		fprintf(stderr, "Did you mean '%.*s%s%.*s'?\n", len,
		    group != NULL ? group->names : "", len > 0 ? " " : "",
		    (int)name_length(meant), meant);
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
	const struct group *group;
	const char *word;
	size_t given;

	args->words++;
	given = --args->n_words;
	if (given == 0) {
		help_all(ctl);
		return EXIT_OK;
	}
	group = command_group(args->words[0]);
	if (given == 1 && group != NULL) {
		help_group(ctl, group);
		return EXIT_OK;
	}
	args->n_words = group != NULL ? 2 : 1;
	if ((c = command_find(args, &word)) == NULL)
		return no_topic(ctl, word, group);
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
ask_server(struct ctl *ctl, struct args *args)
{
	struct toxi_error err;
	int code;

	if (find_token(ctl, args) == -1)
		return EXIT_FAILED;
	if ((ctl->toxi = toxi_new(&ctl->options, &err)) == NULL)
		return fail(ctl, &err, "%s", ctl->server);
	code = ctl->command->run(ctl, args);
	toxi_free(ctl->toxi);
	return code;
}

/* Of a fleet, and before a command that is of none.  -1: args->error. */
static int
check_fleet(const struct command *c, struct args *args)
{
	if ((c->flags & FLAG(FLEET)) != 0 || !args_has(args, FLAG_FLEET))
		return 0;
	snprintf(args->error, sizeof(args->error),
	    "--fleet is of the commands of `fleet`");
	return -1;
}

static int
run_command(struct ctl *ctl, struct args *args)
{
	int rc;

	/* the words from here on are the command's own */
	args->n_words = args->n_before = 0;
	args->words[0] = NULL;
	rc = args_parse(args, ctl->command->flags | FLAGS_GLOBAL, 0);
	args->words[args->n_words] = NULL;
	if (rc == 0)
		rc = take_globals(ctl, args);
	if (rc == 0)
		rc = check_fleet(ctl->command, args);
	ctl->is_json = args_has(args, FLAG_JSON);
	if (rc == -1)
		return fail_usage(ctl, args->error);
	if (args_has(args, FLAG_HELP)) {
		help_command(ctl, ctl->command);
		return EXIT_OK;
	}
	if (args->n_words > ctl->command->max_words)
		return too_many(ctl, args->words[ctl->command->max_words]);
	if ((ctl->command->traits & ASKS_NOBODY) != 0)
		return ctl->command->run(ctl, args);
	return ask_server(ctl, args);
}

/* Nothing but flags, or "toxic" and nothing but flags. */
static int
run_nothing(struct ctl *ctl, struct args *args)
{
	if (args_has(args, FLAG_VERSION))
		cmd_version(ctl, args);
	else if (args->n_words > 0)
		help_group(ctl, command_group(args->words[0]));
	else
		help_all(ctl);
	return EXIT_OK;
}

static int
run(struct ctl *ctl, struct args *args)
{
	const struct group *group = NULL;
	const char *word;
	size_t n;

	do {
		n = args->n_words;
		if (args_parse(args, FLAGS_GLOBAL | FLAGS_FLEET, 1) == -1) {
			ctl->is_json = args_has(args, FLAG_JSON);
			return fail_usage(ctl, args->error);
		}
		if (take_globals(ctl, args) == -1)
			return fail_usage(ctl, args->error);
		if (args->n_words == n || args_has(args, FLAG_VERSION))
			return run_nothing(ctl, args);
		if (args->n_words == 1)
			group = command_group(args->words[0]);
	} while (args->n_words == 1 && group != NULL);
	word = args->words[args->n_words - 1];
	if (strcmp(word, "help") == 0 || strcmp(word, "h") == 0)
		return run_help_command(ctl, args);
	if ((ctl->command = command_find(args, &word)) == NULL)
		return no_topic(ctl, word, group);
	return run_command(ctl, args);
}

int
main(int argc, char *argv[])
{
	struct token token = { .from = FROM_NOWHERE };
	struct args args;
	struct ctl ctl;
	int code;

	setlocale(LC_CTYPE, "");
	ctl_init(&ctl, &token, argv[0]);
	if (args_init(&args, argc, argv) == -1)
		err(EXIT_FAILED, NULL);
	code = run(&ctl, &args);
	args_free(&args);
	explicit_bzero(&token, sizeof(token));
	if (fflush(stdout) == EOF || ferror(stdout)) {
		warn("stdout");
		if (code == EXIT_OK)
			code = EXIT_FAILED;
	}
	return code;
}

/* SPDX-License-Identifier: ISC */
/* Which commands there are. */

#include <string.h>

#include "meant.h"
#include "toxictl.h"

#define FLAGS_TOXIC (FLAG(TOXIC_NAME) | FLAG(TOXICITY) | FLAG(ATTRIBUTE))
#define FLAGS_NEW_TOXIC \
	(FLAGS_TOXIC | FLAG(TYPE) | FLAG(IS_UPSTREAM) | FLAG(IS_DOWNSTREAM))

#define ANY ((size_t)-1)

/* Those of toxiproxy-cli, then ours. */
const struct command commands[] = {
	{ NULL, "list l li ls", "", "list all proxies", "", 0, 0, cmd_list, 1 },
	{ NULL, "inspect i ins", "PROXY", "show the toxics of a proxy", "web",
	    1, 0, cmd_inspect, 0 },
	{ NULL, "create c new",
	    "PROXY --listen ADDRESS --upstream ADDRESS [--disabled]",
	    "create a proxy", "web -l localhost:8666 -u localhost:8080", 1,
	    FLAG(LISTEN) | FLAG(UPSTREAM) | FLAG(DISABLED), cmd_create, 0 },
	{ NULL, "toggle tog", "PROXY", "enable or disable a proxy", "web", 1, 0,
	    cmd_toggle, 0 },
	{ NULL, "delete d", "PROXY", "delete a proxy", "web", 1, 0, cmd_delete,
	    0 },
	{ "toxic", "add a", "PROXY --type TYPE [-a KEY=VALUE]... [...]",
	    "add a toxic to a proxy",
	    "web -t latency -a latency=200 -a jitter=20 --upstream", 1,
	    FLAGS_NEW_TOXIC, cmd_toxic_add, 0 },
	{ "toxic", "update u", "PROXY --toxicName TOXIC [-a KEY=VALUE]...",
	    "change a toxic", "web -n latency_downstream -a latency=50", 1,
	    FLAGS_TOXIC, cmd_toxic_update, 0 },
	{ "toxic", "remove r delete d", "PROXY --toxicName TOXIC",
	    "remove a toxic", "web -n latency_downstream", 1, FLAG(TOXIC_NAME),
	    cmd_toxic_remove, 0 },

	{ NULL, "enable", "PROXY", "enable a proxy", "web", 1, 0, cmd_enable,
	    1 },
	{ NULL, "disable", "PROXY", "disable a proxy", "web", 1, 0, cmd_disable,
	    1 },
	{ NULL, "reset", "", "enable all proxies, remove all toxics", "", 0, 0,
	    cmd_reset, 1 },
	{ NULL, "apply", "FILE", "make the server be as the file says",
	    "proxies.json --prune --dry-run", 1, FLAG(DRY_RUN) | FLAG(PRUNE),
	    cmd_apply, 1 },
	{ NULL, "export", "[PROXY...]", "print what apply takes",
	    ">proxies.json", ANY, 0, cmd_export, 1 },
	{ NULL, "with", "PROXY -t TYPE [-a KEY=VALUE]... -- COMMAND...",
	    "run a command under toxics, then remove them",
	    "db -t latency -a latency=200 -- make test", ANY, FLAGS_NEW_TOXIC,
	    cmd_with, 1 },
	{ NULL, "wait", "PROXY", "wait until a proxy's upstream answers",
	    "db --timeout 60", 1, FLAG(TIMEOUT), cmd_wait, 1 },
	{ NULL, "doctor", "[PROXY...]",
	    "is the server there, do connections through proxies hold",
	    "web --send 'GET / HTTP/1.0\\r\\n\\r\\n'", ANY, FLAG(SEND),
	    cmd_doctor, 1 },
	{ NULL, "top watch", "", "a live table of all proxies", "", 0,
	    FLAG(INTERVAL), cmd_top, 1 },
	{ NULL, "completion", "bash|zsh|fish", "print a script for that shell",
	    "bash >~/.local/share/bash-completion/completions/toxictl", 1, 0,
	    cmd_completion, 1 },
	{ NULL, "version", "", "print the version", "", 0, 0, cmd_version, 1 },
	{ .names = NULL },
};

/* names are separated by blanks */
static int
is_among(const char *names, const char *word)
{
	size_t len = strlen(word);
	const char *p;

	for (p = names; *p != '\0'; p += strspn(p, " ")) {
		if (strcspn(p, " ") == len && strncmp(p, word, len) == 0)
			return 1;
		p += strcspn(p, " ");
	}
	return 0;
}

int
command_is_group(const char *word)
{
	return is_among("toxic t", word);
}

const struct command *
command_find(struct args *args, const char **word)
{
	const char *group = NULL;
	const struct command *c;

	*word = args->words[args->n_words - 1];
	if (args->n_words == 2)
		group = "toxic";
	for (c = commands; c->names != NULL; c++)
		if ((c->group != NULL) == (group != NULL) &&
		    is_among(c->names, *word))
			return c;
	return NULL;
}

const char *
command_suggest(const char *word, int is_in_group)
{
	const char *names[sizeof(commands) / sizeof(commands[0]) + 2];
	const struct command *c;
	size_t n = 0;

	for (c = commands; c->names != NULL; c++)
		if ((c->group != NULL) == is_in_group)
			names[n++] = c->names;
	if (!is_in_group)
		names[n++] = "toxic";
	names[n++] = "help";
	return meant(word, names, n);
}

/* SPDX-License-Identifier: ISC */
/* Which commands there are. */

#include <string.h>

#include "fleet.h"
#include "meant.h"
#include "toxictl.h"

#define FLAGS_TOXIC                                                      \
	(FLAG(TOXIC_NAME) | FLAG(TOXICITY) | FLAG(SELECT) | FLAG(WAVE) | \
	    FLAG(ATTRIBUTE))
#define FLAGS_NEW_TOXIC \
	(FLAGS_TOXIC | FLAG(TYPE) | FLAG(IS_UPSTREAM) | FLAG(IS_DOWNSTREAM))

#define ANY ((size_t)-1)

const struct group groups[] = {
	{ "toxic t", "add, update or remove a toxic" },
	{ "profile", "a proxy is as a network is: 3g, satellite, ..." },
	{ "scenario", "a proxy is so for so long, and then so" },
	{ "fleet", "many servers, as their etcd says" },
	{ "token", "who may call a server" },
	{ .names = NULL },
};

/* Those of toxiproxy-cli, then ours. */
const struct command commands[] = {
	{ NULL, "list l li ls", "", "list all proxies", "", 0, 0, cmd_list,
	    IS_NEW },
	{ NULL, "inspect i ins", "PROXY", "show the toxics of a proxy", "web",
	    1, FLAG(SESSION), cmd_inspect, 0 },
	{ NULL, "create c new",
	    "PROXY --listen ADDRESS --upstream ADDRESS [--disabled] [--ttl "
	    "TIME]",
	    "create a proxy", "web -l localhost:8666 -u localhost:8080", 1,
	    FLAG(LISTEN) | FLAG(UPSTREAM) | FLAG(DISABLED) | FLAG(TTL),
	    cmd_create, 0 },
	{ NULL, "toggle tog", "PROXY", "enable or disable a proxy", "web", 1, 0,
	    cmd_toggle, 0 },
	{ NULL, "delete d", "PROXY", "delete a proxy", "web", 1, 0, cmd_delete,
	    0 },
	{ "toxic", "add a", "PROXY --type TYPE [-a KEY=VALUE]... [...]",
	    "add a toxic to a proxy",
	    "web -t latency -a latency=200 -a jitter=20 --upstream", 1,
	    FLAGS_NEW_TOXIC | FLAG(TTL) | FLAG(SESSION), cmd_toxic_add, 0 },
	{ "toxic", "update u", "PROXY --toxicName TOXIC [-a KEY=VALUE]...",
	    "change a toxic", "web -n latency_downstream -a latency=50", 1,
	    FLAGS_TOXIC | FLAG(TTL) | FLAG(SESSION), cmd_toxic_update, 0 },
	{ "toxic", "remove r delete d", "PROXY --toxicName TOXIC",
	    "remove a toxic", "web -n latency_downstream", 1,
	    FLAG(TOXIC_NAME) | FLAG(SESSION), cmd_toxic_remove, 0 },

	{ NULL, "enable", "PROXY", "enable a proxy", "web", 1, 0, cmd_enable,
	    IS_NEW },
	{ NULL, "disable", "PROXY", "disable a proxy", "web", 1, 0, cmd_disable,
	    IS_NEW },
	{ NULL, "lease", "PROXY [--toxicName TOXIC] TIME",
	    "a proxy, or a toxic, goes by itself after so long", "web 30s", 2,
	    FLAG(TOXIC_NAME), cmd_lease, IS_NEW },
	{ NULL, "connect",
	    "PROXY [--refuse | --blackhole | --accept-delay TIME | --reset] "
	    "[...]",
	    "what clients meet, and what becomes of the dial",
	    "web --accept-delay 2s --dial-fail timeout", 1,
	    FLAG(REFUSE) | FLAG(BLACKHOLE) | FLAG(ACCEPT_DELAY) |
		FLAG(MODE_RESET) | FLAG(DIAL_DELAY) | FLAG(DIAL_FAIL) |
		FLAG(SYN_LOSS) | FLAG(CLEAR),
	    cmd_connect, IS_NEW },
	{ "profile", "list ls", "", "which there are, and who says so", "", 0,
	    0, cmd_profile_list, IS_NEW },
	{ "profile", "show", "PROXY", "of a proxy, and its toxics", "web", 1, 0,
	    cmd_profile_show, IS_NEW },
	{ "profile", "apply", "PROXY PROFILE",
	    "in place of the one before, if any", "web 3g", 2, 0,
	    cmd_profile_apply, IS_NEW },
	{ "profile", "remove", "PROXY", "its toxics go, together", "web", 1, 0,
	    cmd_profile_remove, IS_NEW },
	{ "scenario", "run", "FILE [--watch]",
	    "start one; with --watch, wait for its end", "flaky.json --watch",
	    1, FLAG(WATCH_STEPS), cmd_scenario_run, IS_NEW },
	{ "scenario", "list ls", "", "those under way", "", 0, 0,
	    cmd_scenario_list, IS_NEW },
	{ "scenario", "show", "NAME", "its steps, and how far it is", "flaky",
	    1, 0, cmd_scenario_show, IS_NEW },
	{ "scenario", "stop", "NAME", "its toxics go", "flaky", 1, 0,
	    cmd_scenario_stop, IS_NEW },
	{ NULL, "reset", "", "enable all proxies, remove all toxics", "", 0, 0,
	    cmd_reset, IS_NEW },
	{ NULL, "halt", "", "all toxics off, and held off, those to come, too",
	    "", 0, 0, cmd_halt, IS_NEW },
	{ NULL, "resume", "", "toxics that were halted are on again", "", 0, 0,
	    cmd_resume, IS_NEW },
	{ NULL, "events", "[--follow] [--after ID]",
	    "what has happened, or does", "-f", 0, FLAG(FOLLOW) | FLAG(AFTER),
	    cmd_events, IS_NEW },
	{ NULL, "sessions",
	    "[PROXY] [--watch | --ended | --close ID | --reset ID]",
	    "what goes through proxies now", "web --watch", 1,
	    FLAG(WATCH) | FLAG(ENDED) | FLAG(CLOSE) | FLAG(RESET), cmd_sessions,
	    IS_NEW },
	{ NULL, "why", "PROXY", "why connections through it are as they are",
	    "web", 1, 0, cmd_why, IS_NEW },
	{ NULL, "apply", "FILE", "make the server be as the file says",
	    "proxies.json --prune --dry-run", 1,
	    FLAG(DRY_RUN) | FLAG(PRUNE) | FLAG(PROXIES_ONLY) | FLAG(SOURCE) |
		FLAG(GENERATION) | FLAG(IF_MATCH) | FLAG(FORCE),
	    cmd_apply, IS_NEW },
	{ NULL, "export", "[PROXY...]", "print what apply takes",
	    ">proxies.json", ANY, 0, cmd_export, IS_NEW },
	{ NULL, "with",
	    "PROXY [--profile NAME] [-t TYPE [-a KEY=VALUE]...]... -- "
	    "COMMAND...",
	    "run a command under toxics, then remove them",
	    "db -t latency -a latency=200 -- make test", ANY,
	    FLAGS_NEW_TOXIC | FLAG(PROFILE), cmd_with, IS_NEW },
	{ NULL, "wait", "PROXY [--hit TOXIC [N] | --sessions N | --ended N]",
	    "wait until a proxy's upstream answers, or a toxic has hit",
	    "db --hit latency_downstream --timeout 60", 2,
	    FLAG(TIMEOUT) | FLAG(UNTIL_HIT) | FLAG(UNTIL_OPEN) |
		FLAG(UNTIL_ENDED),
	    cmd_wait, IS_NEW },
	{ NULL, "doctor", "[PROXY...]",
	    "is the server there, do connections through proxies hold",
	    "web --send 'GET / HTTP/1.0\\r\\n\\r\\n'", ANY, FLAG(SEND),
	    cmd_doctor, IS_NEW },
	{ NULL, "top watch", "", "a live table of all proxies", "", 0,
	    FLAG(INTERVAL), cmd_top, IS_NEW },
	{ NULL, "whoami", "", "for whom the server takes us", "", 0, 0,
	    cmd_whoami, IS_NEW },
	{ "token", "new", "NAME [--role ROLE] [--expires WHEN]",
	    "make a token of the tenant, and print it this once",
	    "ci --expires 30d", 1, FLAG(ROLE) | FLAG(EXPIRES), cmd_token_new,
	    IS_NEW },
	{ "token", "list ls", "", "the tokens of the tenant", "", 0, 0,
	    cmd_token_list, IS_NEW },
	{ "token", "revoke", "NAME", "take a token back", "ci", 1, 0,
	    cmd_token_revoke, IS_NEW },
	{ "token", "hash", "[--new] [--name NAME]",
	    "what the server's file has of a token", "--new --name ci", ANY,
	    FLAG(NAME) | FLAG(NEW), cmd_token_hash, IS_NEW | ASKS_NOBODY },
	{ "fleet", "status", "", "how each node is, and how far", "", 0,
	    FLAGS_FLEET, cmd_fleet_status, IS_NEW | ASKS_NOBODY },
	{ "fleet", "apply", "FILE [--scope WHICH]",
	    "make nodes be as the file says",
	    "proxies.json --scope label/zone=a", 1,
	    FLAGS_FLEET | FLAG(SCOPE) | FLAG(DRY_RUN) | FLAG(PROXIES_ONLY),
	    cmd_fleet_apply, IS_NEW | ASKS_NOBODY },
	{ "fleet", "drain", "NODE [--within SECONDS]",
	    "it is to have no sessions, and then nothing", "n1 --within 60", 1,
	    FLAGS_FLEET | FLAG(WITHIN), cmd_fleet_drain, IS_NEW | ASKS_NOBODY },
	{ "fleet", "undrain", "NODE", "it is as the others again", "n1", 1,
	    FLAGS_FLEET, cmd_fleet_undrain, IS_NEW | ASKS_NOBODY },
	{ "fleet", "forget", "NODE", "it will not come back", "n1", 1,
	    FLAGS_FLEET, cmd_fleet_forget, IS_NEW | ASKS_NOBODY },
	{ "fleet", "addresses", "[PROXY]", "where clients find proxies", "web",
	    1, FLAGS_FLEET, cmd_fleet_addresses, IS_NEW | ASKS_NOBODY },
	{ NULL, "completion", "bash|zsh|fish", "print a script for that shell",
	    "bash >~/.local/share/bash-completion/completions/toxictl", 1, 0,
	    cmd_completion, IS_NEW | ASKS_NOBODY },
	{ NULL, "version", "", "print the version", "", 0, 0, cmd_version,
	    IS_NEW | ASKS_NOBODY },
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

const struct group *
command_group(const char *word)
{
	const struct group *g;

	for (g = groups; g->names != NULL; g++)
		if (is_among(g->names, word))
			return g;
	return NULL;
}

/* group is NULL for those that are in none. */
static int
is_in(const struct command *c, const struct group *group)
{
	if (c->group == NULL || group == NULL)
		return c->group == NULL && group == NULL;
	return is_among(group->names, c->group);
}

const struct command *
command_find(struct args *args, const char **word)
{
	const struct group *group = NULL;
	const struct command *c;

	*word = args->words[args->n_words - 1];
	if (args->n_words == 2)
		group = command_group(args->words[0]);
	for (c = commands; c->names != NULL; c++)
		if (is_in(c, group) && is_among(c->names, *word))
			return c;
	return NULL;
}

const char *
command_suggest(const char *word, const struct group *group)
{
	const char *names[sizeof(commands) / sizeof(commands[0]) +
	    sizeof(groups) / sizeof(groups[0]) + 1];
	const struct command *c;
	const struct group *g;
	size_t n = 0;

	for (c = commands; c->names != NULL; c++)
		if (is_in(c, group))
			names[n++] = c->names;
	for (g = groups; group == NULL && g->names != NULL; g++)
		names[n++] = g->names;
	names[n++] = "help";
	return meant(word, names, n);
}

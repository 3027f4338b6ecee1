/* SPDX-License-Identifier: ISC */
/*
 * A command line.  As with toxiproxy-cli, one dash is as good as two, a value
 * stands behind a flag or its "=", and letters do not bundle.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "meant.h"

static const struct flag_spec {
	const char *name;
	const char *short_name; /* or NULL */
	const char *value;      /* what it is called; NULL: a switch */
	const char *help;
} specs[FLAG_MAX] = {
	[FLAG_HOST] = { "host", "h", "URL",
	    "the server, unix:PATH too; else $TOXIPROXY_URL, else "
	    "http://localhost:8474" },
	[FLAG_JSON] = { "json", NULL, NULL, "print JSON" },
	[FLAG_TOKEN_FILE] = { "token-file", NULL, "FILE",
	    "who we are to it; else $TOXIPROXY_AUTH_TOKEN, "
	    "~/.config/toxictl/token" },
	[FLAG_TENANT] = { "tenant", NULL, "NAME",
	    "in which tenant an admin acts; else $TOXICTL_TENANT" },
	[FLAG_CACERT] = { "cacert", NULL, "FILE",
	    "who vouches for an https server; else $TOXICTL_CACERT, else "
	    "those of the system" },
	[FLAG_HELP] = { "help", NULL, NULL, "show this; so does -h alone" },
	[FLAG_VERSION] = { "version", "v", NULL, "print the version" },
	[FLAG_LISTEN] = { "listen", "l", "ADDRESS", "where the proxy listens" },
	[FLAG_UPSTREAM] = { "upstream", "u", "ADDRESS",
	    "where the proxy forwards to" },
	[FLAG_DISABLED] = { "disabled", NULL, NULL,
	    "the proxy does not listen until it is enabled" },
	[FLAG_TOXIC_NAME] = { "toxicName", "n", "NAME",
	    "name of the toxic (default: TYPE_STREAM)" },
	[FLAG_SESSION] = { "session", NULL, "ID",
	    "of that connection alone: `sessions` has them" },
	[FLAG_TYPE] = { "type", "t", "TYPE", "type of the toxic" },
	[FLAG_TOXICITY] = { "toxicity", "tox", "SHARE",
	    "share of the connections that it is on, 0 to 1" },
	[FLAG_SELECT] = { "select", NULL, "WHICH",
	    "on which connections: first=3, every=2,offset=1, "
	    "clients=10.0.0.0/8, after=5s,duration=1s; \"\": all" },
	[FLAG_WAVE] = { "wave", NULL, "WAVES",
	    "what rises and falls by itself: latency=sine:60s:50, with commas "
	    "between several; \"\": nothing" },
	[FLAG_ATTRIBUTE] = { "attribute", "a", "KEY=VALUE",
	    "an attribute of the toxic; as often as needed" },
	[FLAG_IS_UPSTREAM] = { "upstream", "u", NULL,
	    "on what the client sends" },
	[FLAG_IS_DOWNSTREAM] = { "downstream", "d", NULL,
	    "on what the client receives (default)" },
	[FLAG_DRY_RUN] = { "dry-run", NULL, NULL,
	    "only say what would be done" },
	[FLAG_PRUNE] = { "prune", NULL, NULL,
	    "delete proxies that are not in the file" },
	[FLAG_PROXIES_ONLY] = { "proxies-only", NULL, NULL,
	    "leave out what toxid alone takes, by its -config" },
	[FLAG_TIMEOUT] = { "timeout", NULL, "SECONDS",
	    "how long at most (default: 30)" },
	[FLAG_SEND] = { "send", NULL, "TEXT",
	    "send this, \\r \\n \\t \\0 \\\\ meant as in C, and want an "
	    "answer" },
	[FLAG_INTERVAL] = { "interval", NULL, "SECONDS",
	    "between two looks (default: 1)" },
	[FLAG_NAME] = { "name", NULL, "NAME", "what the token is called" },
	[FLAG_NEW] = { "new", NULL, NULL, "make a token, and print it" },
	[FLAG_ROLE] = { "role", NULL, "ROLE",
	    "what it may: reader, tenant (default) or admin" },
	[FLAG_EXPIRES] = { "expires", NULL, "WHEN",
	    "2027-01-31T00:00:00Z, or in 30d, 12h, 90m (default: never)" },
	[FLAG_TTL] = { "ttl", NULL, "TIME",
	    "it goes by itself after so long: 500ms, 30s, 5m, 2h" },
	[FLAG_FOLLOW] = { "follow", "f", NULL,
	    "what happens from now on, as it does" },
	[FLAG_AFTER] = { "after", NULL, "ID",
	    "only what comes behind that one" },
	[FLAG_WATCH] = { "watch", "w", NULL,
	    "again and again, until it is interrupted" },
	[FLAG_ENDED] = { "ended", NULL, NULL,
	    "those that ended otherwise than by themselves, and why" },
	[FLAG_CLOSE] = { "close", NULL, "ID", "end that one" },
	[FLAG_RESET] = { "reset", NULL, "ID", "... by a reset" },
	[FLAG_UNTIL_HIT] = { "hit", NULL, "TOXIC",
	    "until it has done anything to a session, or to N" },
	[FLAG_UNTIL_OPEN] = { "sessions", NULL, "N",
	    "until so many sessions are open" },
	[FLAG_UNTIL_ENDED] = { "ended", NULL, "N",
	    "until so many sessions have ended" },
	[FLAG_REFUSE] = { "refuse", NULL, NULL,
	    "clients are refused; the port stays the proxy's" },
	[FLAG_BLACKHOLE] = { "blackhole", NULL, NULL,
	    "nobody answers clients" },
	[FLAG_ACCEPT_DELAY] = { "accept-delay", NULL, "TIME",
	    "clients are let in after so long: 500ms, 2s" },
	[FLAG_MODE_RESET] = { "reset", NULL, NULL,
	    "clients are accepted, and reset" },
	[FLAG_DIAL_DELAY] = { "dial-delay", NULL, "TIME",
	    "the upstream is dialled after so long" },
	[FLAG_DIAL_FAIL] = { "dial-fail", NULL, "HOW",
	    "it is not dialled: refused, unreachable, timeout" },
	[FLAG_SYN_LOSS] = { "syn-loss", NULL, "SHARE",
	    "so many first packets of clients are lost: 0 to 1" },
	[FLAG_CLEAR] = { "clear", NULL, NULL, "all as usual again" },
	[FLAG_PROFILE] = { "profile", NULL, "NAME",
	    "as that network is; profile list has them" },
	[FLAG_WATCH_STEPS] = { "watch", "w", NULL,
	    "say each step, until it ends; an interrupt stops it" },
	[FLAG_SOURCE] = { "source", NULL, "NAME",
	    "as all that this source wants there: all of it or nothing" },
	[FLAG_GENERATION] = { "generation", NULL, "TEXT",
	    "by which the source knows it (default: a digest of it)" },
	[FLAG_IF_MATCH] = { "if-match", NULL, "TEXT",
	    "only where that generation is applied; *: where any is" },
	[FLAG_FORCE] = { "force", NULL, NULL, "whichever is applied" },
	[FLAG_FLEET] = { "fleet", NULL, "URL[,URL...]/PREFIX",
	    "the fleet's etcd; else $TOXICTL_FLEET" },
	[FLAG_SCOPE] = { "scope", NULL, "WHICH",
	    "of which nodes: all (default), label/KEY=VALUE, node/NAME" },
	[FLAG_WITHIN] = { "within", NULL, "SECONDS",
	    "how long its sessions are waited for (default: 30)" },
	[FLAG_USER] = { "user", NULL, "NAME", "who we are to etcd" },
	[FLAG_PASSWORD_FILE] = { "password-file", NULL, "FILE",
	    "that user's password" },
	[FLAG_CERT] = { "cert", NULL, "FILE", "what we are to an https etcd" },
	[FLAG_KEY] = { "key", NULL, "FILE", "... and its key" },
	[FLAG_TOKEN] = { "token", NULL, "TOKEN", "" },
};

_Static_assert(FLAG_MAX <= 64, "flags of a command are bits of a uint64_t");

int
args_init(struct args *a, int argc, char *argv[])
{
	size_t n = argc > 0 ? (size_t)argc : 1;

	memset(a, 0, sizeof(*a));
	a->next = argv + (argc > 0);
	/* no more than there are arguments, and the NULL behind */
	a->words = calloc(n + 1, sizeof(*a->words));
	a->given = calloc(n, sizeof(*a->given));
	return a->words == NULL || a->given == NULL ? -1 : 0;
}

void
args_free(struct args *a)
{
	free(a->words);
	free(a->given);
}

static int
is_named(const char *name, const char *text, size_t len)
{
	return name != NULL && strlen(name) == len &&
	    strncmp(name, text, len) == 0;
}

/* text has no dashes any more.  FLAG_MAX: there is none. */
static enum flag
find_flag(uint64_t flags, const char *text)
{
	size_t len = strcspn(text, "=");
	unsigned int i;

	flags |= FLAG(TOKEN);
	for (i = 0; i < FLAG_MAX; i++)
		if ((flags & (UINT64_C(1) << i)) != 0 &&
		    (is_named(specs[i].name, text, len) ||
			is_named(specs[i].short_name, text, len)))
			break;
	return (enum flag)i;
}

static int
find_truth(const char *text)
{
	static const char *const truths[] = { "false", "true", "0", "1", "f",
		"t", "F", "T", "False", "True", "FALSE", "TRUE" };
	size_t i;

	for (i = 0; i < sizeof(truths) / sizeof(truths[0]); i++)
		if (strcmp(text, truths[i]) == 0)
			return (int)i % 2;
	return -1;
}

/* "-u", "-u=true": value is what is behind the "=", or NULL. */
static int
take_switch(struct args *a, enum flag flag, const char *value)
{
	int truth = value == NULL ? 1 : find_truth(value);

	if (truth == -1) {
		snprintf(a->error, sizeof(a->error),
		    "invalid boolean value \"%s\" for -%s", value,
		    specs[flag].name);
		return -1;
	}
	if (truth)
		a->given[a->n_given++] = (struct given){ flag, NULL };
	return 0;
}

static int
unknown_flag(struct args *a, uint64_t flags, const char *text)
{
	int len = (int)strcspn(text, "=");
	const char *names[FLAG_MAX], *near;
	char word[32];
	size_t n = 0;
	unsigned int i;

	for (i = 0; i < FLAG_MAX; i++)
		if ((flags & (UINT64_C(1) << i)) != 0)
			names[n++] = specs[i].name;
	snprintf(word, sizeof(word), "%.*s", len, text);
	near = meant(word, names, n);
	snprintf(a->error, sizeof(a->error),
	    "flag provided but not defined: -%.*s%s%s%s", len > 64 ? 64 : len,
	    text, near != NULL ? ", did you mean --" : "",
	    near != NULL ? near : "", near != NULL ? "?" : "");
	return -1;
}

static int
take_flag(struct args *a, uint64_t flags, const char *text)
{
	enum flag flag = find_flag(flags, text);
	const char *value = strchr(text, '=');

	if (value != NULL)
		value++;
	if (flag == FLAG_MAX)
		return unknown_flag(a, flags, text);
	if (flag == FLAG_TOKEN) {
		snprintf(a->error, sizeof(a->error),
		    "others can see a token on a command line: put it in a "
		    "file and say --token-file FILE, or in "
		    "TOXIPROXY_AUTH_TOKEN");
		return -1;
	}
	if (flag == FLAG_HOST && strcmp(text, "h") == 0 && *a->next == NULL) {
		a->given[a->n_given++] = (struct given){ FLAG_HELP, NULL };
		return 0;
	}
	if (specs[flag].value == NULL)
		return take_switch(a, flag, value);
	if (value == NULL && (value = *a->next) == NULL) {
		snprintf(a->error, sizeof(a->error),
		    "flag needs an argument: -%s", text);
		return -1;
	}
	if (strchr(text, '=') == NULL)
		a->next++;
	a->given[a->n_given++] = (struct given){ flag, value };
	return 0;
}

static void
take_word(struct args *a, char *word)
{
	a->words[a->n_words++] = word;
	if (!a->has_ended)
		a->n_before = a->n_words;
}

int
args_parse(struct args *a, uint64_t flags, int one_word)
{
	char *arg;

	while ((arg = *a->next) != NULL) {
		a->next++;
		if (!a->has_ended && strcmp(arg, "--") == 0) {
			a->has_ended = 1;
			continue;
		}
		if (!a->has_ended && arg[0] == '-' && arg[1] != '\0') {
			if (take_flag(a, flags, arg + 1 + (arg[1] == '-')) ==
			    -1)
				return -1;
			continue;
		}
		take_word(a, arg);
		if (one_word)
			return 0;
	}
	return 0;
}

const char *
args_value(const struct args *a, enum flag flag)
{
	size_t i;

	for (i = a->n_given; i > 0; i--)
		if (a->given[i - 1].flag == flag)
			return a->given[i - 1].value;
	return NULL;
}

int
args_has(const struct args *a, enum flag flag)
{
	size_t i;

	for (i = 0; i < a->n_given; i++)
		if (a->given[i].flag == flag)
			return 1;
	return 0;
}

const char *
args_word(const struct args *a)
{
	return a->words[0];
}

void
args_flag_names(enum flag flag, char *text, size_t size)
{
	const struct flag_spec *spec = &specs[flag];
	const char *value = spec->value != NULL ? spec->value : "";
	const char *gap = spec->value != NULL ? " " : "";

	if (spec->short_name == NULL)
		snprintf(text, size, "--%s%s%s", spec->name, gap, value);
	else
		snprintf(text, size, "--%s, %s%s%s%s", spec->name,
		    spec->short_name[1] == '\0' ? "-" : "--", spec->short_name,
		    gap, value);
}

const char *
args_flag_help(enum flag flag)
{
	return specs[flag].help;
}

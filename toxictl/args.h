/* SPDX-License-Identifier: ISC */
/* A command line: words, and flags anywhere between them. */
#ifndef ARGS_H
#define ARGS_H

#include <stddef.h>
#include <stdint.h>

enum flag {
	/* of every command */
	FLAG_HOST,
	FLAG_JSON,
	FLAG_TOKEN_FILE,
	FLAG_TENANT,
	FLAG_CACERT,
	FLAG_HELP,
	FLAG_VERSION,

	FLAG_LISTEN,
	FLAG_UPSTREAM,
	FLAG_DISABLED,
	FLAG_TOXIC_NAME,
	FLAG_SESSION,
	FLAG_TYPE,
	FLAG_TOXICITY,
	FLAG_SELECT,
	FLAG_WAVE,
	FLAG_ATTRIBUTE,
	FLAG_IS_UPSTREAM,
	FLAG_IS_DOWNSTREAM,
	FLAG_DRY_RUN,
	FLAG_PRUNE,
	FLAG_PROXIES_ONLY,
	FLAG_TIMEOUT,
	FLAG_SEND,
	FLAG_INTERVAL,
	FLAG_NAME,
	FLAG_NEW,
	FLAG_ROLE,
	FLAG_EXPIRES,
	FLAG_TTL,
	FLAG_FOLLOW,
	FLAG_AFTER,
	FLAG_WATCH,
	FLAG_ENDED,
	FLAG_CLOSE,
	FLAG_RESET,
	FLAG_UNTIL_HIT,
	FLAG_UNTIL_OPEN,
	FLAG_UNTIL_ENDED, /* "--ended N": that of sessions has no number */
	FLAG_REFUSE,
	FLAG_BLACKHOLE,
	FLAG_ACCEPT_DELAY,
	FLAG_MODE_RESET, /* "--reset": that of sessions has an id */
	FLAG_DIAL_DELAY,
	FLAG_DIAL_FAIL,
	FLAG_SYN_LOSS,
	FLAG_CLEAR,
	FLAG_PROFILE,
	FLAG_WATCH_STEPS, /* "--watch": that of sessions begins again */
	FLAG_SOURCE,
	FLAG_GENERATION,
	FLAG_IF_MATCH,
	FLAG_FORCE,
	FLAG_FLEET,
	FLAG_SCOPE,
	FLAG_WITHIN,
	FLAG_USER,
	FLAG_PASSWORD_FILE,
	FLAG_CERT,
	FLAG_KEY,
	FLAG_TOKEN, /* of no command: it says why */
	FLAG_MAX
};

#define FLAG(name) (UINT64_C(1) << FLAG_##name)
#define FLAGS_GLOBAL                                                 \
	(FLAG(HOST) | FLAG(JSON) | FLAG(TOKEN_FILE) | FLAG(TENANT) | \
	    FLAG(CACERT) | FLAG(HELP) | FLAG(VERSION))

/* Those of a fleet, which may stand before its commands, too. */
#define FLAGS_FLEET                                                    \
	(FLAG(FLEET) | FLAG(USER) | FLAG(PASSWORD_FILE) | FLAG(CERT) | \
	    FLAG(KEY))

/* Without a value: a switch that is there. */
struct given {
	enum flag flag;
	const char *value;
};

struct args {
	char **next;         /* what is not yet parsed */
	char **words;        /* ended by NULL */
	size_t n_words;      /* those behind "--" too */
	size_t n_before;     /* those before "--" */
	struct given *given; /* in their order */
	size_t n_given;
	int has_ended; /* "--" was met */
	char error[256];
};

/* -1: no memory.  All text is that of argv. */
int args_init(struct args *, int argc, char *argv[]);
void args_free(struct args *);

/*
 * Parses all that is left, or with one_word as far as the next word.  flags
 * are those that there may be.  -1: error says why.
 */
int args_parse(struct args *, uint64_t flags, int one_word);

/* The last value of a flag, or NULL. */
const char *args_value(const struct args *, enum flag);
int args_has(const struct args *, enum flag);

/* The first word, or NULL. */
const char *args_word(const struct args *);

/* A flag, for help: "--host URL, -h URL", and what it is for. */
void args_flag_names(enum flag, char *, size_t);
const char *args_flag_help(enum flag);

#endif

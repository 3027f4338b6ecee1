/* SPDX-License-Identifier: ISC */
/* toxictl: toxid and Toxiproxy from the command line. */
#ifndef TOXICTL_H
#define TOXICTL_H

#include <stdio.h>
#include <toxi.h>

#include "args.h"

enum {
	EXIT_OK,
	EXIT_FAILED,
	EXIT_USAGE,
	EXIT_NO_COMMAND /* toxiproxy-cli's */
};

struct ctl {
	const char *program; /* as it was called */
	struct toxi_options options;
	char server[256];    /* for people: its URL, without who we are */
	struct token *token; /* who we are to it */
	struct toxi *toxi;
	const struct command *commands; /* all there are */
	const struct group *groups;
	const struct command *command; /* that is run; or NULL */
	int is_json;
	int is_terminal; /* stdout */
	int is_coloured;
};

/* Words that stand before the names of several commands. */
struct group {
	const char *names; /* the name, and its aliases */
	const char *help;
};

/* What else there is to say of a command. */
enum {
	IS_NEW = 1,     /* toxiproxy-cli has none: no blank line after errors */
	ASKS_NOBODY = 2 /* there need not be a server, nor a token */
};

struct command {
	const char *group; /* the name of one, or NULL */
	const char *names; /* the name, and its aliases: "list l li ls" */
	const char *usage; /* what is behind the name */
	const char *help;
	const char *example; /* what is behind "toxictl NAME", or NULL */
	size_t max_words;
	uint64_t flags;
	int (*run)(struct ctl *, struct args *); /* returns the exit code */
	unsigned int traits;
};

/* commands.c: each ended by one without names */
extern const struct command commands[];
extern const struct group groups[];

/* The command that the next words are; NULL: none, and *word is it. */
const struct command *command_find(struct args *, const char **word);

/* The group that a word means; NULL: none. */
const struct group *command_group(const char *word);

/* What was meant by a word that is none; NULL: that is not clear. */
const char *command_suggest(const char *word, const struct group *);

/* help.c */
/* Of the first of some names, without the aliases. */
size_t name_length(const char *names);
void help_all(const struct ctl *);
void help_group(const struct ctl *, const struct group *);
void help_command(const struct ctl *, const struct command *);

/*
 * fail.c: what went wrong, on stderr; err may be NULL.  They return the exit
 * code.
 */
int fail(const struct ctl *, const struct toxi_error *err, const char *format,
    ...) __attribute__((__format__(__printf__, 3, 4)));
int fail_usage(const struct ctl *, const char *text);

/* What to do about it, for people; or "". */
#define HINT_MAX 1024
void fail_hint(
    const struct ctl *, const struct toxi_error *, char hint[HINT_MAX]);

int fail_missing(const struct ctl *, const char *text);

/* proxies.c */
int cmd_list(struct ctl *, struct args *);
int cmd_inspect(struct ctl *, struct args *);
int cmd_create(struct ctl *, struct args *);
int cmd_toggle(struct ctl *, struct args *);
int cmd_enable(struct ctl *, struct args *);
int cmd_disable(struct ctl *, struct args *);
int cmd_delete(struct ctl *, struct args *);
int cmd_reset(struct ctl *, struct args *);

/* toxics.c */
int cmd_toxic_add(struct ctl *, struct args *);
int cmd_toxic_update(struct ctl *, struct args *);
int cmd_toxic_remove(struct ctl *, struct args *);

/* connect.c */
int cmd_connect(struct ctl *, struct args *);

/* profile.c */
int cmd_profile_list(struct ctl *, struct args *);
int cmd_profile_show(struct ctl *, struct args *);
int cmd_profile_apply(struct ctl *, struct args *);
int cmd_profile_remove(struct ctl *, struct args *);
void profile_say_missing(const struct toxi_profile *, FILE *); /* in lines */

/* scenario.c, scenario_run.c */
int cmd_scenario_run(struct ctl *, struct args *);
int cmd_scenario_list(struct ctl *, struct args *);
int cmd_scenario_show(struct ctl *, struct args *);
int cmd_scenario_stop(struct ctl *, struct args *);

/* lease.c */
int cmd_lease(struct ctl *, struct args *);

/* halt.c */
int cmd_halt(struct ctl *, struct args *);
int cmd_resume(struct ctl *, struct args *);

/* events.c */
int cmd_events(struct ctl *, struct args *);
/* The server restarts, or will have room again: it is asked once more, then. */
int events_may_come_back(const struct toxi_error *);
void events_pause(void); /* until then */

/* sessions.c, why.c */
int cmd_sessions(struct ctl *, struct args *);
int cmd_why(struct ctl *, struct args *);

/* completion.c */
int cmd_completion(struct ctl *, struct args *);

/* help.c */
int cmd_version(struct ctl *, struct args *);

/* whoami.c, tokens.c, token_hash.c */
int cmd_whoami(struct ctl *, struct args *);
int cmd_token_new(struct ctl *, struct args *);
int cmd_token_list(struct ctl *, struct args *);
int cmd_token_revoke(struct ctl *, struct args *);
int cmd_token_hash(struct ctl *, struct args *);

/* apply.c, with.c, check.c, top.c */
int cmd_apply(struct ctl *, struct args *);
int cmd_export(struct ctl *, struct args *);
int cmd_with(struct ctl *, struct args *);
int cmd_wait(struct ctl *, struct args *);
int cmd_doctor(struct ctl *, struct args *);
int cmd_top(struct ctl *, struct args *);

#endif

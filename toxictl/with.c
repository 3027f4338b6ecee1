/* SPDX-License-Identifier: ISC */
/*
 * A command under toxics.  They are removed when it has ended; by the server,
 * if it has sessions, where we end before it, in whatever way.
 */

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "build.h"
#include "kinds.h"
#include "show.h"
#include "toxictl.h"

enum {
	EXIT_NOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
	EXIT_SIGNAL = 128
};

struct toxic_list {
	struct toxi_toxic *toxics;
	char **names; /* those that were made up */
	size_t n;
};

static void
free_list(struct toxic_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		build_free(&list->toxics[i]);
		free(list->names[i]);
	}
	free(list->toxics);
	free(list->names);
}

/* So that two at once, or one that is there, are not in the way. */
static void
name_toxic(struct toxi_toxic *toxic, char **name)
{
	if (toxic->name != NULL)
		return;
	if (asprintf(name, "%s_%s_%d", toxic->type, show_stream(toxic),
		(int)getpid()) == -1)
		err(EXIT_FAILED, NULL);
	toxic->name = *name;
}

/* Of one that is whole. */
static int
check_last(const struct toxic_list *list, struct build_error *error)
{
	if (list->n == 0)
		return 0;
	return kinds_check(
	    &list->toxics[list->n - 1], error->text, sizeof(error->text));
}

static int
bad(struct build_error *error, const char *text)
{
	snprintf(error->text, sizeof(error->text), "%s", text);
	return -1;
}

/* Each -t begins one; what follows is about it.  -1: error is what is wrong. */
static int
build_list(
    struct toxic_list *list, const struct args *args, struct build_error *error)
{
	const uint64_t others = FLAGS_GLOBAL | FLAG(PROFILE);
	const struct given *given;
	size_t i;

	list->toxics = calloc(args->n_given + 1, sizeof(*list->toxics));
	list->names = calloc(args->n_given + 1, sizeof(*list->names));
	if (list->toxics == NULL || list->names == NULL)
		err(EXIT_FAILED, NULL);
	for (i = 0; i < args->n_given; i++) {
		given = &args->given[i];
		if ((others & (UINT64_C(1) << given->flag)) != 0)
			continue;
		if (given->flag == FLAG_TYPE) {
			if (check_last(list, error) == -1)
				return -1;
			list->toxics[list->n++].toxicity = 1;
		}
		if (list->n == 0)
			return bad(error, "a --type has to come first");
		if (build_take(&list->toxics[list->n - 1], given, error) == -1)
			return -1;
	}
	for (i = 0; i < list->n; i++)
		name_toxic(&list->toxics[i], &list->names[i]);
	if (list->n == 0 && !args_has(args, FLAG_PROFILE))
		return bad(error, "a --type, or a --profile, is wanted");
	return check_last(list, error);
}

static int
add_all(const struct ctl *ctl, struct toxi_session *session, const char *proxy,
    const struct toxic_list *list)
{
	struct toxi_error e;
	size_t i;

	for (i = 0; i < list->n; i++)
		if (toxi_session_toxic(
			session, proxy, list->toxics[i], NULL, &e) == -1) {
			kinds_explain(&e, list->toxics[i].type);
			fail(ctl, &e, "Failed to add toxic %s to proxy %s",
			    list->toxics[i].name, proxy);
			return -1;
		}
	return 0;
}

/* NULL is none.  What is on stdout is the command's alone. */
static int
apply_profile(const struct ctl *ctl, struct toxi_session *session,
    const char *proxy, const char *profile)
{
	struct toxi_profile *applied;
	struct toxi_error e;

	if (profile == NULL)
		return 0;
	if (toxi_session_profile(session, proxy, profile, &applied, &e) == -1) {
		fail(ctl, &e, "Failed to apply profile %s to proxy %s", profile,
		    proxy);
		return -1;
	}
	if (!ctl->is_json)
		profile_say_missing(applied, stderr);
	toxi_profile_free(applied);
	return 0;
}

/* What is passed on if somebody sends it to us. */
static const int passed_on[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1,
	SIGUSR2, SIGALRM, SIGPIPE, SIGWINCH };

static void
block(sigset_t *blocked, sigset_t *before)
{
	size_t i;

	signal(SIGCHLD, SIG_DFL); /* ignored, nothing could be waited for */
	sigemptyset(blocked);
	sigaddset(blocked, SIGCHLD);
	for (i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaddset(blocked, passed_on[i]);
	sigprocmask(SIG_BLOCK, blocked, before);
}

/* The command has those of the terminal from there already. */
static int
supervise(pid_t pid, const sigset_t *signals)
{
	siginfo_t info;
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (sigwaitinfo(signals, &info) == -1)
			continue;
		if (info.si_signo != SIGCHLD && info.si_code <= 0)
			kill(pid, info.si_signo);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : EXIT_SIGNAL + WTERMSIG(status);
}

static int
run_command(char **command, const sigset_t *signals, const sigset_t *before)
{
	pid_t pid = fork();

	if (pid == -1) {
		warn("fork");
		return EXIT_NOT_RUN;
	}
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, before, NULL);
		execvp(command[0], command);
		warn("%s", command[0]);
		_exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN);
	}
	return supervise(pid, signals);
}

/* Signals wait from before there is something to be removed. */
static int
run_with(struct ctl *ctl, struct args *args, const struct toxic_list *list)
{
	const char *proxy = args_word(args);
	struct toxi_session *session;
	sigset_t signals, before;
	int code = EXIT_FAILED;
	struct toxi_error e;

	if ((session = toxi_session_open(ctl->toxi, &e)) == NULL)
		return fail(ctl, &e, "%s", ctl->server);
	block(&signals, &before);
	fflush(stdout);
	if (apply_profile(
		ctl, session, proxy, args_value(args, FLAG_PROFILE)) == 0 &&
	    add_all(ctl, session, proxy, list) == 0)
		code = run_command(
		    &args->words[args->n_before], &signals, &before);
	if (toxi_session_free(session, &e) == -1)
		fail(ctl, &e, "Failed to remove toxics from proxy %s", proxy);
	return code;
}

int
cmd_with(struct ctl *ctl, struct args *args)
{
	struct toxic_list list = { .n = 0 };
	struct build_error error = { .text = "" };
	int code;

	if (args->n_before != 1)
		return fail_usage(ctl, "one PROXY is wanted before the --");
	if (args->n_words == args->n_before)
		return fail_usage(ctl, "a -- and a COMMAND are wanted");
	if (build_list(&list, args, &error) == -1)
		code = fail_usage(ctl, error.text);
	else
		code = run_with(ctl, args, &list);
	free_list(&list);
	return code;
}

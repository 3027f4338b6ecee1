/* SPDX-License-Identifier: ISC */
/* Who comes after us, and who was before us. */

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "priv.h"
#include "succession.h"

#define HANDED "TOXID_HANDOVER" /* the number of a descriptor */

static struct {
	char **argv;
	char **env; /* as it was at the start, before anything was taken */
	char path[PATH_MAX];
} own;

void
succession_init(char *argv[])
{
	size_t n = 0;
	ssize_t len;

	len = readlink("/proc/self/exe", own.path, sizeof(own.path) - 1);
	own.path[len > 0 ? len : 0] = '\0';
	own.argv = argv;
	while (environ[n] != NULL)
		n++;
	if ((own.env = calloc(n + 1, sizeof(*own.env))) == NULL)
		fatal("%s", __func__);
	while (n-- > 0) {
		if ((own.env[n] = strdup(environ[n])) == NULL)
			fatal("%s", __func__);
	}
}

char **
succession_arguments(void)
{
	return own.argv;
}

/* ---- before us */

int
succession_handed(void)
{
	const char *text = getenv(HANDED);

	return text != NULL ? (int)strtol(text, NULL, 10) : -1;
}

int
succession_is_trial(void)
{
	return getenv(PRIV_TRIAL) != NULL;
}

void
succession_forget(void)
{
	char **from = own.env, **to = own.env;

	for (; *from != NULL; from++) {
		if (strncmp(*from, HANDED "=", sizeof(HANDED)) != 0)
			*to++ = *from;
	}
	*to = NULL;
	unsetenv(HANDED);
}

/* ---- after us */

/* second may be NULL.  To be freed; NULL: no memory. */
static char **
env_with(char *first, char *second)
{
	char **env;
	size_t n = 0;

	while (own.env[n] != NULL)
		n++;
	if ((env = calloc(n + 3, sizeof(*env))) == NULL)
		return NULL;
	memcpy(env, own.env, n * sizeof(*env));
	env[n] = first;
	env[n + 1] = second;
	return env;
}

/* System calls only, between fork and exec. */
static void
run_trial(char **env)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(own.path, own.argv, env);
	_exit(127);
}

pid_t
priv_try(int fd)
{
	static char trial[] = PRIV_TRIAL "=1";
	char handed[sizeof(HANDED) + 16];
	char **env;
	pid_t pid;

	snprintf(handed, sizeof(handed), "%s=%d", HANDED, fd);
	if ((env = env_with(handed, trial)) == NULL)
		return -1;
	if ((pid = fork()) == 0)
		run_trial(env);
	free(env);
	return pid;
}

void
priv_exec(int fd)
{
	char handed[sizeof(HANDED) + 16];
	char **env;

	snprintf(handed, sizeof(handed), "%s=%d", HANDED, fd);
	if ((env = env_with(handed, NULL)) == NULL)
		return;
	execve(own.path, own.argv, env);
	free(env);
}

/* SPDX-License-Identifier: ISC */
/*
 * The start that is now on the disk, in a process of its own and then in this
 * one.  It ends in a supervisor that reads the tables of this one; in the trial
 * that becomes a ctld which reads the journal, and says by its exit status
 * whether it can go on from there.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctld.h"
#include "given.h"
#include "remarks.h"
#include "spawn.h"
#include "tables.h"
#include "trial.h"

static pid_t trial; /* 0: there is none */
static int has_ended, end_status;

/* Does not return, unless it fails. */
static void
priv_exec(void)
{
	char handed[32];

	snprintf(handed, sizeof(handed), "%d,%d", tables->fd,
	    given.fds[GIVEN_ENVIRONMENT]);
	if (setenv(HANDED_NAME, handed, 1) == 0)
		execv(given.path, own_arguments);
}

static void __attribute__((__noreturn__)) try(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (setenv(PRIV_TRIAL, "1", 1) == 0)
		priv_exec();
	_exit(SPAWN_FAILED);
}

int
trial_start(void)
{
	if (trial != 0)
		return EBUSY;
	tables_inherit_journals(1);
	if ((trial = fork()) == 0)
		try();
	tables_inherit_journals(0);
	if (trial != -1)
		return 0;
	trial = 0;
	return EAGAIN;
}

void
trial_end(void)
{
	if (trial != 0)
		kill(trial, SIGKILL);
}

int
trial_is_on(void)
{
	return trial != 0;
}

int
trial_waited_for(pid_t pid, int status)
{
	if (trial == 0 || pid != trial)
		return 0;
	trial = 0;
	has_ended = 1;
	end_status = status;
	return 1;
}

int
trial_is_over(void)
{
	return has_ended;
}

int
trial_ended(int *status)
{
	if (!has_ended)
		return 0;
	*status = end_status;
	has_ended = 0;
	return 1;
}

int
trial_replace(void)
{
	int error;

	remarks_end();
	tables->ctld = ctld.pid;
	tables_inherit(1);
	priv_exec();
	error = errno;
	tables_inherit(0);
	(void)unsetenv(HANDED_NAME);
	return error;
}

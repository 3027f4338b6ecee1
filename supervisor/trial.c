/* SPDX-License-Identifier: ISC */
/*
 * The program that is now on the disk, in a process of its own and then in this
 * one.  In the trial it reads the tables of this one, and becomes a ctld that
 * reads the journal and says by its exit status whether it can go on from
 * there.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "children.h"
#include "handed.h"
#include "remarks.h"
#include "spawn.h"
#include "state.h"
#include "succession.h"
#include "trial.h"

static pid_t trial; /* 0: there is none */
static int has_ended, end_status;

int
trial_start(void)
{
	int fd, error = 0;

	if (trial != 0)
		return EBUSY;
	if ((fd = handed_save()) == -1)
		return errno;
	handed_inherit_journals(1);
	if ((trial = priv_try(fd)) == -1) {
		error = errno;
		trial = 0;
	}
	handed_inherit_journals(0);
	close(fd);
	return error;
}

void
trial_end(void)
{
	if (trial != 0)
		kill(trial, SIGKILL);
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
	int fd, error;

	if ((fd = handed_save()) == -1)
		return errno;
	remarks_end();
	handed_inherit(1);
	priv_exec(fd);
	error = errno;
	handed_inherit(0);
	close(fd);
	return error;
}

void
trial_run(void)
{
	if (handed_load(succession_handed(), 1) == 0)
		priv_become_ctld(child_uid_of_ctld(), toxid.journal_fds);
	fprintf(stderr,
	    "toxid: the running program is too old, or too new, "
	    "for an upgrade in place: restart it once\n");
	_exit(1);
}

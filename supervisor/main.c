/* SPDX-License-Identifier: ISC */
/*
 * The process that is called toxid, once it has started: what needs root's
 * powers, and no more.  Its phases, in order.
 */

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctld.h"
#include "given.h"
#include "loop.h"
#include "nitems.h"
#include "remarks.h"
#include "spawn.h"
#include "tables.h"

static void
keep(int fd)
{
	if (fd != -1 && fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		err(1, "%s", __func__);
}

/*
 * The file stays open, so that nothing that the next start is handed has its
 * number.
 */
static void
take_given(void)
{
	size_t i;

	if (read(GIVEN_FD, &given, sizeof(given)) != (ssize_t)sizeof(given) ||
	    given.size != sizeof(given) ||
	    strcmp(given.version, TOXID_VERSION) != 0)
		errx(1, "it is for toxid to run, of version %s", TOXID_VERSION);
	keep(GIVEN_FD);
	keep(given.tables_fd);
	for (i = 0; i < nitems(given.fds); i++)
		keep(given.fds[i]);
}

static void __attribute__((__noreturn__)) be_tried(void)
{
	if (tables_open(given.tables_fd, 1) == 0)
		priv_become_ctld(tables->memories);
	fprintf(stderr,
	    "toxid: the running program is too old, or too new, "
	    "for an upgrade in place: restart it once\n");
	_exit(1);
}

/* The ctld of the program before this one waits for an answer: its last. */
static void
take_over(void)
{
	tables_inherit(0);
	if (tables->ctld > 0) { /* it has not died of its question */
		kill(tables->ctld, SIGKILL);
		(void)waitpid(tables->ctld, NULL, 0);
	}
	ctld_start(PRIV_UPGRADED);
}

static void
begin(void)
{
	tables->state_dir = given.fds[GIVEN_STATE_DIR];
	tables->state_lock = given.fds[GIVEN_STATE_LOCK];
	tables->loss = given.loss;
	tables_inherit(0);
	if (given.fds[GIVEN_API_SOCKET] != -1)
		tables->listeners[0] = (struct listener){ .id = id_new(),
			.fd = given.fds[GIVEN_API_SOCKET],
			.is_api = LISTENER_API_SOCKET };
	ctld_start(PRIV_FIRST);
}

int
main(int argc, char *argv[])
{
	(void)argc;
	(void)prctl(PR_SET_NAME, "toxid"); /* as its start */
	take_given();
	own_arguments = argv;
	if (getenv(PRIV_TRIAL) != NULL)
		be_tried();
	if (tables_open(given.tables_fd, 0) == -1)
		errx(1, "what was handed over cannot be read");
	(void)atexit(remarks_end);
	loop_init();
	if (given.tables_fd != -1)
		take_over();
	else
		begin();
	return loop_run();
}

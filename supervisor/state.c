/* SPDX-License-Identifier: ISC */
/* What is settled once, at the start. */

#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "nitems.h"
#include "state.h"

struct given given;

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
void
given_take(void)
{
	size_t i;

	if (read(GIVEN_FD, &given, sizeof(given)) != (ssize_t)sizeof(given) ||
	    given.size != sizeof(given) ||
	    strncmp(given.version, TOXID_VERSION, sizeof(given.version)) != 0)
		errx(1, "it is for toxid to run, of version %s", TOXID_VERSION);
	keep(GIVEN_FD);
	keep(given.environment_fd);
	keep(given.tables_fd);
	keep(given.null_fd);
	keep(given.empty_dir_fd);
	keep(given.state_dir_fd);
	keep(given.state_lock_fd);
	keep(given.notify_fd);
	for (i = 0; i < nitems(given.program_fds); i++)
		keep(given.program_fds[i]);
}

/* SPDX-License-Identifier: ISC */
/* Files, and signals to other processes. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ask.h"
#include "priv.h"
#include "state.h"

int
priv_open(enum priv_file file)
{
	const char *path = file == PRIV_FILE_CONFIG ? ctld.options.config
						    : ctld.options.check;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	/* whoever reads it may wait: that is nobody whom others wait for */
	if (fd != -1 && fcntl(fd, F_SETFL, 0) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

void
priv_kill(pid_t pid)
{
	kill(pid, SIGKILL);
}

pid_t
priv_wait(int *status, struct rusage *ru)
{
	return wait4(-1, status, WNOHANG | WUNTRACED, ru);
}

void
priv_answer(pid_t pid, enum reload_outcome outcome)
{
	union sigval value = { .sival_int = outcome };

	(void)sigqueue(pid, RELOAD_ANSWER, value);
}

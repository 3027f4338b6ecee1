/* SPDX-License-Identifier: ISC */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "agreed.h"
#include "given.h"
#include "high.h"

int
high(int fd)
{
	int new, error;

	if (fd == -1)
		return -1;
	new = fcntl(fd, F_DUPFD_CLOEXEC, FD_MIN);
	error = errno;
	close(fd);
	errno = error;
	return new;
}

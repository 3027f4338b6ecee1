/* SPDX-License-Identifier: ISC */
/*
 * The option by which close(2) resets a connection at once.  With another value
 * a close would wait, and not only this worker's: diald has a copy of what it
 * hands over for a moment.  A filter sees no value, but where it is: so it is
 * in memory that cannot be written any more, nor replaced, and the filter knows
 * the address (see sandbox.c).
 */

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lockdown.h"
#include "log.h"
#include "relayd.h"

static const struct linger at_once = { .l_onoff = 1 };
static const struct linger *option = &at_once;

/*
 * Without the seal, which Linux has since 5.1, whoever takes this process over
 * could make the memory writable.
 */
void
reset_open(void)
{
	void *at = (void *)(uintptr_t)CONSTANT_AT;
	int fd = memfd_create("constant", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd == -1 || write(fd, &at_once, sizeof(at_once)) == -1)
		fatal("%s", __func__);
	(void)fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE);
	option = mmap(at, sizeof(at_once), PROT_READ,
	    MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
	if (option != at)
		fatal("%s: mmap", __func__);
	close(fd);
}

void
reset_on_close(int fd)
{
	setsockopt(fd, SOL_SOCKET, SO_LINGER, option, sizeof(*option));
}

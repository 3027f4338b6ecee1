/* SPDX-License-Identifier: ISC */
/* stored: the memory of toxid, which starts it with -state. */

#include <errno.h>
#include <poll.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "child.h"
#include "filter.h"
#include "log.h"
#include "nitems.h"
#include "stored.h"

/* SQLite would give what root makes to the database's owner: that is root. */
static int
keep_owner(int fd, uid_t uid, gid_t gid)
{
	(void)fd;
	(void)uid;
	(void)gid;
	return 0;
}

/* The database itself is opened when it is first asked for, locked up. */
static void
open_all(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	if (vfs == NULL ||
	    vfs->xSetSystemCall(
		vfs, "fchown", (sqlite3_syscall_ptr)keep_owner) != SQLITE_OK)
		fatalx("%s: SQLite", __func__);
}

static void
run(void)
{
	struct pollfd p = { .fd = stored.ctld.fd };

	while (!stored.has_ended) {
		p.events = POLLIN;
		if (chan_wants_write(&stored.ctld))
			p.events |= POLLOUT;
		if (poll(&p, 1, -1) == -1) {
			if (errno != EINTR)
				fatal("poll");
			continue;
		}
		if ((p.revents & POLLOUT) != 0 &&
		    chan_flush(&stored.ctld) == -1)
			stored.has_ended = 1;
		if ((p.revents & ~POLLOUT) != 0)
			ctld_readable();
	}
}

int
main(int argc, char *argv[])
{
	struct lockdown lockdown = {
		.may_write_dir = 1,
		.filter = filter,
		.nfilter = nitems(filter),
	};
	struct setup setup;

	(void)argc;
	child_start(&stored.ctld, argv, &setup);
	stored.is_durable = (setup.flags & SETUP_DURABLE) != 0;
	stored.proxies_max = setup.proxies_max;
	umask(077);
	child_lock_up(&stored.ctld, &setup, &lockdown, open_all);
	run();
	database_close();
	chan_close(&stored.ctld);
	return 0;
}

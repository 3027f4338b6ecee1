/* SPDX-License-Identifier: ISC */
/* ctld's process, its line and its doorbell. */

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agreed.h"
#include "clock.h"
#include "ctld.h"
#include "remarks.h"
#include "spawn.h"
#include "tables.h"
#include "wishes.h"

#define START_WITHIN (20 * NS_PER_S)

/*
 * So many deaths, none of which came after CTLD_LIVES; once the end has been
 * asked for, after any life: ctlds that do not see to it come to an end.
 */
#define DEATHS_MAX 8

/* Where there is no room for one there may be some, so much later. */
#define AGAIN NS_PER_S

struct ctld ctld = { .line = -1, .bell = -1 };

void
ctld_start(enum priv_follows follows)
{
	int fds[2] = { -1, -1 };

	(void)close(ctld.line); /* of the one before; or -1 */
	(void)close(ctld.bell);
	ctld.state = PRIV_NEW;
	ctld.follows = follows;
	ctld.epoch = id_new();
	ctld.started = clock_now();
	ctld.asks_news = ctld.is_killed = 0;
	ctld.rung = ctld.started; /* as if: START is to come */
	ctld.pid = -1;
	if ((ctld.bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1 ||
	    (ctld.pid = priv_spawn_ctld(fds[1], ctld.bell)) == -1)
		remark(PRIV_REMARK_NO_ROOM, errno);
	ctld.line = fds[0];
	if (fds[1] != -1)
		close(fds[1]);
}

/*
 * The next ctld may die of what this one has died of: not for ever.  But where
 * others have served, one that has asked for nothing was short of room: that
 * passes.
 */
int
ctld_follow(void)
{
	static unsigned int deaths;
	int is_end = wish_is_end();
	int64_t lived = clock_now() - ctld.started;
	int was_short =
	    ctld.state == PRIV_NEW && tables->api.family != 0 && !is_end;

	if (was_short && lived < AGAIN)
		return 0; /* it is looked at again */
	if (was_short || (lived > CTLD_LIVES && !is_end))
		deaths = 0;
	if (++deaths > DEATHS_MAX || (ctld.pid == -1 && !was_short)) {
		remark(PRIV_REMARK_THE_END, ctld.status);
		return -1;
	}
	if (ctld.pid == 0)
		remark(PRIV_REMARK_DIED, ctld.status);
	wishes_again();
	ctld_start(PRIV_DIED);
	return 0;
}

/* A bell that rings already needs no second one. */
void
ctld_ring(void)
{
	static const uint64_t once = 1;

	if (write(ctld.bell, &once, sizeof(once)) == -1 && errno != EAGAIN)
		err(1, "%s", __func__);
	if (ctld.rung == CLOCK_NEVER)
		ctld.rung = clock_now();
}

int
ctld_waited_for(pid_t pid, int status)
{
	if (pid != ctld.pid)
		return 0;
	if (!WIFSTOPPED(status)) {
		ctld.pid = 0;
		ctld.status = status;
		if (ctld.state != PRIV_NEW) /* else it has heard nobody */
			ctld.fell = ctld.is_killed || WIFEXITED(status) ||
			    WTERMSIG(status) == SIGSYS;
	}
	return 1;
}

void
ctld_kill(void)
{
	if (ctld.pid > 0)
		kill(ctld.pid, SIGKILL);
}

int64_t
ctld_look(int64_t now)
{
	static int64_t again;
	int64_t within = ctld.state == PRIV_NEW ? START_WITHIN : STARVED_MAX;

	if (ctld.rung != CLOCK_NEVER && now - ctld.rung > within) {
		remark(PRIV_REMARK_SILENT, 0);
		ctld.rung = CLOCK_NEVER;
		ctld.is_killed = 1;
		ctld_kill();
	}
	if (now >= again) {
		again = now + HEARTBEAT;
		if (ctld.state == PRIV_ON)
			ctld_ring();
	}
	return again;
}

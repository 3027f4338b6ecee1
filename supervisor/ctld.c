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
 * So many deaths, none of which came after as long a life; once the end has
 * been asked for, after any life: ctlds that do not see to it come to an end.
 */
#define DEATHS_MAX 8
#define LIVES (CTLD_LIVES * NS_PER_S)

struct ctld ctld = { .line = -1, .bell = -1 };

void
ctld_start(enum priv_follows follows)
{
	int fds[2];

	if (ctld.line != -1)
		close(ctld.line);
	if (ctld.bell != -1)
		close(ctld.bell);
	ctld.bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ctld.bell == -1 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1)
		err(1, "%s", __func__);
	ctld.line = fds[0];
	ctld.state = PRIV_NEW;
	ctld.follows = follows;
	ctld.epoch = id_new();
	ctld.started = clock_now();
	ctld.asks_news = ctld.is_killed = 0;
	ctld.rung = ctld.started; /* as if: START is to come */
	ctld.pid = priv_spawn_ctld(fds[1], ctld.bell);
	close(fds[1]);
	if (ctld.pid == -1)
		err(1, "ctld cannot be forked");
}

/* The next ctld may die of what this one has died of: not for ever. */
int
ctld_follow(void)
{
	static unsigned int deaths;

	if (!wish_is_end() && clock_now() - ctld.started > LIVES)
		deaths = 0;
	if (++deaths > DEATHS_MAX) {
		remark(PRIV_REMARK_THE_END, ctld.status);
		return -1;
	}
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

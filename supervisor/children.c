/* SPDX-License-Identifier: ISC */
/* The table of processes: their numbers, their users and their channels. */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agreed.h"
#include "children.h"
#include "clock.h"
#include "given.h"
#include "reserve.h"
#include "spawn.h"
#include "tables.h"

#define UID_RELAYDS (UIDS - UID_RELAYD)
_Static_assert(MAX_PROXIES + MAX_SPARES < UID_RELAYDS, "too few user ids");

/* ---- its user */

/* A worker's is not given away before ctld knows that it is dead. */
static int
has_its_user(const struct child *c)
{
	return c->role == ROLE_RELAYD ? c->is != CHILD_NONE
				      : c->is == CHILD_ALIVE && !c->is_killed;
}

/*
 * The lowest that no living worker has: two never share their limits.  0, or
 * -1: who has had it is there still.
 */
static int
uid_free(enum role role, uint32_t *uid)
{
	static uint8_t used[UIDS];
	const struct child *c;
	size_t i;

	memset(used, 0, sizeof(used));
	FOREACH_ROW (c, tables->children) {
		if (has_its_user(c))
			used[c->uid - given.uid_base] = 1;
	}
	for (i = role == ROLE_RELAYD ? UID_RELAYD : (size_t)role; used[i];
	     i++) {
		if (role != ROLE_RELAYD || i == UIDS - 1)
			return -1;
	}
	*uid = given.uid_base + (uint32_t)i;
	return 0;
}

/* ---- its start */

static int
may_spawn(void)
{
	static int64_t since;
	static unsigned int n;
	int64_t now = clock_now();

	if (now - since >= NS_PER_S) {
		since = now;
		n = 0;
	}
	return n++ < SPAWNS_PER_S;
}

/* 0 is the id of a row that is free. */
static struct child *
find(uint32_t id)
{
	struct child *c;

	FOREACH_ROW (c, tables->children) {
		if (c->id == id)
			return c;
	}
	return NULL;
}

/* 0, or -1 and errno. */
static int
start(struct child *c)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		0, fds) == -1)
		return -1;
	c->pid = descriptor_is_reserved(fds[1], RESERVED_FOR_CTLD)
	    ? -1
	    : priv_spawn(c->role, c->uid, fds[1]);
	close(fds[1]);
	if (c->pid == -1) {
		close(fds[0]);
		errno = EAGAIN;
		return -1;
	}
	c->channel = fds[0];
	return 0;
}

int
child_new(enum role role, const struct child **new)
{
	struct child *c = find(0);

	if (c == NULL || !may_spawn())
		return EAGAIN;
	memset(c, 0, sizeof(*c));
	c->role = role;
	if (uid_free(role, &c->uid) == -1)
		return EBUSY;
	if (start(c) == -1)
		return errno;
	c->id = id_new();
	c->is = CHILD_ALIVE;
	*new = c;
	return 0;
}

struct child *
child_find(uint32_t id)
{
	return id != 0 ? find(id) : NULL;
}

/* ---- its end */

void
child_kill(struct child *c)
{
	if (c->is != CHILD_ALIVE)
		return;
	kill(c->pid, SIGKILL);
	c->is_killed = 1;
}

struct child *
child_untold(void)
{
	struct child *c;

	FOREACH_ROW (c, tables->children) {
		if (c->is == CHILD_DEAD ||
		    (c->is == CHILD_ALIVE && c->is_stopped))
			return c;
	}
	return NULL;
}

void
child_forget(struct child *c)
{
	if (c->channel != -1)
		close(c->channel);
	memset(c, 0, sizeof(*c));
}

static uint64_t
us_of(const struct timeval *tv)
{
	return (uint64_t)tv->tv_sec * 1000000 + (uint64_t)tv->tv_usec;
}

int
child_waited_for(pid_t pid, int status, const struct rusage *ru)
{
	struct child *c;

	FOREACH_ROW (c, tables->children) {
		if (c->is == CHILD_ALIVE && c->pid == pid)
			break;
	}
	if (c == tables->children + nitems(tables->children))
		return 0;
	if (WIFSTOPPED(status)) {
		c->is_stopped = 1;
		return 1;
	}
	c->is = CHILD_DEAD;
	c->status = status;
	c->cpu_us = us_of(&ru->ru_utime) + us_of(&ru->ru_stime);
	c->resident_max = (uint64_t)ru->ru_maxrss * 1024;
	return 1;
}

/* ---- the end of all */

int
children_are_there(void)
{
	const struct child *c;

	FOREACH_ROW (c, tables->children) {
		if (c->is == CHILD_ALIVE)
			return 1;
	}
	return 0;
}

void
children_let_go(void)
{
	struct child *c;

	FOREACH_ROW (c, tables->children) {
		if (c->is != CHILD_NONE && c->channel != -1) {
			close(c->channel);
			c->channel = -1;
		}
	}
}

void
children_kill(void)
{
	struct child *c;

	FOREACH_ROW (c, tables->children)
		child_kill(c);
}

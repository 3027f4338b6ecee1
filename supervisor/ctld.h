/* SPDX-License-Identifier: ISC */
#ifndef CTLD_H
#define CTLD_H

#include <stdint.h>
#include <sys/types.h>

#include "priv.h"

/* The one process that toxid listens to: it keeps the truth. */

struct ctld {
	pid_t pid;     /* 0: it has ended; -1: it has not begun */
	int status;    /* ... as by wait(2) */
	int is_killed; /* for what it did, or did not */
	int fell;      /* ... or it has ended itself; a fault ctld sees */
	int line;      /* its questions; see proto/priv.h */
	int bell;
	enum priv_state state;
	enum priv_follows follows;
	uint32_t epoch;
	int64_t started;
	int exit_status; /* of toxid, as ctld has said at its end */
	int asks_news;   /* it has begun to */
	int64_t rung;    /* ns, not answered yet; or CLOCK_NEVER */
};

extern struct ctld ctld;

void ctld_start(enum priv_follows);

/* After its death.  0, or -1: it dies too often. */
int ctld_follow(void);

void ctld_ring(void);
int ctld_waited_for(pid_t, int status); /* 0: it is another */
void ctld_kill(void);

/*
 * One that does not ask what the news are, does not start or does not go, is
 * not at work any more: it is killed.  When to look again (ns).
 */
int64_t ctld_look(int64_t now);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef CHILDREN_H
#define CHILDREN_H

#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "msg.h"
#include "options.h"

/*
 * The processes that ctld has asked for, each with a number that is not used
 * again before ctld has been told of its end.
 */

enum child_is {
	CHILD_NONE, /* a row that is free */
	CHILD_ALIVE,
	CHILD_DEAD /* and ctld does not know it */
};

struct child {
	enum child_is is;
	uint32_t id;
	enum role role;
	uint32_t uid;
	pid_t pid;
	int channel;    /* a copy of ctld's end, for the ctld after it; or -1 */
	int is_killed;  /* it runs no more, and may be there still */
	int is_stopped; /* ... and ctld does not know it */
	int status;     /* dead: as by wait(2) */
	uint64_t cpu_us, resident_max;
};

/* 0, or errno: EBUSY, EAGAIN: not now. */
int child_new(enum role, const struct child **);
struct child *child_find(uint32_t id); /* NULL: it is none */
void child_kill(struct child *);
struct child *child_untold(void);  /* dead or stopped, or NULL */
void child_forget(struct child *); /* ctld has been told */

/* What wait(2) has said; 0: it is none of them. */
int child_waited_for(pid_t, int status, const struct rusage *);

/* Of all: the end of their channels tells them to exit. */
void children_let_go(void);
void children_kill(void);
int children_are_there(void); /* any that is not dead */

#endif

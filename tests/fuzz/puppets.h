/* SPDX-License-Identifier: ISC */
#ifndef PUPPETS_H
#define PUPPETS_H

#include "chan.h"
#include "msg.h"
#include "names.h"

/*
 * In place of the kernel, for the supervisor: children that are no processes, a
 * clock that stands still, and addresses that nobody has.
 */

#define PUPPETS_MAX 64

/* A child as the kernel would see it, and its end of the channel. */
extern struct puppet {
	pid_t pid;      /* 0: there is none here */
	enum role role; /* ROLE_CTLD: the trial of another one */
	int has_died, status;
	struct chan chan;
	uint32_t asked[16]; /* what it was to do, and has not answered */
	size_t nasked;
	uint32_t nproxies; /* that it has told of, reading the file */
} puppets[PUPPETS_MAX];

extern pid_t puppet_last_pid;
extern int64_t puppet_now;

void puppet_die(struct puppet *, int status);

#endif

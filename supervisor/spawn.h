/* SPDX-License-Identifier: ISC */
#ifndef SPAWN_H
#define SPAWN_H

#include <stdint.h>
#include <sys/types.h>

#include "names.h"

/* Above all that a child finds at a fixed number: what it is given is there. */
#define FD_MIN 16

/* The status of a child whose program could not be executed as its user. */
#define SPAWN_FAILED 127

/* Opens the programs.  NULL, or why there will be no children. */
const char *spawn_init(void);

/* Is ROOT_DIR_FD to be its root directory?  Its own ids it has anyway. */
int spawn_changes_root(enum role);

/*
 * A child, which as root gets that uid.  chan_fd, its end of the channel, stays
 * the caller's.  The pid, or -1.
 */
pid_t priv_spawn(enum role, uint32_t uid, const char *title, int chan_fd);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef SPAWN_H
#define SPAWN_H

#include <sys/types.h>

#include "names.h"

/* Above all that a child finds at a fixed number: what it is given is there. */
#define FD_MIN 16

/* The only fork, but for the trial of an upgrade.  The pid, or -1. */
void spawn_init(void);
pid_t spawn(enum role, const char *title, int chan_fd);

#endif

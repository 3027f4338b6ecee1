/* SPDX-License-Identifier: ISC */
#ifndef SPAWN_H
#define SPAWN_H

#include <stdint.h>
#include <sys/types.h>

#include "msg.h"
#include "priv.h"

/* toxid's command line, which ctld has, too, and the next start. */
extern char **own_arguments;

/* Is ROOT_DIR_FD to be its root directory?  Its own ids it has anyway. */
int spawn_changes_root(enum role);

/*
 * A child, which as root gets that uid.  channel, its end of it, stays the
 * caller's.  The pid, or -1.
 */
pid_t priv_spawn(enum role, uint32_t uid, int channel);

/* ctld, which has toxid's command line, and its stdout and stderr. */
pid_t priv_spawn_ctld(int line, int bell);

/* In the trial of an upgrade: this process, with the journal to read. */
void priv_become_ctld(const int32_t journals[JOURNALS])
    __attribute__((__noreturn__));

#endif

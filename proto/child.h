/* SPDX-License-Identifier: ISC */
#ifndef CHILD_H
#define CHILD_H

#include "chan.h"
#include "lockdown.h"

/*
 * What every child of the supervisor does first: its channel is on descriptor
 * 3, the empty directory (as root) on 4, and nothing else is open.
 */

/*
 * Opens the channel, sends log lines there, waits for SETUP.  Fatal when it is
 * not what was expected.  argv is main()'s.
 */
void child_start(struct chan *, char *argv[], struct setup *);

/* The part of a lockdown that SETUP decides; the caller adds the rest. */
void child_lockdown(struct lockdown *, const struct setup *);

/* Locked up: tell the supervisor. */
void child_ready(struct chan *, uint32_t locks);

/*
 * Gives every message that has come to dispatch(), which returns -1 for one
 * that is malformed or not for this child: that is fatal.  Returns 0, or -1:
 * the supervisor has gone.
 */
int child_receive(struct chan *, int (*dispatch)(struct msg *));

/* Answers a PING. */
void child_pong(struct chan *, uint32_t id);

#endif

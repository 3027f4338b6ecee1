/* SPDX-License-Identifier: ISC */
#ifndef CHILD_H
#define CHILD_H

#include "chan.h"
#include "handler.h"
#include "lockdown.h"

/*
 * What every child of ctld does first: its channel is on CHAN_FD, on
 * ROOT_DIR_FD what is to be its root directory (stored: its own; the others
 * only as root, and it is empty), and nothing else is open.
 */

/*
 * Opens the channel, sends log lines there, waits for SETUP.  Fatal when it is
 * not what was expected.  argv is main()'s.
 */
void child_start(struct chan *, char *argv[], struct setup *);

/*
 * Takes all locks and tells ctld.  The caller says what kind of process it is,
 * SETUP says the rest; open_all() opens what has to be there before the filter,
 * under the ids that will be its own.
 */
void child_lock_up(struct chan *, const struct setup *, struct lockdown *,
    void (*open_all)(void));

/*
 * Gives every message that has come to its row, in the state that there is by
 * then; one that is malformed or not for this child is fatal.  The rows find
 * the channel in .from.  Returns 0, or -1: ctld has gone.
 */
int child_receive(struct chan *, const struct handler rows[MSG_MAX],
    unsigned int (*state)(void));

/*
 * What a process accepts on, if it said so in its struct lockdown, goes where
 * its filter guards it; fd is closed, and the new number returned.  The number
 * stays taken when it is dropped: a session that had it could not be ended.
 */
int child_take_listener(int fd, int number); /* LISTENER_FD, or behind it */
void child_drop_listener(int fd);

/* Answers a PING: 0. */
int child_on_ping(struct msg *);

#endif

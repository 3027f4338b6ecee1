/* SPDX-License-Identifier: ISC */
#ifndef RELAYD_LOSS_H
#define RELAYD_LOSS_H

struct session;

/*
 * What toxid lends to lose segments by.  fd is taken, or -1: it was lost for
 * want of a descriptor.  A second one is of no use.
 */
void loss_take_program(int fd);
void loss_close(void);

/* After a turn of a session: which of its sockets lose segments. */
void loss_settle(struct session *);

#endif

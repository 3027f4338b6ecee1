/* SPDX-License-Identifier: ISC */
#ifndef RELAYD_LOSS_H
#define RELAYD_LOSS_H

struct session;

/*
 * What toxid lends to lose some segments by, and all of them.  fd is taken, or
 * -1: it was lost for want of a descriptor, and comes again.  A second one is
 * of no use.
 */
void loss_take_program(int fd);
void loss_take_unplug(int fd);
void loss_close(void);

/* After a turn of a session: by which of its sockets they are lost. */
void loss_settle(struct session *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef RELAYD_LOSS_H
#define RELAYD_LOSS_H

#include <stdint.h>

struct session;

/*
 * What toxid lends to lose segments by: a program, and then the map that it
 * shares with this worker.  Both fds are taken.  A second pair is of no use.
 */
void loss_take_program(int fd);
void loss_take_map(int fd, uint16_t port); /* of the proxy's listener */
void loss_close(void);

/* The toxics have changed. */
void loss_look(void);

/* After a turn of a session: which of its sockets lose segments. */
void loss_settle(struct session *);

#endif

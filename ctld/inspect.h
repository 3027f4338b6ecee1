/* SPDX-License-Identifier: ISC */
#ifndef INSPECT_H
#define INSPECT_H

/*
 * Does a listener listen, and is it like that reference, which has not been
 * bound?  NULL, or what is not; where reference is -1, what can be seen counts.
 */
const char *listen_fault(int fd, int reference);
/* ... of one that is not to listen */
const char *listen_fault_but_for_that(int fd, int reference);

/* Of SOL_SOCKET, an int; -1: it cannot be read. */
int socket_option(int fd, int name);

/* Nobody has ended its listening. */
int listen_accepts(int fd);

#endif

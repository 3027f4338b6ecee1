/* SPDX-License-Identifier: ISC */
#ifndef HANDSHAKE_H
#define HANDSHAKE_H

#include <sys/socket.h>

/* handshake.c: clients on their way to TLS */

void handshakes_open(void); /* before the filter */
/* Owns it. */
void handshake_begin(int fd, const struct sockaddr *);
/* A turn; done owns the descriptor of one that is through. */
void handshakes_run(void (*done)(int fd));
int handshakes_poll_fd(void); /* -1: there are none */
/* Those that have not begun are the next apid's. */
void handshakes_finish(void);

#endif

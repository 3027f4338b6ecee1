/* SPDX-License-Identifier: ISC */
#ifndef NOTIFY_SOCKET_H
#define NOTIFY_SOCKET_H

/*
 * The way to whoever started toxid and wants to know how it is, by
 * the environment's NOTIFY_SOCKET.  1, or 0: nobody wants to.
 */
int notify_socket_open(void);

/* A datagram there; it never waits.  0, or -1: it is worth trying again. */
int priv_notify(const char *text);

#endif

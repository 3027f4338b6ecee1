/* SPDX-License-Identifier: ISC */
#ifndef API_SOCKET_H
#define API_SOCKET_H

struct given;

/* The API listens there, for whoever may connect to a socket; or gives up. */
void api_socket_open(const char *path, struct given *);

#endif

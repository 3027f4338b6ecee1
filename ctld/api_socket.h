/* SPDX-License-Identifier: ISC */
#ifndef CTLD_API_SOCKET_H
#define CTLD_API_SOCKET_H

#include <stdint.h>

/* The API's Unix socket, if the command line names one: the start has made it,
 * and it is made once. */

/* Who has connected to it, as the kernel knows. */
struct peer {
	uint32_t uid, gid;
};

void api_socket_open(int fd); /* -1: there is none */
int api_socket_fd(void);      /* ... which stays ours */
void api_socket_end(void);    /* no more of it, until the next start */
int api_socket_listens(void); /* 0: somebody has ended that */
/* What whoever had it has made of it; NULL: nothing. */
const char *api_socket_fault(void);

/* Is it a connection to it, and no other thing? */
int api_socket_has(int fd);
/* ... whose client is still there; 0, or -1: it is not. */
int api_socket_peer(int fd, struct peer *);

#endif

/* SPDX-License-Identifier: ISC */
/* Who listens on a port of this machine. */
#ifndef HOLDER_H
#define HOLDER_H

#include <stddef.h>

/*
 * "nginx, process 123", or "a process of user 7" where we may see no more than
 * that.  0; -1: nobody does.
 */
int holder_of_port(unsigned int port, char *, size_t);

/*
 * Of "listen tcp 127.0.0.1:80: bind: address already in use", as a server on
 * this machine says it.  -1: it is another text, or nobody does any more.
 */
int holder_of_error(const char *error, char *, size_t);

#endif

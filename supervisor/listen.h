/* SPDX-License-Identifier: ISC */
#ifndef LISTEN_H
#define LISTEN_H

#include "endpoint.h"

struct bind_policy;

/*
 * Listening sockets: the only bind.  What may be bound the policy says; NULL,
 * for the API: all. ENDPOINT_OK; ENDPOINT_DENIED, by the policy; or
 * ENDPOINT_SYSTEM and errno. *bound is the address that it came to, port 0
 * being a number by then.
 */
enum endpoint_error priv_bind(const struct bind_policy *,
    const struct address *, int *fd, struct address *bound);
enum endpoint_error priv_bind_instead(const struct bind_policy *, int old,
    const struct address *, int *fd, struct address *bound);

/* Bound nowhere yet, and set up as they all are.  -1 and errno. */
int priv_socket(const struct address *);

/* Where it is, or was before priv_bind_instead(): with its whole backlog. */
void priv_relisten(int fd);

/* *fd is -1 afterwards; before, too: then there is nothing to do. */
void priv_unbind(int *fd);

#endif

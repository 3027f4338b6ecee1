/* SPDX-License-Identifier: ISC */
#ifndef LISTEN_H
#define LISTEN_H

#include "address.h"

struct bind_policy;

/* Bound nowhere yet, and set up as they all are.  -1 and errno. */
int priv_socket(const struct address *);

/*
 * It listens there, if the policy allows it; NULL, for the API: anywhere.  Port
 * 0 is a number afterwards.  beside, or -1: what is in its way is ours; it has
 * stopped from then on.  0, an errno, or PRIV_DENIED.
 */
int priv_listen(
    const struct bind_policy *, struct address *, int beside, int *fd);

/* Where it is, or was before it stopped: with its whole backlog.  0 or errno.
 */
int priv_relisten(int fd);

/* For good, and for whoever has a copy. */
void priv_unbind(int fd);

#endif

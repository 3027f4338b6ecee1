/* SPDX-License-Identifier: ISC */
#ifndef PORTS_H
#define PORTS_H

#include <stddef.h>
#include <stdint.h>

#include "endpoint.h"

/*
 * Where a tenant's proxies may listen: limits.ports.  Who has such a range is
 * given the ports of it, listens nowhere else, and keeps those of its proxies
 * that are disabled; and nobody else listens there.
 *
 * Each is by the limits of a configuration file that is about to count, or for
 * NULL by those that do.
 */

struct limits;
struct proxy;
struct proxy_key;

/* Of the tenant, as a limit has it; 0: it has none. */
uint64_t ports_of(const struct limits *, const char *tenant);

/* ENDPOINT_OK, or why its proxies may not listen there.  0 is any port. */
enum endpoint_error ports_allow(
    const struct limits *, const char *tenant, uint16_t port);

/*
 * As listen_bind(), of a proxy of that key; old, or NULL, is the one that there
 * is, which may be in the way: one that is disabled is as it was afterwards.
 * Port 0 is one that the old one has, or is free; for one key it is the same
 * each time, as long as no other has that.
 */
enum endpoint_error ports_bind(const struct limits *, const struct proxy_key *,
    const struct proxy *old, const struct address *, int *fd,
    struct address *bound);

/* ... and that port: 0 in an address is the old one's, where it has such. */
void ports_keep(const struct limits *, const struct proxy_key *,
    const struct proxy *old, struct address *);

/* 0, or -1 and why: proxies that stay listen where they might not. */
int ports_fit(const struct limits *, char *why, size_t size);

/* The limits count now: so it is with each proxy, and what is in the way of
 * their ports is said. */
void ports_apply(void);
/* One that is disabled is to get its port, or lets it go. */
void ports_settle(struct proxy *);
/* Is it to have it, while it is? */
int ports_hold(const struct proxy *);

/* At the start, before the locks: which ports does the kernel give away? */
void ports_open(void);

/* Is it within somebody's? */
int ports_have(const struct limits *, uint16_t port);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef NAMES_H
#define NAMES_H

struct event_base;

/*
 * Addresses of hosts in URLs, by c-ares: as hosts(5) and resolv.conf(5) have
 * them at the time.  What was found is good for half a minute.
 */
typedef void names_fn(void *arg, const char *addresses, const char *failure);

void names_open(struct event_base *);
void names_close(void);
/*
 * addresses: "host:port:a,b", or NULL, where the host is an address.  NULL: the
 * function has been called already; else it will be, unless it is cancelled.
 */
struct name_lookup *names_look_up(const char *url, names_fn *, void *arg);
void names_cancel(struct name_lookup *);
void names_forget(const char *url); /* they are not right, it seems */

#endif

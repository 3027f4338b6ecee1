/* SPDX-License-Identifier: ISC */
#ifndef EVENT_MAKE_H
#define EVENT_MAKE_H

#include "event_fields.h"
#include "limit.h"
#include "msg.h"

struct caller;
struct child;
struct proxy;

/*
 * What has happened, said to who watches: see events.h.  Made of what ctld has
 * decided and counted itself; where a text is a child's, it is not here.
 */

/* About a proxy, or its tenant where that has no name: no more yet. */
struct event_record event_about(enum event_kind, const struct proxy_key *);
/* Who has asked for it; where nobody is told apart, nothing. */
void event_by(struct event_record *, const struct caller *);

/* Which limit it is about, and how much that is. */
void event_add_limit(struct event_record *, enum limit, uint64_t value);

/* He has called the API more often than he may: so often. */
void event_called_too_often(const struct caller *, uint32_t times);

void event_lapse(const struct proxy_key *, const char *toxic); /* "": itself */
/* signal and status as log_event() of its death says them. */
void event_died(const struct child *, int signal, int status);
void event_replaced(struct proxy *); /* has a worker: that died, if one did */
void event_reloaded(unsigned int made, unsigned int replaced,
    unsigned int deleted, unsigned int unchanged);
void event_reload_failed(const char *why);
void event_follows(int is_upgrade); /* this ctld another */

#endif

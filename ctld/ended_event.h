/* SPDX-License-Identifier: ISC */
#ifndef ENDED_EVENT_H
#define ENDED_EVENT_H

#include "payload_sessions.h"

/*
 * Sessions that ended otherwise than by the FIN of both sides, dials that
 * failed, and limits that were in a client's way, as events.  What a worker
 * says of them is about its own proxy, typed, and a bounded number in a second.
 */

struct child;
struct proxy;

/* 0, or -1: no honest worker says that. */
int event_ended(struct child *worker, const struct session_ended *);

/* ... and what no worker says any more: so many, with theirs, by a change. */
void event_ended_with_worker(const struct proxy *, uint64_t sessions);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef EVENTS_H
#define EVENTS_H

#include <event2/event.h>
#include <event2/event_struct.h>

#include "chan.h"

/* libevent as diald and resolvd use it. */

/* One thread; what libevent says goes into the log.  Fatal if it cannot be. */
struct event_base *events_open(void);

/* A channel in the loop. */
struct peer {
	struct chan chan; /* fd -1: there is none */
	struct event readable, writable;
};

/* chan is open; on_readable gets the peer. */
void peer_open(struct peer *, struct event_base *, event_callback_fn);
void peer_close(struct peer *);
/* After every pass of the loop; waits for room where that is needed. */
void peer_flush(struct peer *);

#endif

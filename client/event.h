/* SPDX-License-Identifier: ISC */
/* The loop half: starts requests, and calls back. */
#ifndef EVENT_H
#define EVENT_H

#include "request.h"
#include "settings.h"
#include "toxi_event.h"

/* Takes the request.  NULL: no memory, or the client is being freed. */
struct toxi_call *event_start(
    struct toxi_event *, struct request *, toxi_event_fn *, void *);

/* The same, but the proxy's listen becomes where to connect to. */
struct toxi_call *event_start_tunnel(
    struct toxi_event *, struct request *, toxi_event_fn *, void *);

const struct settings *event_settings(const struct toxi_event *);

#endif

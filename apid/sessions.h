/* SPDX-License-Identifier: ISC */
#ifndef SESSIONS_H
#define SESSIONS_H

#include <stdint.h>

#include "session_id.h"

/*
 * POST /session: a request that is kept open for as long as its client is
 * there, which ctld is told; what is made with its number is the session's.
 */

struct request;

void sessions_tick(int64_t now);
int sessions_timeout(int64_t now); /* ms; -1: there is none */

/* What a request to make something is for.  1, or 0 and it has replied. */
int request_session(struct request *, struct session_id *);

#endif

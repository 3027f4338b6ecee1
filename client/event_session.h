/* SPDX-License-Identifier: ISC */
/* A session of the server's, held by a libevent loop. */
#ifndef EVENT_SESSION_H
#define EVENT_SESSION_H

#include "session_line.h"

struct event_base;
struct event_session;

/*
 * told is called once, from within libcurl: there is one, or why not; then it
 * is over, and to be freed all the same.  All that is given has to outlive it.
 * NULL: no memory.
 */
struct event_session *event_session_new(struct event_base *, CURLM *,
    const struct settings *, void (*told)(void *, const struct toxi_error *),
    void *);
void event_session_free(struct event_session *); /* takes NULL */

/* 1: that handle was its own, and has been taken care of. */
int event_session_ended(struct event_session *, CURL *, CURLcode);

/* Its number; "" where there is none.  Takes NULL. */
const char *event_session_id(const struct event_session *);

#endif

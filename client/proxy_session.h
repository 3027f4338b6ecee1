/* SPDX-License-Identifier: ISC */
/* Sessions of proxies, out of JSON that somebody else wrote. */
#ifndef PROXY_SESSION_H
#define PROXY_SESSION_H

#include <jansson.h>

#include "toxi_watch.h"

/* "half-closed" of its state; NULL: there is none. */
const char *proxy_session_word(enum toxi_proxy_session_state);

/* NULL: *err says why, TOXI_ERR_PROTOCOL or TOXI_ERR_NOMEM. */
struct toxi_proxy_session *proxy_session_decode(json_t *, struct toxi_error *);
/* A page. */
struct toxi_proxy_sessions *proxy_sessions_decode(
    json_t *, struct toxi_error *);

/* As toxi_proxy_session_free(), which only one of the libraries has. */
void proxy_session_free(struct toxi_proxy_session *);
void proxy_sessions_free(struct toxi_proxy_sessions *);

#endif

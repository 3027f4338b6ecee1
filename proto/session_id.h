/* SPDX-License-Identifier: ISC */
#ifndef SESSION_ID_H
#define SESSION_ID_H

#include <stdint.h>

#include "proxy_key.h"

#define SESSION_ID_TEXT 32 /* hexadecimal digits */

/*
 * A client of the API that holds on to what it makes: see ctld/api_sessions.h.
 * apid draws the number: nobody guesses one, and none comes twice.  All zeros:
 * of none.
 */
struct session_id {
	uint8_t bytes[SESSION_ID_TEXT / 2];
};

/* A session of that tenant's. */
struct session_ref {
	char tenant[TENANT_NAME_MAX + 1];
	struct session_id id; /* and not none */
};

int session_id_is_none(const struct session_id *);
int session_id_is_same(const struct session_id *, const struct session_id *);

void session_id_text(const struct session_id *, char[SESSION_ID_TEXT + 1]);
/* 0, or -1: it is none, or that of none. */
int session_id_of_text(struct session_id *, const char *);
/* A new one.  -1: errno, there are no random numbers. */
int session_id_make(struct session_id *);

#endif

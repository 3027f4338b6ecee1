/* SPDX-License-Identifier: ISC */
/*
 * A connection that holds on to a session of the server's: a request whose
 * reply says its number, again and again, and has no end.
 */
#ifndef SESSION_LINE_H
#define SESSION_LINE_H

#include "transfer.h"

#define SESSION_ID_MAX 64

/* Who can't be reached is tried again, soon at first. */
#define AGAIN_MS 100
#define AGAIN_MAX_MS 3000

struct session_line {
	struct transfer transfer;
	char text[256]; /* that has not ended yet */
	size_t len;
	char id[SESSION_ID_MAX + 1]; /* as the server has said it; or "" */
	/* It has said it; not to begin or end anything from there. */
	void (*heard)(struct session_line *);
	void *arg;
};

/*
 * A zeroed one, but for heard and arg.  id: of the session that it is to come
 * back to; "": a new one.  -1: .transfer.request.error.  The easy handle is to
 * be performed, and is the caller's.
 */
int session_line_begin(
    struct session_line *, const struct settings *, CURL *, const char *id);

/* Why it never was one; TOXI_OK: it was. */
void session_line_end(struct session_line *, CURLcode, struct toxi_error *);

#endif

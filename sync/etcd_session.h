/* SPDX-License-Identifier: ISC */
#ifndef ETCD_SESSION_H
#define ETCD_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "etcd.h"

struct options;

/*
 * Requests to one of etcd's end points at a time, with a token where there is a
 * user: a new one is asked for as the old one is none any more.
 */

/* answer: of an HTTP status, whatever it says; or NULL, and why there is none.
 */
typedef void session_fn(const struct etcd_answer *, const char *failure);

struct session_request {
	const char *path;
	char *body;         /* which it owns */
	int64_t timeout_ms; /* 0: a stream */
	size_t answer_max;
	void (*on_line)(const struct etcd_answer *); /* or NULL */
	session_fn *on_end;
};

void session_open(const struct options *);
void session_close(void);
struct session_call *session_ask(const struct session_request *);
void session_cancel(struct session_call *); /* NULL: there is none */
void session_forget_token(void);
void session_next(void); /* another end point, from now on */
const char *session_where(void);

#endif

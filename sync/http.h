/* SPDX-License-Identifier: ISC */
#ifndef HTTP_H
#define HTTP_H

#include <stddef.h>
#include <stdint.h>

struct event_base;

/*
 * Requests under way, in the loop.  What they call is called from the loop and
 * with nothing of libcurl's on the stack: it may start and cancel any.
 */
struct http_tls { /* of https; each a file, or NULL */
	const char *ca, *cert, *key;
};

struct http_answer {
	const char *failure; /* NULL: there is one, with a status */
	long status;
	const char *text; /* ends with a NUL; of a stream what is no line */
	size_t len;
};

struct http_request {
	/* It copies them; body and headers may be NULL. */
	const char *method, *url, *body, *headers[2];
	const struct http_tls *tls; /* NULL: none; it stays the caller's */
	int64_t timeout_ms; /* until its end; 0: only until it is connected */
	size_t answer_max;  /* bytes; of a stream: of a line */
	/* A stream: each line, without its end.  NULL: it is none. */
	void (*on_line)(void *arg, const char *line, size_t len);
	/* Last. */
	void (*on_end)(void *arg, const struct http_answer *);
	void *arg;
};

/* The failure of an answer that is larger than it may be. */
extern const char http_too_long[];

void http_open(struct event_base *);
void http_close(void);
struct http_call *http_start(const struct http_request *);
/* Nothing of it is called any more; NULL: there is none. */
void http_cancel(struct http_call *);

#endif

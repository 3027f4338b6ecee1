/* SPDX-License-Identifier: ISC */
/* What has become of connections, in sentences: they are made here alone. */
#ifndef WHY_TEXT_H
#define WHY_TEXT_H

#include <stdint.h>

#include "session_end.h"

/* Some that ended in one way. */
struct why_end {
	enum session_end cause; /* END_MAX: a server's own, that is not here */
	const char *toxic, *type; /* its name; or NULL: none; not there now */
	const char *why;          /* in the server's words */
	int64_t n;                /* so many */
	int64_t of;               /* of so many connections; 0: nobody knows */
	int64_t least, most;      /* bytes that came through, each */
};

/* Of a server's word. */
enum session_end why_cause(const char *word);

/*
 * "3 of the last 20 connections were reset by limit_data 'cut' after 1,048,576
 * bytes"; by malloc, exits if there is no memory.
 */
char *why_sentence(const struct why_end *);

/* A number of things: "1 connection", "1,024 connections"; by malloc. */
char *why_count(int64_t n, const char *one, const char *several);

#endif

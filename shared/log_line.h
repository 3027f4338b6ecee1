/* SPDX-License-Identifier: ISC */
#ifndef LOG_LINE_H
#define LOG_LINE_H

#include <stddef.h>
#include <time.h>

/*
 * A record as it is written: one line of JSON, or of logfmt.  Nothing that is
 * in it can end it, or make it other than text.
 */

struct log_record;

struct log_line {
	char text[8192];   /* with its end, and no NUL */
	size_t len, start; /* of its first field */
};

/* "json", "logfmt"; or NULL: which is better for who reads standard output. */
void log_line_open(const char *format);
/* role and proxy: who speaks; proxy may be NULL. */
void log_line_make(struct log_line *, const char *role, const char *proxy,
    time_t at, const struct log_record *);

#endif

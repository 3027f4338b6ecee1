/* SPDX-License-Identifier: ISC */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stddef.h>
#include <stdint.h>

/* The log's only way out; never blocks. */

struct log_record;

/* role: who says what output_own() is given; below level nothing is written. */
void output_open(const char *role, int level, const char *format);
size_t output_line(/* a child's: bytes, written or not */
    const char *role, const char *proxy, const struct log_record *);
void output_own(const struct log_record *); /* what this process says */
/*
 * ... of who has changed what.  Where nobody reads what it writes so many bytes
 * are kept, in memory, until somebody does; only what is beyond is dropped.
 */
#define OUTPUT_KEPT_MAX ((size_t)8 * 1024 * 1024)
void output_audit(const struct log_record *);
/* What was said at that time(2). */
void output_earlier(const char *role, int64_t at, const struct log_record *);
void output_flush(void);
void output_drain(void); /* at an end: waits for a reader, for a second */
int output_waits(void);  /* 1: for room, where it goes to */
uint64_t output_dropped(void);
void output_refuse(void);

/* Of a start: to who reads the log, and to who has started it. */
void output_failure(const char *why);

#endif

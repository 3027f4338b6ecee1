/* SPDX-License-Identifier: ISC */
#ifndef SUPERVISOR_OUTPUT_H
#define SUPERVISOR_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

/* The log's only way out; never blocks. */

struct log_record;

void output_open(const char *format);
size_t output_line(/* bytes, written or not */
    const char *role, const char *proxy, const struct log_record *);
void output_own(const struct log_record *); /* what the supervisor says */
void output_flush(void);
int output_waits(void); /* 1: for room, where it goes to */
uint64_t output_dropped(void);
void output_refuse(void);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef DISPATCH_RESOLVD_H
#define DISPATCH_RESOLVD_H

#include <stdint.h>

/* Names, and the line between diald and resolvd. */

struct address;
struct lookup_result;

void resolver_open(void);
void resolver_connect(void);
int resolver_is_bad(uint32_t line); /* diald says so; -1: malformed */
void resolver_died(void);
void resolver_tick(int64_t now);
int resolver_waits(void); /* 1: something is to come to its time */
struct address resolver_to_bind(const struct lookup_result *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

/* CLOCK_MONOTONIC in ns.  A deadline is a value of this clock. */
int64_t clock_now(void);

/* "no deadline", wherever a deadline is kept */
#define CLOCK_NEVER INT64_MAX

#endif

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

/* So many ns later, both at least 0: CLOCK_NEVER where time does not go on. */
static inline int64_t
clock_after(int64_t from, int64_t ns)
{
	return ns < CLOCK_NEVER - from ? from + ns : CLOCK_NEVER;
}

#endif

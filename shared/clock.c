/* SPDX-License-Identifier: ISC */
/* The one clock that deadlines are counted on. */

#include <time.h>

#include "clock.h"

int64_t
clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail on Linux */
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

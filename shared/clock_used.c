/* SPDX-License-Identifier: ISC */

#include <time.h>

#include "clock.h"
#include "clock_used.h"

int64_t
clock_used(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts); /* cannot fail on Linux */
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* SPDX-License-Identifier: ISC */

#include <time.h>

#include "clock.h"
#include "clock_boot.h"

static int64_t
now_of(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts); /* cannot fail on Linux */
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t
clock_boot(void)
{
	return now_of(CLOCK_BOOTTIME);
}

int64_t
clock_wall(void)
{
	return now_of(CLOCK_REALTIME);
}

/* SPDX-License-Identifier: ISC */
#include "clock_rig.h"
#include "clock.h"

int64_t __real_clock_now(void);
int64_t __wrap_clock_now(void);
int __wrap_sched_yield(void);

int64_t clock_stopped_at;
int yields;

/* The linker has all call these: see the Makefile. */

int64_t
__wrap_clock_now(void)
{
	return clock_stopped_at != 0 ? clock_stopped_at : __real_clock_now();
}

void
clock_stop(void)
{
	clock_stopped_at = __real_clock_now();
}

int
__wrap_sched_yield(void)
{
	yields++;
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include "clock_rig.h"
#include "clock.h"
#include "clock_boot.h"

int64_t __real_clock_now(void);
int64_t __wrap_clock_now(void);
int __wrap_sched_yield(void);
int64_t __real_clock_boot(void);
int64_t __wrap_clock_boot(void);
int64_t __real_clock_wall(void);
int64_t __wrap_clock_wall(void);

int64_t clock_stopped_at, clock_boot_at, clock_wall_at;
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

int64_t
__wrap_clock_boot(void)
{
	return clock_boot_at != 0 ? clock_boot_at : __real_clock_boot();
}

int64_t
__wrap_clock_wall(void)
{
	return clock_wall_at != 0 ? clock_wall_at : __real_clock_wall();
}

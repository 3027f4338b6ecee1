/* SPDX-License-Identifier: ISC */
#ifndef NOW_H
#define NOW_H

#include <stdint.h>
#include <time.h>

/* ms of the monotonic clock, that deadlines are counted in */
static inline int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif

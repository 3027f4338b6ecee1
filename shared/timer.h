/* SPDX-License-Identifier: ISC */
#ifndef TIMER_H
#define TIMER_H

#include <stdint.h>
#include <time.h>

#include "heap.h"
#include "watch.h"

/*
 * Times of one clock, and one timerfd for the nearest of them: epoll_wait(2)
 * counts in milliseconds.  Zeroed it has no time; to be armed it has to be
 * open.
 */
struct timer {
	struct heap times;
	struct watch watch;
	int64_t armed_at; /* ns, of its clock; CLOCK_NEVER: it is not */
};

void timer_open(struct timer *, clockid_t); /* after watches_open() */
void timer_close(struct timer *);
void timer_arm(struct timer *); /* so that a wait ends when one is due */

#endif

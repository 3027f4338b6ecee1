/* SPDX-License-Identifier: ISC */
/* See timer.h. */

#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "container_of.h"
#include "log.h"
#include "timer.h"

/*
 * Who has the times looks at the clock in every pass.  Edge-triggered: nobody
 * has to read the descriptor.
 */
static void
expired(struct watch *w, uint32_t events)
{
	(void)events;
	container_of(w, struct timer, watch)->armed_at = CLOCK_NEVER;
}

void
timer_open(struct timer *t, clockid_t which)
{
	int fd = timerfd_create(which, TFD_NONBLOCK | TFD_CLOEXEC);

	t->armed_at = CLOCK_NEVER;
	t->watch.on = expired;
	if (fd == -1 || watch_add(&t->watch, fd, EPOLLIN | EPOLLET) == -1)
		fatal("%s", __func__);
}

void
timer_close(struct timer *t)
{
	close(t->watch.fd);
	heap_free(&t->times);
}

/*
 * One that is armed too early is left: one wake-up for nothing costs less than
 * setting it anew with every chunk.
 */
void
timer_arm(struct timer *t)
{
	const int64_t next = heap_next(&t->times);
	struct itimerspec at = { 0 };

	if (next >= t->armed_at)
		return;
	t->armed_at = next;
	at.it_value.tv_sec = next / NS_PER_S;
	at.it_value.tv_nsec = next % NS_PER_S;
	if (timerfd_settime(t->watch.fd, TFD_TIMER_ABSTIME, &at, NULL) == -1)
		fatal("%s", __func__);
}

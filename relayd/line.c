/* SPDX-License-Identifier: ISC */
/* See line.h. */

#include "line.h"

/*
 * What does not make a whole ns of its own is left for the next time.  Who goes
 * may not have looked at the clock for long.
 */
int64_t
line_clock(struct line *l, int64_t now)
{
	int64_t passed;

	if (now <= l->at)
		return l->clock;
	if (l->waiting == 0) {
		l->at = now;
		return l->clock;
	}
	passed = (now - l->at) / l->waiting;
	l->clock += passed;
	l->at += passed * l->waiting;
	return l->clock;
}

void
line_join(struct line *l, int64_t now)
{
	(void)line_clock(l, now);
	l->waiting++;
}

void
line_leave(struct line *l, int64_t now)
{
	(void)line_clock(l, now);
	l->waiting--;
}

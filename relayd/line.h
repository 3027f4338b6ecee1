/* SPDX-License-Identifier: ISC */
#ifndef LINE_H
#define LINE_H

#include <stdint.h>

/*
 * What all sessions of a proxy share, of a toxic whose rate is that of them
 * all.  While n of them have something to send, its clock runs at an n-th of
 * the pace: who sends at the whole rate by that clock has his share of it, the
 * same as each other, and together they use it up.  Nobody needs to know of the
 * others, nor to wake them: the result is that of a round robin whose rounds
 * are as fine as its timers.
 */
struct line {
	int64_t clock;    /* ns, its own */
	int64_t at;       /* ns: when it was last looked at */
	uint32_t waiting; /* who have something to send */
};

/* What it says now; ns, as all times of these. */
int64_t line_clock(struct line *, int64_t now);
void line_join(struct line *, int64_t now);
void line_leave(struct line *, int64_t now);

#endif

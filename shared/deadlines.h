/* SPDX-License-Identifier: ISC */
#ifndef DEADLINES_H
#define DEADLINES_H

#include <stdint.h>

/* Everything that waits for a time.  Zeroed but for .expired it is not set. */
struct deadline {
	int64_t at;                         /* ns, of clock_now() */
	uint32_t index;                     /* in the heap; 0: not set */
	void (*expired)(struct deadline *); /* it is not set any more */
};

void deadlines_open(void); /* after watches_open() */
void deadlines_close(void);
/* Room for so many at once: who sets no more asks for no memory any more. */
void deadlines_reserve(uint32_t n);
void deadline_set(struct deadline *, int64_t at); /* CLOCK_NEVER: clear */
int64_t deadlines_next(void);                     /* CLOCK_NEVER: none is set */
/* Those that are due; one that sets itself anew sets a time after now. */
void deadlines_run(int64_t now);
void deadlines_arm(void); /* so that a wait ends when the nearest is due */

#endif

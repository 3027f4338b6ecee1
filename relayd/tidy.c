/* SPDX-License-Identifier: ISC */
/* What is kept because it may be wanted again soon, and then was not. */

#include <malloc.h>

#include "relayd.h"

#define AFTER NS_PER_S

static void
tidy(struct deadline *d)
{
	(void)d;
	chunks_free_spare();
	malloc_trim(0);
}

static struct deadline due = { .expired = tidy };

void
tidy_later(void)
{
	if (due.index == 0)
		deadline_set(&due, clock_now() + AFTER);
}

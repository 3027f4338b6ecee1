/* SPDX-License-Identifier: ISC */
/*
 * Descriptors are for all workers together.  One that holds some may take more
 * as long as it holds less than a quarter of what is left: so there is always
 * some left for who comes next, and any number of them that take all they can
 * get come to have the same.
 */

#include "agreed.h"
#include "diald.h"

#define PART_OF_FREE 4

/* Each is some 3 KB of memory as well. */
#define SHARED_MAX 65536

static unsigned int nworkers, held;

/*
 * The last quarter of all is for what does not wait for an upstream: channels
 * of new workers, and look-ups.
 */
static unsigned int
unused(void)
{
	rlim_t all = diald.descriptors_max / 4 * 3;

	all = all > nworkers ? all - nworkers : 0;
	if (all > SHARED_MAX)
		all = SHARED_MAX;
	return all > held ? (unsigned int)all - held : 0;
}

void
share_join(void)
{
	nworkers++;
}

void
share_leave(void)
{
	nworkers--;
}

int
share_may_take(const struct share *s)
{
	return s->held < DIALS_MAX && s->held * PART_OF_FREE < unused();
}

void
share_take(struct share *s)
{
	s->held++;
	held++;
}

void
share_give(struct share *s, unsigned int n)
{
	s->held -= n;
	held -= n;
}

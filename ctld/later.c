/* SPDX-License-Identifier: ISC */
/* Children that are to be told something, and wait: see later.h. */

#include <stddef.h>
#include <sys/queue.h>

#include "child.h"
#include "later.h"

/* So many in a turn: less than a millisecond of ours. */
#define SLICE 32

static struct child_list waiting = TAILQ_HEAD_INITIALIZER(waiting);

void
later(struct child *c, void (*tell)(struct child *))
{
	if (c->tell == NULL)
		TAILQ_INSERT_TAIL(&waiting, c, later);
	c->tell = tell;
}

void
later_forget(struct child *c)
{
	if (c->tell != NULL)
		TAILQ_REMOVE(&waiting, c, later);
	c->tell = NULL;
}

void
later_now(struct child *c)
{
	void (*tell)(struct child *) = c->tell;

	later_forget(c);
	if (tell != NULL)
		tell(c);
}

void
later_turn(void)
{
	struct child *c;
	int n = 0;

	while (n++ < SLICE && (c = TAILQ_FIRST(&waiting)) != NULL)
		later_now(c);
}

int
later_waits(void)
{
	return !TAILQ_EMPTY(&waiting);
}

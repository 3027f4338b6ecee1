/* SPDX-License-Identifier: ISC */
/* Children's channels in the one epoll. */

#include "chan.h"
#include "child.h"
#include "child_watch.h"
#include "clock.h"
#include "deadlines.h"
#include "due.h"

static void (*on_event)(struct watch *, uint32_t);

void
child_watch_init(void (*on)(struct watch *, uint32_t))
{
	on_event = on;
}

/* To send as long as something waits, to read unless it is to rest. */
static uint32_t
wanted(const struct child *c)
{
	return (c->rests ? 0U : (uint32_t)EPOLLIN) |
	    (chan_wants_write(&c->chan) ? (uint32_t)EPOLLOUT : 0U);
}

/* -1: there is no memory for it. */
int
child_watch_add(struct child *c)
{
	c->watch.on = on_event;
	c->polls = wanted(c);
	return watch_add(&c->watch, c->chan.fd, c->polls);
}

void
child_watch_remove(struct child *c)
{
	watch_remove(&c->watch);
	deadline_set(&c->wake, CLOCK_NEVER);
	child_not_due(c);
}

int
child_is_watched(const struct child *c)
{
	return c->watch.fd != -1;
}

/* What the channel waits for may have changed. */
void
child_watch_update(struct child *c)
{
	if (c->polls == wanted(c))
		return;
	c->polls = wanted(c);
	watch_change(&c->watch, c->polls);
}

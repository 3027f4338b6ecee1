/* SPDX-License-Identifier: ISC */
/* Children's channels in the one epoll. */

#include <sys/epoll.h>

#include "chan.h"
#include "child.h"
#include "log.h"
#include "state.h"
#include "watch.h"

/* To send as long as something waits, to read unless it is to rest. */
static int
wanted(const struct child *c)
{
	return (c->rests ? 0 : EPOLLIN) |
	    (chan_wants_write(&c->chan) ? EPOLLOUT : 0);
}

static int
control(int op, struct child *c)
{
	struct epoll_event e = { .events = (uint32_t)c->polls, .data.ptr = c };

	return epoll_ctl(toxid.epoll_fd, op, c->chan.fd, &e);
}

/* -1: there is no memory for it. */
int
watch_add(struct child *c)
{
	c->polls = wanted(c);
	return control(EPOLL_CTL_ADD, c);
}

void
watch_remove(struct child *c)
{
	if (control(EPOLL_CTL_DEL, c) == -1)
		fatal("%s", __func__);
}

/* What it waits for may have changed. */
void
watch_update(struct child *c)
{
	if (c->polls == wanted(c))
		return;
	c->polls = wanted(c);
	if (control(EPOLL_CTL_MOD, c) == -1)
		fatal("%s", __func__);
}

/* SPDX-License-Identifier: ISC */
/* Which events of a session's two sides wake its worker. */

#include "relayd.h"

/* The kernel wakes who waits for either of the first two with every byte. */
#define NEWS (EPOLLIN | EPOLLPRI)
#define SIDE_EVENTS (NEWS | EPOLLOUT | EPOLLRDHUP | EPOLLET)

int
session_watch(struct session *s, enum side side, int fd)
{
	return watch_add(&s->sides[side], fd, SIDE_EVENTS);
}

void
session_hear_no_more(struct session *s, enum side side)
{
	if ((s->unheard & 1U << side) != 0)
		return;
	s->unheard |= (uint8_t)(1U << side);
	watch_change(&s->sides[side], SIDE_EVENTS & ~(uint32_t)NEWS);
}

/* What is there already makes an event, too: none is lost. */
void
session_hear(struct session *s, enum side side)
{
	if ((s->unheard & 1U << side) == 0)
		return;
	s->unheard &= (uint8_t) ~(1U << side);
	watch_change(&s->sides[side], SIDE_EVENTS);
}

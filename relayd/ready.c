/* SPDX-License-Identifier: ISC */
/* Whose turn it is; and who waits for memory, the living before the draining.
 */

#include "relayd.h"

static struct sessions queues[QUEUE_MAX];
static size_t nready;

void
ready_init(void)
{
	struct sessions *q;

	for (q = queues; q < queues + QUEUE_MAX; q++)
		TAILQ_INIT(q);
	nready = 0;
}

void
session_dequeue(struct session *s)
{
	if (s->queue == QUEUE_NONE)
		return;
	nready -= s->queue == QUEUE_READY;
	TAILQ_REMOVE(&queues[s->queue], s, queued);
	s->queue = QUEUE_NONE;
}

static void
enqueue(struct session *s, enum session_queue queue)
{
	session_dequeue(s);
	TAILQ_INSERT_TAIL(&queues[queue], s, queued);
	s->queue = (uint8_t)queue;
}

void
session_ready(struct session *s)
{
	if (s->queue == QUEUE_READY)
		return;
	enqueue(s, QUEUE_READY);
	nready++;
}

void
session_waits(struct session *s)
{
	enqueue(s, s->drains ? QUEUE_LAST : QUEUE_WAITING);
}

struct session *
session_next_ready(void)
{
	struct session *s = TAILQ_FIRST(&queues[QUEUE_READY]);

	if (s != NULL)
		session_dequeue(s);
	return s;
}

size_t
sessions_ready(void)
{
	return nready;
}

void
sessions_make_ready(void)
{
	struct session *s;

	TAILQ_FOREACH (s, &relay.sessions, entry)
		session_ready(s);
}

int
sessions_wait_alive(void)
{
	return !TAILQ_EMPTY(&queues[QUEUE_WAITING]);
}

int
sessions_wait(void)
{
	return sessions_wait_alive() || !TAILQ_EMPTY(&queues[QUEUE_LAST]);
}

void
session_paced(struct session *s)
{
	enqueue(s, QUEUE_PACED);
}

static void
wake(enum session_queue queue)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&queues[queue])) != NULL)
		session_ready(s);
}

void
sessions_wake(void)
{
	wake(QUEUE_WAITING);
	wake(QUEUE_LAST);
}

void
sessions_wake_paced(void)
{
	wake(QUEUE_PACED);
}

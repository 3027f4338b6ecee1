/* SPDX-License-Identifier: ISC */
/* See tenant_queue.h. */

#include <stddef.h>
#include <sys/queue.h>

#include "change.h"
#include "child.h"
#include "payload_dial.h"
#include "tenant_queue.h"
#include "tenants.h"

struct queue {
	struct changes changes;
	TAILQ_ENTRY(queue) entry;
};

/* By policy, of which each tenant has one. */
static struct queue queues[POLICIES_MAX];

/* Those that are not empty, as it will be their turn. */
static TAILQ_HEAD(, queue) turns = TAILQ_HEAD_INITIALIZER(turns);

void
tenant_queue_put(struct change *ch, const char *tenant)
{
	struct queue *q = &queues[tenants_policy(tenant)];

	if (q->changes.tqh_last == NULL) /* the first that it ever has */
		TAILQ_INIT(&q->changes);
	if (TAILQ_EMPTY(&q->changes))
		TAILQ_INSERT_TAIL(&turns, q, entry);
	TAILQ_INSERT_TAIL(&q->changes, ch, entry);
}

struct change *
tenant_queue_take(void)
{
	struct queue *q = TAILQ_FIRST(&turns);
	struct change *ch;

	if (q == NULL)
		return NULL;
	ch = TAILQ_FIRST(&q->changes);
	TAILQ_REMOVE(&q->changes, ch, entry);
	TAILQ_REMOVE(&turns, q, entry);
	if (!TAILQ_EMPTY(&q->changes))
		TAILQ_INSERT_TAIL(&turns, q, entry);
	return ch;
}

int
tenant_queue_waits(void)
{
	return !TAILQ_EMPTY(&turns);
}

/* What it has asked for happens all the same; nobody wants the answer. */
void
tenant_queue_forget_asker(const struct child *asker)
{
	struct queue *q;
	struct change *ch;

	TAILQ_FOREACH (q, &turns, entry) {
		TAILQ_FOREACH (ch, &q->changes, entry) {
			if (ch->asker == asker)
				ch->asker = NULL;
		}
	}
}

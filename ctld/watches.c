/* SPDX-License-Identifier: ISC */
/* See watches.h. */

#include "agreed.h"
#include "child.h"
#include "msg.h"
#include "proxies.h"
#include "watches.h"

/* Its id says whether somebody waits. */
void
watch_tell_worker(const struct proxy *p)
{
	child_send_nothing(p->worker, MSG_RELAY_WATCH, p->is_watched);
}

static void
set(struct proxy *p, int is_watched)
{
	if (p->is_watched == is_watched)
		return;
	proxy_watched(p, is_watched);
	if (p->worker != NULL && p->worker->state != CHILD_GREETED)
		watch_tell_worker(p);
}

/* An apid in bad hands has no more of them hurry than an honest one may. */
void
watch_proxy(const struct proxy_watch *watch)
{
	struct proxy *p = proxy_find(&watch->proxy);

	if (p != NULL &&
	    (!watch->is_watched || proxies.nwatched < API_KEPT_MAX))
		set(p, watch->is_watched);
}

void
watches_forget(void)
{
	struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry)
		set(p, 0);
}

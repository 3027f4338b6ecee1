/* SPDX-License-Identifier: ISC */
/*
 * Proxies that came back from the store: each is to listen where it did.  One
 * whose address is taken is reported, and tried again for ever; the others are
 * served meanwhile.
 */

#include <errno.h>
#include <string.h>

#include "supervisor.h"

#define RETRY_EVERY NS_PER_S

static void
restore(struct proxy *p, int64_t now, int level)
{
	struct address bound;
	int fd;

	if (listen_open(&p->listen.address, &fd, &bound) == 0) {
		proxy_listens(p, fd, &bound);
		worker_assign(p);
		return;
	}
	p->bind_at = now + RETRY_EVERY;
	log_event(level, "Proxy cannot listen: trying again",
	    LOG_STR("proxy", p->name), LOG_STR("listen", p->listen.text),
	    LOG_STR("error", strerror(errno)));
}

void
restore_all(void)
{
	int64_t now = clock_now();
	struct proxy *p;

	TAILQ_FOREACH (p, &toxid.proxies, entry) {
		if (p->enabled)
			restore(p, now, LOG_ERROR);
	}
}

void
restore_tick(int64_t now)
{
	struct proxy *p;

	TAILQ_FOREACH (p, &toxid.proxies, entry) {
		if (now >= p->bind_at && p->storing == NULL)
			restore(p, now, LOG_DEBUG);
	}
}

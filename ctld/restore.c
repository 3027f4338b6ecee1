/* SPDX-License-Identifier: ISC */
/*
 * Proxies that came back from the store: each is to listen where it did, or to
 * hold its port, if it is disabled and its tenant has such.  One whose address
 * is taken is reported, and tried again for ever; the others are served
 * meanwhile.
 */

#include <errno.h>
#include <string.h>

#include "clock.h"
#include "container_of.h"
#include "dispatch_resolvd.h"
#include "due.h"
#include "endpoint.h"
#include "listen.h"
#include "log.h"
#include "msg.h"
#include "names.h"
#include "ports.h"
#include "proxies.h"
#include "replica.h"
#include "restore.h"
#include "workers.h"

#define RETRY_EVERY NS_PER_S

/* The first time aloud. */
static void
try_later(struct proxy *p, const char *why)
{
	p->bind_at = clock_now() + RETRY_EVERY;
	proxy_due(p);
	log_event(p->bind_failures++ == 0 ? LOG_ERROR : LOG_DEBUG,
	    "Proxy cannot listen: trying again", LOG_PROXY(&p->key),
	    LOG_STR("listen", p->listen.text), LOG_STR("error", why));
}

static void
bind_it(struct proxy *p, const struct address *a)
{
	enum endpoint_error e;
	struct address bound;
	char why[512];
	int fd;

	e = ports_bind(NULL, &p->key, NULL, a, &fd, &bound);
	if (e != ENDPOINT_OK) {
		try_later(
		    p, listen_error_text(e, &p->listen, why, sizeof(why)));
		return;
	}
	if (p->enabled) {
		proxy_listens(p, fd, &bound);
		worker_assign(p);
	} else {
		proxy_holds(p, fd, &bound);
	}
	replica_proxy(p);
}

static void
looked_up(struct waiter *w, const struct lookup_result *r)
{
	struct proxy *p = container_of(w, struct proxy, waiter);
	struct address a;
	char why[512];

	if (r->error == ENDPOINT_OK) {
		a = resolver_to_bind(r);
		bind_it(p, &a);
	} else {
		try_later(p,
		    endpoint_error_text(
			&p->listen, r->error, r->sys_errno, why, sizeof(why)));
	}
}

/* An address with a zone is asked for: its interface may have another number
 * by now.  All others are known. */
static void
restore(struct proxy *p)
{
	if (p->waiter.name != NULL)
		return;
	if (!p->enabled && !ports_hold(p)) { /* any more */
		p->bind_at = CLOCK_NEVER;
		return;
	}
	p->bind_at = clock_now() + RETRY_EVERY;
	proxy_due(p);
	p->waiter.done = looked_up;
	names_ask(&p->waiter, &p->listen);
}

void
restore_all(void)
{
	struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->enabled || ports_hold(p))
			restore(p);
	}
}

void
restore_look(struct proxy *p, int64_t now)
{
	if (now >= p->bind_at && p->storing == NULL)
		restore(p);
}

/* SPDX-License-Identifier: ISC */
/* How the service is, for /health: said to apid as soon as it is otherwise. */

#include <string.h>

#include "child.h"
#include "children.h"
#include "clock.h"
#include "health.h"
#include "mishaps.h"
#include "mode.h"
#include "msg.h"
#include "proxies.h"
#include "restarts.h"
#include "state.h"
#include "store.h"

static struct health said; /* what apid knows */

static void
add_wait(struct role_health *r, int64_t at)
{
	if (r->waiting++ == 0 || at < r->retry_at)
		r->retry_at = at;
}

static void
add_waits(struct health *h, int64_t now)
{
	const struct proxy *p;
	int role;

	/* of relayd's role: the spares */
	for (role = 0; role < ROLE_MAX; role++) {
		if (now < restarts.at[role])
			add_wait(&h->roles[role], restarts.at[role]);
	}
	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->restart_at != CLOCK_NEVER && now < p->restart_at)
			add_wait(&h->roles[ROLE_RELAYD], p->restart_at);
	}
}

static void
add_children(struct health *h)
{
	const struct child *c;

	TAILQ_FOREACH (c, &children.all, entry) {
		if (c->state == CHILD_RUNNING)
			h->roles[c->role].running++;
		else if (c->state == CHILD_STARTING)
			h->roles[c->role].starting++;
	}
}

/* Zeroed before: it is compared whole. */
static void
take(struct health *h, int64_t now)
{
	const struct mishap *m;
	struct role_health *r;
	int role;

	h->is_draining = (uint32_t)mode.is_draining;
	h->loss_lacks = ctld.start.loss_lacks;
	h->loss_pool = ctld.start.loss_pool;
	h->is_store_failing = (uint32_t)store_is_failing();
	for (role = 0; role < ROLE_MAX; role++) {
		r = &h->roles[role];
		r->restarts = restarts.of[role].count;
		m = mishap_last((enum role)role);
		r->error_at = m->at;
		memcpy(r->error, m->text, sizeof(r->error));
		r->error_proxy = m->proxy;
	}
	h->roles[ROLE_CTLD].running = 1;
	add_children(h);
	add_waits(h, now);
}

/* A new apid knows nothing. */
void
health_feed(void)
{
	memset(&said, 0xff, sizeof(said));
	health_tick(clock_now());
}

void
health_tick(int64_t now)
{
	struct health h;

	if (children.apid == NULL)
		return;
	memset(&h, 0, sizeof(h));
	take(&h, now);
	if (memcmp(&h, &said, sizeof(h)) == 0)
		return;
	said = h;
	child_send(children.apid, MSG_REPLICA_HEALTH, 0, &h, -1);
}

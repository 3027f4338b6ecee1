/* SPDX-License-Identifier: ISC */
/* See event_make.h; what a change comes to is in change_event.c. */

#include <string.h>

#include "address.h"
#include "callers.h"
#include "child.h"
#include "event_make.h"
#include "event_ring.h"
#include "proxies.h"
#include "state.h"
#include "tenant_limits.h"

struct event_record
event_about(enum event_kind kind, const struct proxy_key *key)
{
	struct event_record r;

	memset(&r, 0, sizeof(r));
	r.kind = kind;
	memcpy(r.of.tenant, key->tenant, sizeof(r.of.tenant));
	if (key->name[0] != '\0')
		event_add_text(&r, EVENT_SAYS, "proxy", key->name);
	return r;
}

void
event_by(struct event_record *r, const struct caller *by)
{
	char client[ADDRESS_TEXT_MAX];

	if (by->id == 0)
		return;
	if (by->name[0] != '\0')
		event_add_text(r, EVENT_SAYS, "token", by->name);
	caller_client_text(by, client);
	if (client[0] != '\0')
		event_add_text(r, EVENT_SAYS, "client", client);
	event_add_text(r, EVENT_SAYS, "request_id", by->request_id);
}

void
event_add_limit(struct event_record *r, enum limit limit, uint64_t value)
{
	event_add_text(r, EVENT_SAYS, "limit", limit_rows[limit].name);
	event_add_integer(r, EVENT_SAYS, "value", (int64_t)value);
}

/* Where the tenant has no such limit, an apid has made it up, or is late. */
void
event_called_too_often(const struct caller *by, uint32_t times)
{
	const uint64_t value = limits_of(by->tenant, LIMIT_OF_API_CALLS);
	struct proxy_key key = no_proxy_key;
	struct event_record r;

	if (value == 0)
		return;
	memcpy(key.tenant, by->tenant, sizeof(key.tenant));
	r = event_about(EVENT_LIMIT_HIT, &key);
	event_by(&r, by);
	event_add_text(&r, EVENT_SAYS, "reason",
	    "over the tenant's limits.api_calls_per_s");
	event_add_limit(&r, LIMIT_OF_API_CALLS, value);
	event_add_integer(&r, EVENT_SAYS, "times", times);
	event_ring_add(&r, EVENT_OF_TENANT);
}

void
event_lapse(const struct proxy_key *key, const char *toxic)
{
	struct event_record r = event_about(EVENT_LEASE_ENDED, key);

	if (toxic[0] != '\0')
		event_add_text(&r, EVENT_SAYS, "toxic", toxic);
	event_ring_add(&r, EVENT_OF_TENANT);
}

void
event_died(const struct child *c, int signal, int status)
{
	const int is_worker = c->proxy != NULL;
	struct event_record r =
	    event_about(is_worker ? EVENT_WORKER_DIED : EVENT_PROCESS_DIED,
		proxy_key_of(c->proxy));

	if (is_worker) {
		c->proxy->has_lost_worker = 1;
		event_add_integer(&r, EVENT_SAYS, "sessions",
		    (int64_t)c->counters.open_sessions);
	} else {
		event_add_text(&r, EVENT_SAYS, "process", role_name(c->role));
	}
	if (signal != 0)
		event_add_integer(&r, EVENT_SAYS, "signal", signal);
	else
		event_add_integer(&r, EVENT_SAYS, "status", status);
	event_ring_add(&r, is_worker ? EVENT_OF_TENANT : EVENT_OF_NOBODY);
}

void
event_replaced(struct proxy *p)
{
	const struct event_record r =
	    event_about(EVENT_WORKER_REPLACED, &p->key);

	if (p->has_lost_worker)
		event_ring_add(&r, EVENT_OF_TENANT);
	p->has_lost_worker = 0;
}

void
event_reloaded(unsigned int made, unsigned int replaced, unsigned int deleted,
    unsigned int unchanged)
{
	struct event_record r = event_about(EVENT_RELOADED, &no_proxy_key);

	event_add_integer(&r, EVENT_SAYS, "made", made);
	event_add_integer(&r, EVENT_SAYS, "replaced", replaced);
	event_add_integer(&r, EVENT_SAYS, "deleted", deleted);
	event_add_integer(&r, EVENT_SAYS, "unchanged", unchanged);
	event_ring_add(&r, EVENT_OF_NOBODY);
}

void
event_reload_failed(const char *why)
{
	struct event_record r = event_about(EVENT_RELOAD_FAILED, &no_proxy_key);

	event_add_text(&r, EVENT_SAYS, "reason", why);
	event_ring_add(&r, EVENT_OF_NOBODY);
}

void
event_follows(int is_upgrade)
{
	struct event_record r = event_about(
	    is_upgrade ? EVENT_UPGRADED : EVENT_PROCESS_DIED, &no_proxy_key);

	if (is_upgrade)
		event_add_text(&r, EVENT_SAYS, "version", TOXID_VERSION);
	else
		event_add_text(&r, EVENT_SAYS, "process", role_name(ROLE_CTLD));
	event_ring_add(&r, EVENT_OF_NOBODY);
}

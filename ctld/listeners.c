/* SPDX-License-Identifier: ISC */
/*
 * Listening sockets are lent: to one worker after another, to one apid after
 * another.  What the last one has spoilt the next one does not get, and one
 * that has stopped to listen ends the child that has it.
 */

#include <errno.h>
#include <string.h>

#include "api.h"
#include "child.h"
#include "clock.h"
#include "deadlines.h"
#include "due.h"
#include "endpoint.h"
#include "listen.h"
#include "listeners.h"
#include "log.h"
#include "mishaps.h"
#include "msg.h"
#include "proxies.h"
#include "state.h"

#define LOOK_EVERY (NS_PER_S / 2)
#define RETRY_EVERY NS_PER_S

/*
 * Not while it has stopped for a moment, for a change that is being committed,
 * or for good.
 */
static int
is_to_listen(const struct proxy *p)
{
	return p->listen_fd != -1 && p->storing == NULL && !ctld.is_draining;
}

static void
log_fault(const char *proxy, const char *fault)
{
	log_event(LOG_ERROR, "Listener was spoilt: a new one takes its place",
	    LOG_STR("proxy", proxy), LOG_STR("fault", fault));
}

static void
log_lost(const char *proxy, const struct address *a, enum endpoint_error e)
{
	struct endpoint where;
	char why[512];

	endpoint_of_address(&where, a);
	log_event(LOG_ERROR, "Listener cannot be replaced: trying again",
	    LOG_STR("proxy", proxy),
	    LOG_STR("error", listen_error_text(e, &where, why, sizeof(why))));
}

/*
 * Of a proxy without a worker.  Where its address is not to be had, listen_fd
 * is -1, and restore_look() goes on.
 */
void
listener_examine(struct proxy *p)
{
	const struct address *a = &p->listen.address;
	enum endpoint_error e;
	const char *fault;

	if (!is_to_listen(p) || !p->is_lent)
		return;
	if ((fault = listen_examine(&p->listen_fd, &e)) == NULL)
		return;
	log_fault(p->name, fault);
	if (e == ENDPOINT_OK) {
		p->is_lent = 0;
		return;
	}
	log_lost(p->name, a, e);
	listen_end(&p->listen_fd);
	p->bind_at = clock_now() + RETRY_EVERY;
	proxy_due(p);
}

/* Of the API, while there is no apid.  1: it can be lent. */
int
listener_examine_api(void)
{
	static int64_t again;
	enum endpoint_error e;
	struct address a;
	const char *fault;

	if (clock_now() < again)
		return 0;
	if ((fault = listen_examine(&ctld.api_fd, &e)) == NULL)
		return 1;
	log_fault("", fault);
	if (e == ENDPOINT_OK || api_address(&a) == -1)
		return 1;
	log_lost("", &a, e);
	mishap_note(ROLE_APID, NULL, "its address is lost");
	again = clock_now() + RETRY_EVERY;
	return 0;
}

static void
look_at(struct proxy *p)
{
	if (!is_to_listen(p) || listen_accepts(p->listen_fd))
		return;
	if (p->worker != NULL)
		child_kill(p->worker, "its listener does not listen");
	else
		listener_examine(p);
}

static void
look_at_all(struct deadline *d)
{
	struct proxy *p;

	TAILQ_FOREACH (p, &ctld.proxies, entry)
		look_at(p);
	if (ctld.apid != NULL && !listen_accepts(ctld.api_fd))
		child_kill(ctld.apid, "its listener does not listen");
	deadline_set(d, clock_now() + LOOK_EVERY);
}

/* No honest child ends the listening; one that does has others' clients. */
void
listeners_open(void)
{
	static struct deadline look = { .expired = look_at_all };

	deadline_set(&look, clock_now() + LOOK_EVERY);
}

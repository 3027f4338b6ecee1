/* SPDX-License-Identifier: ISC */
/*
 * Listening sockets are lent: to one worker after another, to one apid after
 * another.  What the last one has spoilt the next one does not get, and one
 * that has stopped to listen ends the child that has it.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "api.h"
#include "api_socket.h"
#include "child.h"
#include "children.h"
#include "clock.h"
#include "deadlines.h"
#include "door.h"
#include "due.h"
#include "endpoint.h"
#include "inspect.h"
#include "listen.h"
#include "listeners.h"
#include "log.h"
#include "mishaps.h"
#include "mode.h"
#include "msg.h"
#include "ports.h"
#include "proxies.h"
#include "truth.h"

/* What listen.c tells of at once is looked for as seldom. */
#define LOOK_EVERY (10 * NS_PER_S)
#define RETRY_EVERY NS_PER_S

/*
 * Not while it has stopped for a moment, for a change that is being committed,
 * or for good.
 */
static int
is_to_listen(const struct proxy *p)
{
	return p->listen_fd != -1 && p->storing == NULL && !mode.is_draining;
}

static void
log_fault(const struct proxy *p, const char *fault)
{
	log_event(LOG_ERROR, "Listener was spoilt: a new one takes its place",
	    LOG_PROXY(proxy_key_of(p)), LOG_STR("fault", fault));
}

static void
log_lost(const struct proxy *p, const struct address *a, enum endpoint_error e)
{
	struct endpoint where;
	char why[512];

	endpoint_of_address(&where, a);
	log_event(LOG_ERROR, "Listener cannot be replaced: trying again",
	    LOG_PROXY(proxy_key_of(p)),
	    LOG_STR("error", listen_error_text(e, &where, why, sizeof(why))));
}

/*
 * p: NULL for the API's.  What it is not, and was when toxid made it, is said.
 * 1: as it was, with who waits in its backlog, however long that was made; 0:
 * it is spoilt.
 */
static int
is_as_new(const struct proxy *p, int fd, const struct address *a)
{
	const int reference = listen_reference(a);
	const int refuses = p != NULL && door_refuses(p);
	const char *fault;

	if (reference != -1 && p != NULL)
		door_set_reference(p, reference);
	fault = refuses ? listen_fault_but_for_that(fd, reference)
			: listen_fault(fd, reference);
	if (reference != -1)
		close(reference);
	if (fault != NULL)
		log_fault(p, fault);
	else if (p != NULL)
		door_again(p);
	else
		listen_again(fd);
	return fault == NULL;
}

/*
 * Of a proxy without a worker.  Where its address is not to be had, listen_fd
 * is -1, and restore_look() goes on.
 */
void
listener_examine(struct proxy *p)
{
	struct address bound, *a = &p->listen.address;
	enum endpoint_error e;
	int fd;

	if (!is_to_listen(p) || !p->is_lent || is_as_new(p, p->listen_fd, a))
		return;
	e = ports_bind(NULL, &p->key, p, a, &fd, &bound);
	if (e != ENDPOINT_OK)
		log_lost(p, a, e);
	listen_end(&p->listen_fd);
	p->listen_fd = fd;
	door_set(p);
	p->is_lent = 0;
	truth_proxy_changed(p);
	if (e == ENDPOINT_OK)
		return;
	p->bind_at = clock_now() + RETRY_EVERY;
	proxy_due(p);
}

/* Nobody can make another in its place. */
static void
examine_socket(void)
{
	const char *fault = api_socket_fault();

	if (fault == NULL)
		return;
	log_event(LOG_ERROR,
	    "The API's socket was spoilt: there is none until the next start",
	    LOG_STR("fault", fault));
	api_end_socket();
}

/* Of the API, while there is no apid.  1: they can be lent. */
int
listener_examine_api(void)
{
	static int64_t again;
	struct address a, bound;
	enum endpoint_error e;
	int fd, old = api_fd();

	examine_socket();
	if (clock_now() < again || api_address(&a) == -1)
		return 0;
	if (is_as_new(NULL, old, &a))
		return 1;
	e = listen_bind_api(old, &a, &fd, &bound);
	if (e == ENDPOINT_OK) {
		listen_end(&old);
		api_listens(fd);
		return 1;
	}
	log_lost(NULL, &a, e);
	mishap_note(ROLE_APID, NULL, "its address is lost");
	again = clock_now() + RETRY_EVERY;
	return 0;
}

static void
look_at(struct proxy *p)
{
	if (!is_to_listen(p) || door_refuses(p) || listen_accepts(p->listen_fd))
		return;
	if (p->worker != NULL)
		child_kill(p->worker, "its listener does not listen");
	else
		listener_examine(p);
}

static void
look_at_all(void)
{
	struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry)
		look_at(p);
	if (children.apid != NULL &&
	    (!listen_accepts(api_fd()) || !api_socket_listens()))
		child_kill(children.apid, "its listener does not listen");
}

static void
look_again(struct deadline *d)
{
	look_at_all();
	deadline_set(d, clock_now() + LOOK_EVERY);
}

static struct deadline look = { .expired = look_again };

/* One look for all that end in the same turn. */
static void
look_now(void)
{
	deadline_set(&look, clock_now());
}

/*
 * An earlier ctld may have had another bound in its place, for a change that is
 * not true: that one is gone now.  Or it had begun to hold a port, or ended
 * that, for such a one.
 */
void
listeners_go_on(void)
{
	const struct proxy *p;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (p->held_fd != -1)
			listen_hold(p->held_fd);
		else if (p->listen_fd != -1 && !door_refuses(p) &&
		    ports_of(NULL, p->key.tenant) != 0 &&
		    !listen_accepts(p->listen_fd))
			door_again(p);
		else
			door_set(p);
	}
}

/* No honest child ends the listening; one that does has others' clients. */
void
listeners_open(void)
{
	listen_tell(look_now);
	deadline_set(&look, clock_now() + LOOK_EVERY);
}

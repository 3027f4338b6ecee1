/* SPDX-License-Identifier: ISC */
/*
 * The end.  With -drain, sessions have some time to end by themselves: no new
 * client comes, nothing is changed, reads are answered until the last session
 * has ended or the time is over.
 */

#include "agenda.h"
#include "child.h"
#include "children.h"
#include "clock.h"
#include "drain.h"
#include "later.h"
#include "listen.h"
#include "log.h"
#include "mode.h"
#include "notify.h"
#include "proxies.h"
#include "state.h"
#include "workers.h"

/* A worker that has not stopped listening within it is not waited for. */
#define STOP_WITHIN NS_PER_S

static int64_t stop_by, drain_until;

static int
has_worker(const struct proxy *p)
{
	return p->worker != NULL && p->worker->state != CHILD_KILLED;
}

/*
 * The worker says when it has taken in who is in the backlog; there is no use
 * in waiting for one that there is not.  The descriptor stays, because the
 * proxy is not disabled.
 */
static void
stop_listening(struct proxy *p)
{
	if (!has_worker(p))
		return;
	later_now(p->worker); /* what it answers without a HELLO is dropped */
	child_send_nothing(p->worker, MSG_RELAY_DRAIN, DRAIN_ID);
}

static void
see_that_it_has_stopped(const struct proxy *p, int64_t now)
{
	if (p->listen_fd != -1 && (!has_worker(p) || now >= stop_by))
		listen_stop(p->listen_fd);
}

static void
start(void)
{
	struct proxy *p;

	mode_drain();
	agenda_add(AGENDA_HEALTH);
	stop_by = clock_now() + STOP_WITHIN;
	drain_until = clock_now() + ctld.options.drain * NS_PER_S;
	TAILQ_FOREACH (p, &proxies.all, entry)
		stop_listening(p);
}

/*
 * Clients may have come in that a worker has not counted yet; one that is
 * retired counts no more, but ends with its last.
 */
static int
all_have_answered(void)
{
	const struct proxy *p;
	const struct child *c;

	TAILQ_FOREACH (p, &proxies.all, entry) {
		if (has_worker(p) && !p->worker->is_drained)
			return 0;
	}
	TAILQ_FOREACH (c, &children.all, entry) {
		if (c->state == CHILD_RETIRED)
			return 0;
	}
	return 1;
}

void
drain_tick(int64_t now)
{
	const struct proxy *p;

	if (!mode.is_draining || mode.quit)
		return;
	TAILQ_FOREACH (p, &proxies.all, entry)
		see_that_it_has_stopped(p, now);
	if (workers_sessions() == 0 && all_have_answered()) {
		log_info("All sessions have ended");
		mode_quit();
	} else if (now >= drain_until) {
		log_event(LOG_WARN, "Sessions are cut off",
		    LOG_INT("sessions", (int64_t)workers_sessions()));
		mode_quit();
	}
}

/* Whoever asks for the end twice does not want to wait for sessions. */
void
drain_asked(void)
{
	if (mode.quit)
		return;
	log_event(LOG_INFO,
	    mode.is_draining ? "Shutdown without a drain" : "Shutdown started",
	    LOG_INT("sessions", (int64_t)workers_sessions()),
	    LOG_INT("drain_s", mode.is_draining ? 0 : ctld.options.drain));
	notify_stopping();
	if (mode.is_draining || ctld.options.drain == 0)
		mode_quit();
	else
		start();
	drain_tick(clock_now()); /* there may be nobody to wait for */
}

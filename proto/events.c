/* SPDX-License-Identifier: ISC */
/* The loop, and a channel in it: read when something is there, write when it
 * fits. */

#include <sys/prctl.h>

#include "events.h"
#include "log.h"

/* libevent would write to stderr: there is none, and no write(2) either. */
static void
log_of_libevent(int severity, const char *text)
{
	if (severity >= EVENT_LOG_WARN)
		log_warnx("libevent: %s", text);
}

/*
 * No changelist: a descriptor that was passed on lives in another process, so
 * that close(2) alone would leave it in the epoll set.  And no time of the last
 * wake-up: what is to come in 2 s would come early where there was much to do.
 */
struct event_base *
events_open(void)
{
	struct event_base *base;
	struct event_config *config;

	event_set_log_callback(log_of_libevent);
	if ((config = event_config_new()) == NULL ||
	    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) == -1 ||
	    event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME) ==
		-1 ||
	    event_config_require_features(config, EV_FEATURE_ET) == -1 ||
	    (base = event_base_new_with_config(config)) == NULL)
		fatalx("%s", __func__);
	event_config_free(config);
	if (prctl(PR_SET_TIMERSLACK, 1) == -1)
		fatal("%s: timer slack", __func__);
	return base;
}

/* peer_flush() runs after every pass of the loop, and does the writing. */
static void
peer_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

void
peer_open(
    struct peer *p, struct event_base *base, event_callback_fn on_readable)
{
	if (event_assign(&p->readable, base, p->chan.fd, EV_READ | EV_PERSIST,
		on_readable, p) == -1 ||
	    event_assign(&p->writable, base, p->chan.fd, EV_WRITE,
		peer_writable, p) == -1 ||
	    event_add(&p->readable, NULL) == -1)
		fatalx("%s", __func__);
}

void
peer_close(struct peer *p)
{
	if (p->chan.fd == -1)
		return;
	event_del(&p->readable);
	event_del(&p->writable);
	chan_close(&p->chan);
}

/* That the other end has gone is for the reader to see. */
void
peer_flush(struct peer *p)
{
	if (p->chan.fd == -1 || !chan_wants_write(&p->chan) ||
	    event_pending(&p->writable, EV_WRITE, NULL))
		return;
	if (chan_flush(&p->chan) == 0 && chan_wants_write(&p->chan))
		event_add(&p->writable, NULL);
}

/* SPDX-License-Identifier: ISC */
/* See draining.h. */

#include <event2/event.h>

#include "clock.h"
#include "draining.h"
#include "items.h"
#include "log.h"
#include "must.h"

#define COUNT_EVERY_MS 500
/*
 * Workers say how many sessions they have some times a second; and who has
 * looked the address up a moment ago is still on the way.
 */
#define COUNT_FIRST_MS 1000

static struct {
	void (*changed)(int is_over);
	struct event *timer;
	int is_wanted, is_over, is_done;
	int64_t began_at, until;
} draining;

static void
wait(int64_t ms)
{
	const struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	evtimer_add(draining.timer, &tv);
}

static void
end(int64_t sessions)
{
	log_event(LOG_INFO, "Drain is over",
	    LOG_INT("waited_ms", (clock_now() - draining.began_at) / NS_PER_MS),
	    LOG_INT("open_sessions", sessions));
	draining.is_over = 1;
	draining.changed(1);
}

/* Of the proxies that the node is to have: others' are not its matter. */
static int64_t
count(const json_t *proxies)
{
	struct document d;
	struct faults faults = { .n = 0 };
	const char *name;
	json_t *each;
	int64_t n = 0;

	document_make(&d, "", &faults);
	json_object_foreach((json_t *)(uintptr_t)proxies, name, each)
	{
		if (document_has(&d, ITEM_PROXY, name))
			n += json_integer_value(
			    json_object_get(each, "open_sessions"));
	}
	faults_free(&faults);
	document_free(&d);
	return n;
}

static void
on_count(const json_t *proxies)
{
	int64_t sessions;

	if (!draining.is_wanted || draining.is_over)
		return;
	/* toxid is away: it may be back in time */
	sessions = proxies != NULL ? count(proxies) : -1;
	if (sessions == 0 || clock_now() >= draining.until)
		end(sessions);
	else
		wait(COUNT_EVERY_MS);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (clock_now() >= draining.until)
		end(-1);
	else
		daemon_count(on_count);
}

void
draining_follow(int is_wanted, int within_s)
{
	const int was_wanted = draining.is_wanted;

	draining.is_wanted = is_wanted;
	draining.until = draining.began_at + within_s * NS_PER_S;
	if (is_wanted == was_wanted)
		return;
	draining.is_over = draining.is_done = 0;
	if (!is_wanted) {
		log_event(LOG_INFO, "Drain is called off",
		    LOG_INT("within_s", within_s));
		evtimer_del(draining.timer);
		draining.changed(1);
		return;
	}
	draining.began_at = clock_now();
	draining.until = draining.began_at + within_s * NS_PER_S;
	log_event(LOG_INFO, "Drain begins", LOG_INT("within_s", within_s));
	wait(within_s > 0 ? COUNT_FIRST_MS : 0);
	draining.changed(0);
}

void
draining_done(void)
{
	draining.is_done = draining.is_wanted && draining.is_over;
}

enum drain
draining_is(void)
{
	if (!draining.is_wanted)
		return DRAIN_NONE;
	return draining.is_done ? DRAIN_DONE : DRAIN_UNDER_WAY;
}

int
draining_holds(void)
{
	return draining.is_wanted && !draining.is_over;
}

int
draining_wants_none(void)
{
	return draining.is_wanted && draining.is_over;
}

void
draining_open(struct event_base *base, void (*changed)(int is_over))
{
	draining.changed = changed;
	draining.timer = must(evtimer_new(base, on_timer, NULL));
}

void
draining_close(void)
{
	event_free(draining.timer);
}

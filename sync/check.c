/* SPDX-License-Identifier: ISC */
/* --check: is there an etcd, and a toxid, and do they let this node in? */

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>

#include "check.h"
#include "daemon.h"
#include "locks.h"
#include "options.h"
#include "source.h"

static struct {
	struct event_base *base;
	const struct options *options;
	size_t items, tries;
	int is_asked; /* of the two, who has answered */
	int rc;
} check;

static void
answered(int is_well)
{
	if (!is_well)
		check.rc = 1;
	if (++check.is_asked == 2)
		event_base_loopbreak(check.base);
}

static void
on_list_begins(void)
{
	check.items = 0;
}

static void
on_item(const struct item_news *item)
{
	(void)item;
	check.items++;
}

static void
on_listed(int64_t revision)
{
	printf("etcd: ok: %zu keys below %s concern %s, at revision %" PRId64
	       "\n",
	    check.items, check.options->prefix, check.options->node, revision);
	answered(1);
}

static void
on_changed(int64_t revision)
{
	(void)revision;
}

static void
list_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	etcd_source.list();
}

/* Each end point has its turn. */
static void
on_lost(const char *why)
{
	static const struct timeval now;

	printf("etcd: %s\n", why);
	if (++check.tries < check.options->etcd.n)
		event_base_once(
		    check.base, -1, EV_TIMEOUT, list_again, NULL, &now);
	else
		answered(0);
}

static void
on_look(const struct daemon_state *s)
{
	const char *url = check.options->toxid;

	if (s->health == DAEMON_UNREACHABLE)
		printf("toxid: %s: %s\n", url, s->why);
	else if (!s->has_source)
		printf("toxid: %s: version %s does not let this node ask for "
		       "/desired, or does not know it\n",
		    url, s->version);
	else
		printf("toxid: ok: version %s; its source %s is %s%s\n",
		    s->version, check.options->source,
		    s->generation[0] != '\0' ? "at generation " : "not there",
		    s->generation);
	answered(s->has_source);
}

int
check_run(struct event_base *base, const struct options *options)
{
	static const struct source_news news = {
		.list_begins = on_list_begins,
		.item = on_item,
		.listed = on_listed,
		.changed = on_changed,
		.lost = on_lost,
	};

	check.base = base;
	check.options = options;
	locks_take(options);
	etcd_source.open(base, options, &news);
	daemon_open(options);
	etcd_source.list();
	daemon_look(on_look);
	event_base_dispatch(base);
	etcd_source.close();
	daemon_close();
	return check.rc;
}

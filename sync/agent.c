/* SPDX-License-Identifier: ISC */
/*
 * The one loop of it all: what the source has told becomes a document, toxid is
 * given that, and what comes of it is reported.  Whatever fails is tried again;
 * nothing of toxid's is taken back because somebody is away.
 */

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "backoff.h"
#include "clock.h"
#include "daemon.h"
#include "draining.h"
#include "items.h"
#include "log.h"
#include "must.h"
#include "options.h"
#include "source.h"
#include "status.h"
#include "text.h"

/*
 * What changes in a burst is put at once: when nothing has come for so long, or
 * so long after its first.
 */
#define QUIET_MS 20
#define BURST_MS 200
#define LOOK_EVERY_MS 2000
#define RETIRE_WITHIN_S 2
#define REFUSED_AGAIN_MS 30000 /* what was in its way may have gone */

static struct {
	struct event_base *base;
	const struct options *options;
	const struct source *source;
	struct event *list_timer, *put_timer, *look_timer;
	struct backoff list_backoff, put_backoff;
	int is_whole;     /* all items have been told, once */
	int is_lost;      /* which has been said */
	int64_t put_at;   /* 0: toxid has what it is to have */
	int64_t burst_at; /* the first change of it; 0: there is none */
	int is_putting;
	struct document document; /* which is put, or was last */
	int64_t revision;         /* of which it is */
	int is_empty;             /* it is a drained node's */
	char *generation;         /* as toxid has it; NULL: not known */
	int64_t uptime_s;         /* of toxid, when it was looked at */
	struct status status;
	char *said; /* the status, as it was reported */
} agent;

static void
start_timer(struct event *timer, int64_t ms)
{
	const struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	evtimer_add(timer, &tv);
}

/* Only what has changed is said, and nothing before all is known. */
static void
tell_status(void)
{
	char *text;

	if (!agent.is_whole || agent.status.health == DAEMON_UNKNOWN)
		return;
	agent.status.drain = draining_is();
	text = status_text(&agent.status, agent.options);
	if (agent.said != NULL && strcmp(text, agent.said) == 0) {
		free(text);
		return;
	}
	free(agent.said);
	agent.said = text;
	agent.source->report(text, strlen(text));
}

/* ---- a document, to toxid */

static void
put_until(int64_t at)
{
	const int64_t ms = (at - clock_now()) / NS_PER_MS;

	agent.put_at = at;
	start_timer(agent.put_timer, ms > 0 ? ms : 0);
}

static void
put_now(void)
{
	put_until(clock_now());
}

/* What changes in a burst is one document. */
static void
put_soon(void)
{
	const int64_t now = clock_now();
	int64_t at = now + QUIET_MS * NS_PER_MS, last;

	if (agent.burst_at == 0)
		agent.burst_at = now;
	last = agent.burst_at + BURST_MS * NS_PER_MS;
	put_until(at < last ? at : last);
}

/* Unless it is due anyway. */
static void
put_again(int64_t ms)
{
	if (agent.put_at == 0)
		put_until(clock_now() + ms * NS_PER_MS);
}

static void
log_refusal(const char *message, int is_known)
{
	const struct fault *f =
	    agent.status.faults.n > 0 ? agent.status.faults.fault : NULL;

	log_event(is_known ? LOG_DEBUG : LOG_WARN, "Document not applied",
	    LOG_INT("revision", agent.status.error_revision),
	    LOG_STR("error", message),
	    LOG_STR("key", f != NULL && f->key != NULL ? f->key : ""),
	    LOG_STR("fault", f != NULL && f->error != NULL ? f->error : ""));
}

static void
refuse(int64_t revision, const char *message)
{
	const struct status *s = &agent.status;
	const int is_known = s->error != NULL &&
	    s->error_revision == revision && strcmp(s->error, message) == 0;

	status_set_error(&agent.status, revision, message);
	log_refusal(message, is_known);
	tell_status();
}

/* What is empty says nothing: a fault may be of the whole document. */
static char *
text_in(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL && *text != '\0' ? must(strdup(text)) : NULL;
}

/* What toxid has found, and what the source calls the item that it is about. */
static void
take_faults(const json_t *reply)
{
	const json_t *each;
	const char *where, *item;
	struct fault *f;
	size_t i;

	faults_free(&agent.status.faults);
	json_array_foreach(json_object_get(reply, "faults"), i, each)
	{
		if ((f = faults_add(&agent.status.faults)) == NULL)
			continue;
		f->item = text_in(each, "item");
		f->name = text_in(each, "name");
		f->field = text_in(each, "field");
		f->error = text_in(each, "error");
		f->source = text_in(each, "source");
		item = f->item != NULL ? f->item : "";
		where = document_where(&agent.document, item);
		f->key = where != NULL ? must(strdup(where)) : NULL;
	}
}

static void
log_applied(const json_t *reply)
{
	const json_t *changes = json_object_get(reply, "changes");

	log_event(LOG_INFO, "Document applied",
	    LOG_INT("revision", agent.revision),
	    LOG_INT(
		"made", json_integer_value(json_object_get(changes, "made"))),
	    LOG_INT("replaced",
		json_integer_value(json_object_get(changes, "replaced"))),
	    LOG_INT("removed",
		json_integer_value(json_object_get(changes, "removed"))),
	    LOG_INT("unchanged",
		json_integer_value(json_object_get(changes, "unchanged"))));
}

static void
applied(const struct daemon_put *put)
{
	backoff_reset(&agent.put_backoff);
	free(agent.generation);
	agent.generation = text_format("%lld", (long long)agent.revision);
	status_set_applied(&agent.status, agent.revision, put->reply);
	status_clear_error(&agent.status);
	log_applied(put->reply);
	if (agent.is_empty)
		draining_done();
}

/* What was answered by a 4xx would be so again at once. */
static void
not_applied(const struct daemon_put *put)
{
	char *why;

	take_faults(put->reply);
	why = put->status == 0
	    ? text_format("toxid does not answer")
	    : text_format("toxid: HTTP %ld: %s", put->status, put->why);
	if (put->status == 0)
		log_event(LOG_DEBUG, "toxid does not answer",
		    LOG_STR("error", put->why));
	refuse(agent.revision, why);
	free(why);
	put_again(put->status / 100 == 4 ? REFUSED_AGAIN_MS
					 : backoff_next(&agent.put_backoff));
}

static void
on_put(const struct daemon_put *put)
{
	const int is_due = agent.put_at != 0 && agent.put_at <= clock_now();

	agent.is_putting = 0;
	text_free(&agent.document.text);
	if (put->status / 100 == 2)
		applied(put);
	else
		not_applied(put);
	if (is_due)
		put_now();
	tell_status();
}

/* 0, or -1: it cannot be, and that is said. */
static int
make_document(void)
{
	char *generation = text_format("%lld", (long long)agent.revision);
	struct document made;
	struct faults faults = { .n = 0 };
	int rc = 0;

	agent.is_empty = draining_wants_none();
	if (agent.is_empty)
		document_make_empty(&made, generation);
	else
		rc = document_make(&made, generation, &faults);
	free(generation);
	if (rc == 0) {
		document_free(&agent.document);
		agent.document = made;
		return 0;
	}
	document_free(&made);
	faults_free(&agent.status.faults);
	agent.status.faults = faults;
	refuse(agent.revision, "the document has items that are none");
	return -1;
}

static void
on_put_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	/* A drain that is under way ends with the document it began with. */
	if (agent.put_at == 0 || !agent.is_whole || agent.is_putting ||
	    draining_holds())
		return;
	agent.put_at = agent.burst_at = 0;
	agent.revision = agent.status.revision;
	if (make_document() == -1)
		return;
	agent.is_putting = 1;
	daemon_put(agent.document.text.at, on_put);
}

/* ---- toxid, as it is */

/* It has been away, or is another, or has another document: it is told again.
 */
static int
has_changed(const struct daemon_state *s)
{
	if (agent.generation == NULL || agent.is_putting)
		return 0;
	return agent.status.health == DAEMON_UNREACHABLE ||
	    s->uptime_s < agent.uptime_s ||
	    (s->has_source && strcmp(s->generation, agent.generation) != 0);
}

static void
log_health(const struct daemon_state *s)
{
	if (s->health == agent.status.health)
		return;
	if (s->health == DAEMON_UNREACHABLE)
		log_event(LOG_WARN, "toxid is away",
		    LOG_STR("url", agent.options->toxid),
		    LOG_STR("error", s->why));
	else
		log_event(LOG_INFO, "toxid is there",
		    LOG_STR("url", agent.options->toxid),
		    LOG_STR("toxid_version", s->version));
}

static void
on_look(const struct daemon_state *s)
{
	const int is_there = s->health != DAEMON_UNREACHABLE;

	log_health(s);
	if (is_there && has_changed(s)) {
		log_event(LOG_INFO, "toxid is told again",
		    LOG_STR("generation", s->generation));
		put_now();
	}
	if (is_there)
		agent.uptime_s = s->uptime_s;
	/* what waits to be tried again need not wait any more */
	if (is_there && agent.status.health == DAEMON_UNREACHABLE &&
	    agent.put_at != 0)
		put_now();
	agent.status.health = s->health;
	tell_status();
	start_timer(agent.look_timer, LOOK_EVERY_MS);
}

static void
on_look_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	daemon_look(on_look);
}

/* ---- the source, as it tells */

static void
on_list_begins(void)
{
	items_list_begins();
}

static void
follow_drain(void)
{
	int within_s = 0, is_wanted = items_drain(&within_s);

	draining_follow(is_wanted, within_s);
}

static void
on_listed(int64_t revision)
{
	log_event(LOG_INFO, "Documents listed",
	    LOG_STR("source", agent.source->name),
	    LOG_INT("revision", revision));
	items_list_ends(1);
	agent.is_whole = 1;
	agent.is_lost = 0;
	backoff_reset(&agent.list_backoff);
	agent.status.revision = revision;
	agent.source->watch(revision);
	follow_drain();
	put_now();
	tell_status();
}

static void
on_changed(int64_t revision)
{
	agent.status.revision = revision;
	follow_drain();
	put_soon();
}

/* What was told before still counts: toxid may need it. */
static void
on_lost(const char *why)
{
	const int64_t ms = backoff_next(&agent.list_backoff);

	log_event(agent.is_lost ? LOG_DEBUG : LOG_WARN, "Source lost",
	    LOG_STR("source", agent.source->name), LOG_STR("error", why),
	    LOG_INT("again_in_ms", ms));
	items_list_ends(0);
	agent.is_lost = 1;
	start_timer(agent.list_timer, ms);
}

static void
on_list_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	agent.source->list();
}

static const struct source_news news = {
	.list_begins = on_list_begins,
	.item = items_set,
	.listed = on_listed,
	.changed = on_changed,
	.lost = on_lost,
};

/* ---- draining has something to say */

static void
on_drain(int is_over)
{
	if (is_over)
		put_now();
	tell_status();
}

void
agent_open(struct event_base *base, const struct options *options,
    const struct source *source)
{
	agent.base = base;
	agent.options = options;
	agent.source = source;
	agent.list_timer = must(evtimer_new(base, on_list_timer, NULL));
	agent.put_timer = must(evtimer_new(base, on_put_timer, NULL));
	agent.look_timer = must(evtimer_new(base, on_look_timer, NULL));
	agent.list_backoff =
	    (struct backoff){ .first_ms = 100, .most_ms = 8000 };
	agent.put_backoff =
	    (struct backoff){ .first_ms = 200, .most_ms = 5000 };
	daemon_open(options);
	draining_open(base, on_drain);
	source->open(base, options, &news);
	start_timer(agent.list_timer, 0);
	start_timer(agent.look_timer, 0);
}

static void
on_retired(void)
{
	event_base_loopbreak(agent.base);
}

void
agent_retire(void)
{
	static const struct timeval most = { .tv_sec = RETIRE_WITHIN_S };

	evtimer_del(agent.list_timer);
	evtimer_del(agent.put_timer);
	evtimer_del(agent.look_timer);
	event_base_loopexit(agent.base, &most);
	agent.source->retire(on_retired);
}

void
agent_close(void)
{
	agent.source->close();
	draining_close();
	daemon_close();
	event_free(agent.list_timer);
	event_free(agent.put_timer);
	event_free(agent.look_timer);
	items_clear();
	document_free(&agent.document);
	status_free(&agent.status);
	free(agent.generation);
	free(agent.said);
}

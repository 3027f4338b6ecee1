/* SPDX-License-Identifier: ISC */
/*
 * What a node says of itself: its status, under a lease, so that it goes when
 * the node does; and, for good, that there is such a node.  One request at a
 * time, of what is most urgent.
 */

#include <event2/event.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "etcd_session.h"
#include "etcd_source.h"
#include "fleet_keys.h"
#include "log.h"
#include "must.h"
#include "options.h"
#include "status.h"
#include "text.h"
#include "times.h"

#define ANSWER_MAX ((size_t)1024 * 1024)
#define WITHIN_MS 5000
/* What etcd does not let this node say is tried again so much later. */
#define AGAIN_MS 30000
#define RETIRE_WITHIN_MS 1000

static struct {
	const struct options *options;
	char *known_key, *status_key;
	struct event *timer; /* the next keep-alive, or try */
	struct session_call *call;
	int is_up;
	int is_known;       /* PREFIX/nodes/NODE is there, with its labels */
	int64_t lease;      /* 0: none */
	int64_t keep_at;    /* when it is to be kept alive, monotonic */
	int64_t not_before; /* it was refused: try again at that time */
	struct text status; /* what is to be there */
	int is_put;         /* ... and is */
	void (*retired)(void);
} report;

static void step(void);

static void
step_in(int64_t ms)
{
	const struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	evtimer_add(report.timer, &tv);
}

static int64_t
keep_every_ms(void)
{
	return report.options->lease * 1000 / 3;
}

static void
/* NOLINTNEXTLINE(readability-non-const-parameter): session_ask() owns it */
ask(const char *path, char *body, session_fn *on_end)
{
	const int64_t lease_ms = report.options->lease * 1000;
	const struct session_request r = {
		.path = path,
		.body = body,
		.timeout_ms = report.retired != NULL ? RETIRE_WITHIN_MS
		    : lease_ms / 2 < WITHIN_MS       ? lease_ms / 2
						     : WITHIN_MS,
		.answer_max = ANSWER_MAX,
		.on_end = on_end,
	};

	report.call = session_ask(&r);
}

/*
 * Why there is no answer: either etcd is not there, or it does not let this
 * node do that, which is no reason not to hear of documents.
 */
static void
fail(const struct etcd_error *err)
{
	if (report.retired != NULL) {
		report.retired();
		return;
	}
	if (err->code != ETCD_PERMISSION_DENIED &&
	    err->code != ETCD_INVALID_ARGUMENT) {
		etcd_lost_of(err);
		return;
	}
	log_event(LOG_WARN, "Status cannot be written",
	    LOG_STR("error", err->message));
	report.not_before = clock_now() + AGAIN_MS * NS_PER_MS;
	step();
}

/* 0: there is an answer. */
static int
has_none(const struct etcd_answer *answer, const char *failure)
{
	report.call = NULL;
	if (answer != NULL)
		return 0;
	if (report.retired != NULL)
		report.retired();
	else
		etcd_parts->lost(failure);
	return 1;
}

/* ---- that there is such a node */

static void
on_known_put(const struct etcd_answer *answer, const char *failure)
{
	struct etcd_header header;
	struct etcd_error err;

	if (has_none(answer, failure))
		return;
	if (etcd_read_done(answer, &header, &err) == -1) {
		fail(&err);
		return;
	}
	report.is_known = 1;
	step();
}

/* When it was first seen stays as it is. */
static void
put_known(const char *before, size_t len)
{
	json_t *old = json_loadb(before, len, 0, NULL), *known;
	json_t *labels = status_labels(report.options);
	const char *seen =
	    json_string_value(json_object_get(old, "first_seen"));
	char now[TIMES_SIZE], *text;

	if (seen != NULL &&
	    json_equal(json_object_get(old, "labels"), labels)) {
		report.is_known = 1;
		json_decref(labels);
		json_decref(old);
		step();
		return;
	}
	known = must(json_pack("{s:o, s:s}", "labels", labels, "first_seen",
	    seen ? seen : times_now(now)));
	text = must(json_dumps(known, JSON_COMPACT));
	ask(ETCD_PUT, etcd_put(report.known_key, text, strlen(text), 0),
	    on_known_put);
	free(text);
	json_decref(known);
	json_decref(old);
}

static void
on_known(const struct etcd_answer *answer, const char *failure)
{
	struct etcd_list list;
	struct etcd_error err;

	if (has_none(answer, failure))
		return;
	if (etcd_read_list(answer, &list, &err) == -1) {
		fail(&err);
		return;
	}
	if (list.kvs.n > 0)
		put_known(list.kvs.kv[0].value, list.kvs.kv[0].value_len);
	else
		put_known("", 0);
	etcd_kvs_free(&list.kvs);
}

static void
ask_known(void)
{
	const struct etcd_range r = { .key = report.known_key };

	ask(ETCD_RANGE, etcd_range(&r), on_known);
}

/* ---- the lease, and what is under it */

static void
lose_lease(void)
{
	report.lease = 0;
	report.is_put = 0;
}

/* Of grant and keep-alive: a lease that is none has no time left. */
static void
on_lease(const struct etcd_answer *answer, const char *failure)
{
	const int was_there = report.lease != 0;
	struct etcd_error err;
	int64_t lease, ttl;

	if (has_none(answer, failure))
		return;
	if (etcd_read_lease(answer, &lease, &ttl, &err) == -1) {
		fail(&err);
		return;
	}
	if (ttl <= 0) {
		log_event(LOG_WARN, "Lease lost",
		    LOG_STR("node", report.options->node));
		lose_lease();
		if (!was_there) /* not at once: it is no lease that it gives */
			report.not_before = clock_now() + NS_PER_S;
	} else {
		report.lease = lease;
		report.keep_at = clock_now() + keep_every_ms() * NS_PER_MS;
	}
	step();
}

static void
on_status_put(const struct etcd_answer *answer, const char *failure)
{
	struct etcd_header header;
	struct etcd_error err;

	if (has_none(answer, failure))
		return;
	if (etcd_read_done(answer, &header, &err) == 0) {
		step();
		return;
	}
	report.is_put = 0;
	if (strstr(err.message, "lease not found") != NULL) {
		log_event(LOG_WARN, "Lease lost",
		    LOG_STR("node", report.options->node));
		lose_lease();
		step();
		return;
	}
	fail(&err);
}

static void
put_status(void)
{
	report.is_put = 1; /* one that is newer meanwhile says otherwise */
	ask(ETCD_PUT,
	    etcd_put(report.status_key, report.status.at, report.status.len,
		report.lease),
	    on_status_put);
}

/* ---- what is next */

static void
wait(int64_t until)
{
	const int64_t ms = (until - clock_now()) / NS_PER_MS + 1;

	step_in(ms > 0 ? ms : 0);
}

static void
step(void)
{
	const int64_t now = clock_now();

	if (!report.is_up || report.call != NULL || report.retired != NULL ||
	    report.status.len == 0)
		return;
	if (now < report.not_before)
		wait(report.not_before);
	else if (report.lease == 0)
		ask(ETCD_LEASE_GRANT, etcd_lease_grant(report.options->lease),
		    on_lease);
	else if (now >= report.keep_at)
		ask(ETCD_LEASE_KEEPALIVE, etcd_lease_keepalive(report.lease),
		    on_lease);
	else if (!report.is_put)
		put_status();
	else if (!report.is_known)
		ask_known();
	else
		wait(report.keep_at);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	step();
}

/*
 * What was put before may be another by now, and so may the lease: etcd may
 * have been restored.
 */
void
etcd_report_up(void)
{
	report.is_up = 1;
	report.is_known = report.is_put = 0;
	report.keep_at = 0;
	step();
}

void
etcd_report_down(void)
{
	report.is_up = 0;
	session_cancel(report.call);
	report.call = NULL;
	evtimer_del(report.timer);
}

void
etcd_report_set(const char *status, size_t len)
{
	text_free(&report.status);
	text_add(&report.status, status, len);
	report.is_put = 0;
	step();
}

/* ---- the end */

static void
on_revoked(const struct etcd_answer *answer, const char *failure)
{
	(void)answer;
	(void)failure;
	report.call = NULL;
	report.retired();
}

void
etcd_report_retire(void (*done)(void))
{
	session_cancel(report.call);
	report.call = NULL;
	evtimer_del(report.timer);
	report.retired = done;
	if (!report.is_up || report.lease == 0)
		done();
	else
		ask(ETCD_LEASE_REVOKE, etcd_lease_revoke(report.lease),
		    on_revoked);
}

void
etcd_report_open(struct event_base *base, const struct options *o)
{
	report.options = o;
	report.known_key =
	    must(fleet_place_key(o->prefix, FLEET_KNOWN, o->node));
	report.status_key =
	    must(fleet_place_key(o->prefix, FLEET_STATUS, o->node));
	report.timer = must(evtimer_new(base, on_timer, NULL));
}

void
etcd_report_close(void)
{
	etcd_report_down();
	event_free(report.timer);
	free(report.known_key);
	free(report.status_key);
	text_free(&report.status);
}

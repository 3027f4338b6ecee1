/* SPDX-License-Identifier: ISC */
/* See waits.h. */

#include <inttypes.h>
#include <stdlib.h>

#include "apid.h"
#include "awaited.h"
#include "container_of.h"
#include "kept.h"
#include "log.h"
#include "wait_query.h"
#include "waits.h"

#define TURN_MAX 4 /* that are answered */

enum wait_end {
	GOES_ON,
	IS_REACHED,
	IS_LATE,
	HAS_NO_PROXY,
	HAS_NO_TOXIC,
	IS_FINISHED
};

struct wait {
	TAILQ_ENTRY(wait) entry;   /* in the order of until */
	LIST_ENTRY(wait) of_proxy; /* ... of those in its bucket */
	TAILQ_ENTRY(wait) ready;   /* of those that are to be answered */
	struct request *request;
	struct kept kept;
	uint32_t proxy_id;
	struct wait_query query;
	uint64_t reached;
	int64_t until; /* 0: it has not begun */
	enum wait_end end;
	int is_ready;
};

#define BUCKETS 256
static LIST_HEAD(, wait) by_proxy[BUCKETS];
static TAILQ_HEAD(wait_list, wait) waits = TAILQ_HEAD_INITIALIZER(waits);
static TAILQ_HEAD(, wait) ready = TAILQ_HEAD_INITIALIZER(ready);
static int has_finished;

/* ---- how far it has come */

static enum wait_end
look(struct wait *w)
{
	const struct proxy *p = replica_by_id(w->proxy_id);
	const struct toxic *t;

	if (p == NULL)
		return HAS_NO_PROXY;
	if (w->query.subject->of_proxy != NULL) {
		w->reached = w->query.subject->of_proxy(p);
	} else {
		if ((t = replica_toxic_find(p, w->query.toxic)) == NULL)
			return HAS_NO_TOXIC;
		w->reached = t->counts.hits;
	}
	return w->reached >= w->query.wanted ? IS_REACHED : GOES_ON;
}

/* It is answered in its turn, and is a request as others until then. */
static void
end(struct wait *w, enum wait_end how)
{
	if (w->end != GOES_ON || how == GOES_ON)
		return;
	w->end = how;
	request_keep_no_more(w->request);
	w->is_ready = 1;
	TAILQ_INSERT_TAIL(&ready, w, ready);
}

void
waits_look(uint32_t proxy_id)
{
	struct wait *w;

	LIST_FOREACH (w, &by_proxy[proxy_id % BUCKETS], of_proxy) {
		if (w->proxy_id == proxy_id)
			end(w, look(w));
	}
}

/* ---- whom a worker hurries for */

/* One of those that wait for that proxy; NULL: nobody does. */
static const struct wait *
first_of(uint32_t proxy_id)
{
	const struct wait *w;

	LIST_FOREACH (w, &by_proxy[proxy_id % BUCKETS], of_proxy) {
		if (w->proxy_id == proxy_id)
			break;
	}
	return w;
}

/* One that has gone takes it along. */
static void
watch(uint32_t proxy_id, int is_watched)
{
	const struct proxy *p = replica_by_id(proxy_id);
	struct proxy_watch watch = { .is_watched = (uint8_t)is_watched };

	if (p == NULL)
		return;
	watch.proxy = p->state.key;
	if (chan_send(&apid.ctld, MSG_PROXY_WATCH, 0, &watch, -1) == -1)
		apid.has_ended = 1;
}

/* The one that has died knew of them. */
void
waits_look_at_all(void)
{
	struct wait *w;

	TAILQ_FOREACH (w, &waits, entry) {
		end(w, look(w));
		if (first_of(w->proxy_id) == w)
			watch(w->proxy_id, 1);
	}
}

/* ---- its life */

/* Most have the same time to wait, and the list is short. */
static void
put(struct wait *w)
{
	struct wait *before = TAILQ_LAST(&waits, wait_list);

	while (before != NULL && before->until > w->until)
		before = TAILQ_PREV(before, wait_list, entry);
	if (before != NULL)
		TAILQ_INSERT_AFTER(&waits, before, w, entry);
	else
		TAILQ_INSERT_HEAD(&waits, w, entry);
	if (first_of(w->proxy_id) == NULL)
		watch(w->proxy_id, 1);
	LIST_INSERT_HEAD(&by_proxy[w->proxy_id % BUCKETS], w, of_proxy);
}

/* Nobody is there to be answered. */
static void
client_ended(struct kept *k)
{
	k->request->is_lost = 1;
	request_wake(k->request);
}

static void
take_out(struct wait *w)
{
	TAILQ_REMOVE(&waits, w, entry);
	LIST_REMOVE(w, of_proxy);
	if (first_of(w->proxy_id) == NULL)
		watch(w->proxy_id, 0);
}

/* Answered or not: it may have been of no use to wait. */
static void
wait_free(void *work)
{
	struct wait *w = work;

	kept_unwatch(&w->kept);
	kept_uncount(&w->kept);
	if (w->until != 0)
		take_out(w);
	if (w->is_ready)
		TAILQ_REMOVE(&ready, w, ready);
	free(w->query.toxic);
	free(w);
}

static struct wait *
wait_new(struct request *r)
{
	struct wait *w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		fatal("%s", __func__);
	w->request = r;
	w->kept =
	    (struct kept){ .request = r, .fd = -1, .ended = client_ended };
	r->work = w;
	r->work_free = wait_free;
	return w;
}

/* ---- answers */

static void
encode_reached(FILE *f, const struct wait *w)
{
	fprintf(f, "\"reached\":%" PRIu64 ",\"wanted\":%" PRIu64 "}\n",
	    w->reached, w->query.wanted);
}

static void
reply_reached(struct wait *w)
{
	struct writer out;

	writer_open(&out);
	fputc('{', out.f);
	encode_reached(out.f, w);
	reply_json(w->request, 200, &out);
}

static void
reply_late(struct wait *w)
{
	struct writer out;
	char text[128];

	snprintf(text, sizeof(text),
	    "timeout: %s: %" PRIu64 " of %" PRIu64 " after %" PRIu64 " ms",
	    w->query.subject->name, w->reached, w->query.wanted,
	    w->query.timeout);
	writer_open(&out);
	fputs("{\"error\":", out.f);
	encode_string(out.f, text);
	fputs(",\"status\":408,", out.f);
	encode_reached(out.f, w);
	reply_json(w->request, 408, &out);
}

/* Nothing has failed: it is no line in the log. */
static void
reply_finished(struct request *r)
{
	struct writer out;

	writer_open(&out);
	fputs("{\"error\":\"the API is being replaced: ask again\""
	      ",\"status\":503}\n",
	    out.f);
	reply_json(r, 503, &out);
	reply_header(r, "Retry-After", "1");
}

static void
reply_to(struct wait *w)
{
	struct request *r = w->request;

	switch (w->end) {
	case GOES_ON:
		break;
	case IS_REACHED:
		reply_reached(w);
		break;
	case IS_LATE:
		reply_late(w);
		break;
	case HAS_NO_PROXY:
		reply_error(r, 404, "proxy not found");
		break;
	case HAS_NO_TOXIC:
		reply_error(r, 404, "toxic not found");
		break;
	case IS_FINISHED:
		reply_finished(r);
		break;
	}
}

/* For whom, and of what: as it may have changed since. */
static void
answer(struct wait *w)
{
	struct request *r = w->request;

	if (guard_caller_again(r))
		reply_to(w);
	request_wake(r);
}

/* ---- all of them */

void
proxy_wait(struct request *r)
{
	const struct proxy *p = request_proxy(r);
	struct wait *w;

	if (p == NULL)
		return;
	w = wait_new(r);
	if (!wait_query(r, &w->query))
		return;
	w->proxy_id = p->state.id;
	w->end = look(w);
	if (w->end == GOES_ON && (w->query.timeout == 0 || has_finished))
		w->end = has_finished ? IS_FINISHED : IS_LATE;
	if (w->end != GOES_ON) {
		reply_to(w);
		return;
	}
	if (!kept_count(&w->kept))
		return;
	w->until = clock_now() + (int64_t)w->query.timeout * NS_PER_MS;
	put(w);
	request_keep(r);
	kept_watch(&w->kept, KEPT_STALLED_MAX);
}

/* A few in each turn of the loop: others are served between. */
void
waits_run(void)
{
	struct wait *w;
	int n;

	for (n = 0; n < TURN_MAX && (w = TAILQ_FIRST(&ready)) != NULL; n++) {
		TAILQ_REMOVE(&ready, w, ready);
		w->is_ready = 0;
		kept_unwatch(&w->kept);
		answer(w);
	}
}

void
waits_tick(int64_t now)
{
	struct wait *w;

	TAILQ_FOREACH (w, &waits, entry) {
		if (w->until > now)
			break;
		end(w, IS_LATE);
	}
}

int
waits_timeout(int64_t now)
{
	const struct wait *w;

	if (!TAILQ_EMPTY(&ready))
		return 0;
	TAILQ_FOREACH (w, &waits, entry) {
		if (w->end == GOES_ON)
			break;
	}
	if (w == NULL)
		return -1;
	return w->until > now ? (int)((w->until - now) / NS_PER_MS) + 1 : 0;
}

void
waits_finish(void)
{
	struct wait *w;

	has_finished = 1;
	TAILQ_FOREACH (w, &waits, entry)
		end(w, IS_FINISHED);
}

/* SPDX-License-Identifier: ISC */
/*
 * See streams.h.  One who reads as they come has a reply without an end; one
 * who asks for what is behind an id is answered as anybody is, when there is
 * something or his time is over.
 */

#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "agreed.h"
#include "apid.h"
#include "container_of.h"
#include "feeds.h"
#include "kept.h"
#include "log.h"
#include "streams.h"

#define STREAM_BLOCK 4096 /* bytes, at once */
#define COMMENT_EVERY (15 * NS_PER_S)
#define UNSENT_MAX (64 * 1024)

#define TURN_MAX 4    /* that are woken */
#define REPLY_MAX 256 /* events in one reply */

struct stream {
	TAILQ_ENTRY(stream) entry; /* in the order of next */
	TAILQ_ENTRY(stream) ready; /* of those whose turn is to come */
	struct request *request;
	struct reader reader;
	struct kept kept;
	struct event_text *text; /* that is being sent, from at on */
	size_t at;
	int64_t next; /* a comment; or its time is over */
	int is_live;  /* it is read as they come */
	int is_ready;
	int has_turn;  /* a block may be sent */
	int has_begun; /* it has been told how all is */
	int has_comment;
	int is_late; /* its time is over */
	int is_over;
};

static TAILQ_HEAD(stream_list, stream) streams = TAILQ_HEAD_INITIALIZER(
    streams);
static TAILQ_HEAD(, stream) ready = TAILQ_HEAD_INITIALIZER(ready);
static int has_finished;

/* ---- whose turn it is */

static void
becomes_ready(struct stream *s)
{
	if (s->is_ready)
		return;
	s->is_ready = 1;
	TAILQ_INSERT_TAIL(&ready, s, ready);
}

static void
reader_is_ready(struct reader *r)
{
	becomes_ready(container_of(r, struct stream, reader));
}

/* ---- its life */

/* The list is short where it is not of those whose time is the same. */
static void
put(struct stream *s, int64_t at)
{
	struct stream *before = TAILQ_LAST(&streams, stream_list);

	s->next = at;
	while (before != NULL && before->next > at)
		before = TAILQ_PREV(before, stream_list, entry);
	if (before != NULL)
		TAILQ_INSERT_AFTER(&streams, before, s, entry);
	else
		TAILQ_INSERT_HEAD(&streams, s, entry);
}

static void
end(struct stream *s)
{
	s->is_over = 1;
	becomes_ready(s);
}

static void
client_ended(struct kept *k)
{
	end(container_of(k, struct stream, kept));
}

static void
stream_free(void *work)
{
	struct stream *s = work;

	kept_unwatch(&s->kept);
	kept_uncount(&s->kept);
	if (s->is_ready)
		TAILQ_REMOVE(&ready, s, ready);
	TAILQ_REMOVE(&streams, s, entry);
	event_text_drop(s->text);
	reader_close(&s->reader);
	free(s);
}

static struct event_stream
stream_of(const struct request *r)
{
	const char *tenant = request_tenant(r);
	struct event_stream of = { .is_of_all = tenant == NULL };

	if (tenant != NULL)
		memcpy(of.tenant, tenant, strlen(tenant));
	return of;
}

static struct stream *
stream_new(struct request *r, uint64_t after, int64_t next)
{
	const struct event_stream of = stream_of(r);
	struct stream *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		fatal("%s", __func__);
	s->request = r;
	s->kept =
	    (struct kept){ .request = r, .fd = -1, .ended = client_ended };
	s->reader.ready = reader_is_ready;
	reader_open(&s->reader, &of, after);
	put(s, next);
	r->work = s;
	r->work_free = stream_free;
	return s;
}

/* Whose token does not count any more, or is another's, sees no more. */
static int
may_go_on(struct stream *s)
{
	const struct event_stream was = s->reader.question.of;
	struct event_stream is;

	if (!guard_caller_again(s->request))
		return 0;
	is = stream_of(s->request);
	return memcmp(&is, &was, sizeof(is)) == 0;
}

/* ---- as they come */

/* The next to be sent, if there is one. */
static struct event_text *
next_text(struct stream *s)
{
	if (s->has_begun)
		return reader_next(&s->reader);
	if (!reader_begins(&s->reader))
		return NULL;
	s->has_begun = 1;
	return event_text_state(s->reader.after, reader_last(&s->reader),
	    request_tenant(s->request));
}

static size_t
copy(struct stream *s, char *to, size_t size)
{
	size_t n = s->text->len - s->at;

	if (n > size)
		n = size;
	memcpy(to, s->text->text + s->at, n);
	s->at += n;
	if (s->at == s->text->len) {
		event_text_drop(s->text);
		s->text = NULL;
		s->at = 0;
	}
	return n;
}

static size_t
fill(struct stream *s, char *to, size_t size)
{
	size_t n = 0;

	while (n < size) {
		if (s->text == NULL && (s->text = next_text(s)) == NULL)
			break;
		n += copy(s, to + n, size - n);
	}
	return n;
}

/* Until its next turn, or until there is something. */
static ssize_t
rest(struct stream *s)
{
	request_hold(s->request);
	return 0;
}

static ssize_t
read_events(void *arg, uint64_t pos, char *buf, size_t size)
{
	static const char comment[] = ":\n\n";
	struct stream *s = arg;
	size_t n;

	(void)pos;
	if (s->is_over || s->request->is_lost || !may_go_on(s))
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (!s->has_turn) {
		becomes_ready(s);
		return rest(s);
	}
	s->has_turn = 0;
	n = fill(s, buf, size);
	if (n == 0 && s->has_comment && size >= sizeof(comment)) {
		memcpy(buf, comment, sizeof(comment) - 1);
		n = sizeof(comment) - 1;
	}
	s->has_comment = 0;
	return n > 0 ? (ssize_t)n : rest(s);
}

/* What it does not read waits here, once for all, and not with the kernel. */
static void
begins(struct request *r)
{
	const int most = UNSENT_MAX;
	struct stream *s = r->work;

	kept_watch(&s->kept, KEPT_STALLED_MAX);
	(void)setsockopt(
	    s->kept.fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof(most));
}

void
stream_live(struct request *r, uint64_t after)
{
	struct stream *s = stream_new(r, after, clock_now() + COMMENT_EVERY);

	if (!kept_count(&s->kept))
		return;
	s->is_live = s->has_turn = 1;
	r->stream_begins = begins;
	reply_stream(r, 200, "text/event-stream", STREAM_BLOCK, read_events, s);
	reply_header(r, "Cache-Control", "no-store");
	reply_header(r, "X-Accel-Buffering", "no");
}

/* ---- what is behind an id */

static void
write_one(FILE *f, struct event_text *t, const char *comma)
{
	fputs(comma, f);
	fwrite(t->text + t->json, 1, t->njson, f);
	event_text_drop(t);
}

/* How many there were, up to REPLY_MAX. */
static int
write_events(FILE *f, struct stream *s)
{
	const char *comma = "";
	struct event_text *t;
	int n = 0;

	while (n < REPLY_MAX && (t = next_text(s)) != NULL) {
		write_one(f, t, comma);
		comma = ",";
		n++;
	}
	return n;
}

/* All that there is has come, and he waits for no more. */
static int
is_time(const struct stream *s)
{
	return reader_is_current(&s->reader) && (s->is_late || has_finished);
}

/* Where there is nothing yet, later; what is sent is so once. */
static void
answer(struct stream *s)
{
	struct writer w;

	if (s->is_over)
		return;
	writer_open(&w);
	fputs("{\"events\":[", w.f);
	if (write_events(w.f, s) == 0 && !is_time(s)) {
		writer_finish(&w);
		free(w.text);
		return;
	}
	fprintf(w.f, "],\"last\":%" PRIu64 "}\n", s->reader.after);
	s->is_over = 1;
	reply_json(s->request, 200, &w);
	request_wake(s->request);
}

void
stream_once(struct request *r, uint64_t after, uint64_t wait)
{
	const int64_t ns = (int64_t)wait * NS_PER_MS;
	struct stream *s = stream_new(r, after, clock_now() + ns);

	/* who names no id is told how all is, and up to which id */
	s->has_begun = after != EVENTS_FROM_NOW;
	s->is_late = wait == 0;
	answer(s);
}

/* ---- all of them */

/*
 * A few in each turn of the loop, and of each a block: however many read, and
 * however much has come for them, others are served between.
 */
void
streams_run(void)
{
	struct stream *s;
	int n;

	for (n = 0; n < TURN_MAX && (s = TAILQ_FIRST(&ready)) != NULL; n++) {
		TAILQ_REMOVE(&ready, s, ready);
		s->is_ready = 0;
		s->has_turn = 1;
		if (s->is_live)
			request_wake(s->request);
		else
			answer(s);
	}
}

void
streams_tick(int64_t now)
{
	struct stream *s;

	while ((s = TAILQ_FIRST(&streams)) != NULL && s->next <= now) {
		TAILQ_REMOVE(&streams, s, entry);
		put(s, s->is_live ? now + COMMENT_EVERY : CLOCK_NEVER);
		s->has_comment = s->is_late = 1;
		becomes_ready(s);
	}
}

int
streams_timeout(int64_t now)
{
	const struct stream *s = TAILQ_FIRST(&streams);

	if (!TAILQ_EMPTY(&ready))
		return 0;
	if (s == NULL || s->next == CLOCK_NEVER)
		return -1;
	return s->next > now ? (int)((s->next - now) / NS_PER_MS) + 1 : 0;
}

void
streams_finish(void)
{
	struct stream *s;

	has_finished = 1;
	TAILQ_FOREACH (s, &streams, entry) {
		if (!s->is_live)
			becomes_ready(s);
	}
}

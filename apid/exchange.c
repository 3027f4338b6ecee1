/* SPDX-License-Identifier: ISC */
/*
 * A request through libmicrohttpd, from its line to the last byte of its reply
 * or the end of its time; one that has to wait for ctld is suspended meanwhile.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agreed.h"
#include "apid.h"
#include "awaited.h"
#include "documents.h"
#include "log.h"
#include "ui.h"

#define BODY_MAX ((size_t)8 * 1024 * 1024)
#define BODIES_MAX ((size_t)256 * 1024 * 1024)  /* of all requests */
#define REPLIES_MAX ((size_t)256 * 1024 * 1024) /* that are being read */
/* A request with more of either is worked on when nothing else is to do. */
#define BODY_LIGHT ((size_t)64 * 1024)
#define PROXIES_LIGHT 256
/* So many clients have their turn between two of these. */
#define TURNS_BETWEEN 4
/* A body that is refused is read to here, so that its reply arrives. */
#define DRAIN_MAX ((size_t)64 * 1024 * 1024)

#define REQUEST_WITHIN (15 * NS_PER_S) /* to come in whole */
#define SENT_WITHIN (30 * NS_PER_S)    /* and then to be read */
#define WRITTEN_WITHIN (2 * NS_PER_S)  /* by ctld, that it is refused */

static TAILQ_HEAD(, request) requests = TAILQ_HEAD_INITIALIZER(requests);
static TAILQ_HEAD(, request) heavy = TAILQ_HEAD_INITIALIZER(heavy);
static size_t bodies, replies; /* bytes */

/* ---- a request's life */

void *
exchange_begins(void *arg, const char *uri, struct MHD_Connection *connection)
{
	struct request *r;

	(void)arg;
	if ((r = calloc(1, sizeof(*r))) == NULL ||
	    (r->uri = strdup(uri)) == NULL)
		fatal("%s", __func__);
	r->connection = connection;
	r->started = clock_now();
	r->deadline = client_asks(connection) + REQUEST_WITHIN;
	TAILQ_INSERT_TAIL(&requests, r, entry);
	awaited_begins();
	return r;
}

static void
drop_body(struct request *r)
{
	bodies -= r->body_size;
	free(r->body);
	r->body = NULL;
	r->body_len = r->body_size = 0;
}

static void
leave_replies(struct request *r)
{
	if (r->is_replying)
		replies -= r->response_len;
	r->is_replying = 0;
}

static void
leave_heavy(struct request *r)
{
	if (r->is_heavy)
		TAILQ_REMOVE(&heavy, r, heavy);
	r->is_heavy = 0;
}

void
exchange_ends(void *arg, struct MHD_Connection *connection, void **con_cls,
    enum MHD_RequestTerminationCode why)
{
	struct request *r = *con_cls;

	(void)arg;
	(void)why;
	if (r == NULL)
		return;
	client_is_answered(connection);
	*con_cls = NULL;
	if (r->action != NULL)
		request_log(r);
	leave_heavy(r);
	leave_replies(r);
	ask_forget(&r->ask);
	if (r->work != NULL)
		r->work_free(r->work);
	if (r->response != NULL)
		MHD_destroy_response(r->response);
	TAILQ_REMOVE(&requests, r, entry);
	awaited_ends(r);
	drop_body(r);
	callers_drop(r);
	free(r->proxy);
	free(r->toxic);
	free(r->own_toxic);
	free(r->uri);
	free(r);
}

static void
hang_up(const struct request *r)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    r->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (info != NULL)
		shutdown(info->connect_fd, SHUT_RDWR);
}

/* ---- its head */

static const char *
header(const struct request *r, const char *name)
{
	return MHD_lookup_connection_value(
	    r->connection, MHD_HEADER_KIND, name);
}

static void
refuse_size(struct request *r)
{
	reply_error(r, MHD_HTTP_CONTENT_TOO_LARGE,
	    "the request body is larger than %zu bytes", BODY_MAX);
	drop_body(r);
}

/* One that would not be read to its end is answered before it comes. */
static void
check_length(struct request *r)
{
	const char *length = header(r, MHD_HTTP_HEADER_CONTENT_LENGTH);
	unsigned long long n;

	if (length == NULL)
		return;
	n = strtoull(length, NULL, 10);
	if (n > BODY_MAX && r->response == NULL)
		refuse_size(r);
	if (n > DRAIN_MAX)
		r->is_refused = 1;
}

/* 1: it is none that could be understood, and its connection ends with it. */
static int
refuse_fault(struct request *r)
{
	const struct wire_fault *fault = client_fault(r->connection);
	char text[128];

	if (fault == NULL)
		return 0;
	if (r->response != NULL)
		MHD_destroy_response(r->response);
	r->response = NULL;
	r->is_refused = 1;
	snprintf(text, sizeof(text), "%d %s: %s", fault->status,
	    MHD_get_reason_phrase_for((unsigned int)fault->status), fault->why);
	reply_text(r, fault->status, "text/plain; charset=utf-8", text);
	return 1;
}

static void
take_head(struct request *r, const char *method)
{
	r->has_headers = 1;
	r->method = method;
	r->user_agent = header(r, MHD_HTTP_HEADER_USER_AGENT);
	if (refuse_fault(r))
		return;
	route_find(r, method);
	if (r->response == NULL && guard_browser(r) && guard_caller(r))
		guard_calls(r);
	check_length(r);
	/* Who asks whether to send a body is told no at once. */
	if (r->response != NULL && header(r, MHD_HTTP_HEADER_EXPECT) != NULL)
		r->is_refused = 1;
}

/* ---- its body */

/* 0, or -1: there is no room for it. */
static int
grow_body(struct request *r, size_t more)
{
	size_t size = r->body_size > 0 ? r->body_size : 4096;
	char *body;

	while (size < r->body_len + more)
		size *= 2;
	if (bodies - r->body_size + size > BODIES_MAX ||
	    (body = realloc(r->body, size)) == NULL)
		return -1;
	bodies += size - r->body_size;
	r->body = body;
	r->body_size = size;
	return 0;
}

static void
keep_body(struct request *r, const char *data, size_t len)
{
	if (r->body_len + len > r->body_size && grow_body(r, len) == -1) {
		reply_error(r, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "too many request bodies at once");
		drop_body(r);
		return;
	}
	memcpy(r->body + r->body_len, data, len);
	r->body_len += len;
}

static void
take_body(struct request *r, const char *data, size_t len)
{
	r->received += len;
	if (r->received > DRAIN_MAX)
		hang_up(r);
	if (r->response != NULL)
		return;
	if (r->received > BODY_MAX)
		refuse_size(r);
	else if ((r->action->flags & ACTION_BODY) != 0)
		keep_body(r, data, len);
}

/* ---- its reply */

/*
 * Whoever has not read to the end for longest has no more time, when others
 * need the memory.
 */
static void
enter_replies(struct request *r)
{
	struct request *oldest;

	r->is_replying = 1;
	r->deadline = clock_now() + SENT_WITHIN;
	replies += r->response_len;
	TAILQ_FOREACH (oldest, &requests, entry) {
		if (replies <= REPLIES_MAX || oldest == r)
			break;
		if (!oldest->is_replying)
			continue;
		hang_up(oldest);
		leave_replies(oldest);
	}
}

static void
keep(struct request *r)
{
	request_keep(r);
	r->stream_begins(r);
}

static enum MHD_Result
send_reply(struct request *r)
{
	if (r->is_http_1_0)
		MHD_set_response_options(
		    r->response, MHD_RF_HTTP_VERSION_1_0_RESPONSE, MHD_RO_END);
	if (r->action != NULL)
		reply_header(r, "X-Toxiproxy-Request-Id", r->id);
	if (ui_is_asked(r))
		ui_headers(r);
	if (r->is_refused)
		reply_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	if (r->is_stream)
		keep(r);
	else
		enter_replies(r);
	return MHD_queue_response(r->connection, r->status, r->response);
}

static enum MHD_Result
suspend(struct request *r)
{
	request_hold(r);
	return MHD_YES;
}

/* One that has a reply is woken at its deadline, and has it still. */
static enum MHD_Result
reply(struct request *r)
{
	const int64_t now = clock_now();
	const int is_asking = r->ask.id != 0; /* see refusals.c */

	if (now >= r->held_until && !is_asking)
		return send_reply(r);
	r->deadline = r->held_until;
	if (is_asking && r->deadline < now + WRITTEN_WITHIN)
		r->deadline = now + WRITTEN_WITHIN;
	return suspend(r);
}

static int
is_light(const struct request *r)
{
	return r->body_len <= BODY_LIGHT &&
	    ((r->action->flags & ACTION_LONG) == 0 ||
		replica_count(request_tenant(r)) <= PROXIES_LIGHT);
}

/* Who was to be served when it came may not be any more. */
static void
act(struct request *r)
{
	if (guard_caller_again(r))
		r->action->run(r);
}

static void
start(struct request *r)
{
	r->is_started = 1;
	r->deadline = clock_now() + REPLY_WITHIN;
	if (is_light(r)) {
		act(r);
		return;
	}
	r->is_heavy = 1;
	TAILQ_INSERT_TAIL(&heavy, r, heavy);
}

/* Of the address whose last turn was the longest ago. */
static struct request *
next_heavy(void)
{
	struct request *r, *next = TAILQ_FIRST(&heavy);

	TAILQ_FOREACH (r, &heavy, heavy) {
		if (client_turn(r->connection) < client_turn(next->connection))
			next = r;
	}
	return next;
}

/*
 * One of them in a turn of the loop, so that ctld is heard before the next; and
 * some clients, if they wait: see turns.c.
 */
void
exchange_work(void)
{
	static int between;
	struct request *r;

	desired_work();
	if (holders_wait(clock_now()) == 0 && ++between < TURNS_BETWEEN)
		return;
	between = 0;
	if ((r = next_heavy()) == NULL)
		return;
	leave_heavy(r);
	client_takes_turn(r->connection);
	act(r);
	if (r->response != NULL)
		request_wake(r);
}

static enum MHD_Result
run(struct request *r)
{
	if (r->is_lost)
		return MHD_NO;
	if (!r->is_started && !refuse_fault(r) && r->response == NULL)
		start(r);
	if (r->response != NULL)
		return reply(r);
	return suspend(r);
}

enum MHD_Result
/* NOLINTNEXTLINE(readability-function-size): libmicrohttpd's parameters */
exchange_goes_on(void *arg, struct MHD_Connection *connection, const char *url,
    const char *method, const char *http_version, const char *data, size_t *len,
    void **con_cls)
{
	struct request *r = *con_cls;

	(void)arg;
	(void)connection;
	(void)url;
	if (!r->has_headers) {
		r->is_http_1_0 =
		    strcmp(http_version, MHD_HTTP_VERSION_1_0) == 0;
		take_head(r, method);
		return r->is_refused ? reply(r) : MHD_YES;
	}
	if (*len > 0) {
		take_body(r, data, *len);
		*len = 0;
		return MHD_YES;
	}
	return run(r);
}

/* ---- its time */

/* The text is the original's. */
static void
give_up(struct request *r)
{
	leave_heavy(r);
	ask_forget(&r->ask);
	if (r->work != NULL)
		r->work_free(r->work);
	r->work = NULL;
	reply_text(r, MHD_HTTP_SERVICE_UNAVAILABLE, "text/html; charset=utf-8",
	    "<html><head><title>Timeout</title></head>"
	    "<body><h1>Timeout</h1></body></html>");
	request_wake(r);
}

/*
 * Of work in many parts, the one in hand cannot be called back: its reply waits
 * for that one, so as not to say less than what was done.
 */
static void
is_late(struct request *r)
{
	if (r->work == NULL || r->work_hurry == NULL) {
		give_up(r);
		return;
	}
	r->work_hurry(r->work);
	r->work_hurry = NULL;
	r->deadline += HURRY_WITHIN;
}

void
exchange_tick(int64_t now)
{
	struct request *r;

	TAILQ_FOREACH (r, &requests, entry) {
		if (now < r->deadline)
			continue;
		if (r->is_suspended)
			is_late(r);
		else if (!r->is_started || r->is_replying)
			hang_up(r);
	}
}

/* ---- all of them */

/* What has become of it nobody knows any more: it gets no answer. */
static void
abandon(struct request *r)
{
	leave_heavy(r);
	ask_forget(&r->ask);
	r->is_lost = 1;
	request_wake(r);
}

void
exchange_abandon(struct MHD_Connection *connection)
{
	struct request *r;

	TAILQ_FOREACH (r, &requests, entry) {
		if (r->is_suspended &&
		    (connection == NULL || r->connection == connection))
			abandon(r);
	}
}

int
exchange_is_on(void)
{
	return !TAILQ_EMPTY(&heavy) || desired_wants_turn() ? 2 : awaited() > 0;
}

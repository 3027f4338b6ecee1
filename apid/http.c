/* SPDX-License-Identifier: ISC */
/*
 * libmicrohttpd, in the one thread there is: connections are given to it, it
 * is run when its epoll descriptor says so, and a request that has to wait for
 * the supervisor is suspended meanwhile.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apid.h"
#include "log.h"

#define BODY_MAX ((size_t)8 * 1024 * 1024)
#define BODIES_MAX ((size_t)256 * 1024 * 1024) /* of all requests */
/* One above it is taken apart when nothing else is to be done. */
#define BODY_LIGHT ((size_t)64 * 1024)
/* A body that is refused is read to here, so that its reply arrives. */
#define DRAIN_MAX ((size_t)64 * 1024 * 1024)

#define REQUEST_WITHIN (15 * NS_PER_S) /* to come in whole */
#define REPLY_WITHIN (25 * NS_PER_S)
/* What is in hand then; the supervisor takes 2.5 s to look up, 2 s to apply. */
#define HURRY_WITHIN (10 * NS_PER_S)
#define IDLE_SECONDS 60U
#define TICK_MS 1000

#define ACCEPT_PAUSE (100 * NS_PER_MS) /* when there is no descriptor */
#define ACCEPTS_MAX 64                 /* in one turn */
#define CONNECTIONS_MAX 4096U
#define DESCRIPTORS_RESERVED 16
#define CONNECTION_MEMORY ((size_t)64 * 1024)

static struct MHD_Daemon *mhd;
static TAILQ_HEAD(, request) requests = TAILQ_HEAD_INITIALIZER(requests);
static TAILQ_HEAD(, request) heavy = TAILQ_HEAD_INITIALIZER(heavy);
static unsigned int connections_max;
static size_t bodies; /* bytes */
static int64_t accept_again;
static int listener = -1;

/* ---- a request's life */

static void *
on_request_line(void *arg, const char *uri, struct MHD_Connection *connection)
{
	struct request *r;

	(void)arg;
	if ((r = calloc(1, sizeof(*r))) == NULL ||
	    (r->uri = strdup(uri)) == NULL)
		fatal("%s", __func__);
	client_asks(connection);
	r->connection = connection;
	r->started = clock_now();
	r->deadline = r->started + REQUEST_WITHIN;
	TAILQ_INSERT_TAIL(&requests, r, entry);
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
leave_heavy(struct request *r)
{
	if (r->is_heavy)
		TAILQ_REMOVE(&heavy, r, heavy);
	r->is_heavy = 0;
}

static void
on_completed(void *arg, struct MHD_Connection *connection, void **con_cls,
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
	ask_forget(&r->ask);
	if (r->work != NULL)
		r->work_free(r->work);
	if (r->response != NULL)
		MHD_destroy_response(r->response);
	TAILQ_REMOVE(&requests, r, entry);
	drop_body(r);
	free(r->proxy);
	free(r->toxic);
	free(r->uri);
	free(r);
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

static void
take_head(struct request *r, const char *method)
{
	r->has_headers = 1;
	r->method = method;
	r->user_agent = header(r, MHD_HTTP_HEADER_USER_AGENT);
	if (!guard_framing(r)) {
		r->is_refused = 1;
		return;
	}
	route_find(r, method);
	if (r->response == NULL)
		guard_browser(r);
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
hang_up(const struct request *r)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    r->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (info != NULL)
		shutdown(info->connect_fd, SHUT_RDWR);
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
	else if (r->action->has_body)
		keep_body(r, data, len);
}

/* ---- its reply */

static enum MHD_Result
send_reply(struct request *r)
{
	if (r->is_http_1_0)
		MHD_set_response_options(
		    r->response, MHD_RF_HTTP_VERSION_1_0_RESPONSE, MHD_RO_END);
	if (r->action != NULL)
		reply_header(r, "X-Toxiproxy-Request-Id", r->id);
	if (r->is_refused)
		reply_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	return MHD_queue_response(r->connection, r->status, r->response);
}

static void
start(struct request *r)
{
	r->is_started = 1;
	r->deadline = clock_now() + REPLY_WITHIN;
	if (r->body_len <= BODY_LIGHT) {
		r->action->run(r);
		return;
	}
	r->is_heavy = 1;
	TAILQ_INSERT_TAIL(&heavy, r, heavy);
}

/*
 * One in a turn of the loop, so that the supervisor is heard, and the others
 * are served, before the next.
 */
void
http_work(void)
{
	struct request *r = TAILQ_FIRST(&heavy);

	if (r == NULL)
		return;
	leave_heavy(r);
	r->action->run(r);
	if (r->response != NULL)
		request_wake(r);
}

static enum MHD_Result
run(struct request *r)
{
	if (r->is_lost)
		return MHD_NO;
	if (r->response == NULL && !r->is_started)
		start(r);
	if (r->response != NULL)
		return send_reply(r);
	r->is_suspended = 1;
	MHD_suspend_connection(r->connection);
	return MHD_YES;
}

static enum MHD_Result
/* NOLINTNEXTLINE(readability-function-size): libmicrohttpd's parameters */
on_request(void *arg, struct MHD_Connection *connection, const char *url,
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
		return r->is_refused ? send_reply(r) : MHD_YES;
	}
	if (*len > 0) {
		take_body(r, data, *len);
		*len = 0;
		return MHD_YES;
	}
	return run(r);
}

void
request_wake(struct request *r)
{
	if (!r->is_suspended)
		return;
	r->is_suspended = 0;
	MHD_resume_connection(r->connection);
}

/* ---- the daemon */

static void
on_panic(void *arg, const char *file, unsigned int line, const char *why)
{
	(void)arg;
	fatalx("libmicrohttpd: %s:%u: %s", file, line,
	    why != NULL ? why : "no reason");
}

static unsigned int
count_descriptors(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("%s", __func__);
	if (rl.rlim_cur < (rlim_t)2 * DESCRIPTORS_RESERVED)
		fatalx("%s: too few descriptors", __func__);
	if (rl.rlim_cur > CONNECTIONS_MAX + DESCRIPTORS_RESERVED)
		return CONNECTIONS_MAX;
	return (unsigned int)rl.rlim_cur - DESCRIPTORS_RESERVED;
}

void
http_open(void)
{
	connections_max = count_descriptors();
	MHD_set_panic_func(on_panic, NULL);
	mhd = MHD_start_daemon(
	    MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME,
	    0, NULL, NULL, on_request, NULL, MHD_OPTION_URI_LOG_CALLBACK,
	    on_request_line, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
	    NULL, MHD_OPTION_NOTIFY_CONNECTION, client_comes_or_goes, NULL,
	    MHD_OPTION_CONNECTION_LIMIT, connections_max,
	    MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	if (mhd == NULL)
		fatal("%s", __func__);
}

void
http_serve(int fd)
{
	listener = fd;
}

/* Who comes now waits in the backlog for the next apid. */
void
http_finish(void)
{
	if (listener != -1)
		close(listener);
	listener = -1;
}

/* Every request has its reply, and it is sent. */
int
http_is_quiet(void)
{
	return TAILQ_EMPTY(&requests) && TAILQ_EMPTY(&heavy);
}

void
http_take(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getpeername(fd, (struct sockaddr *)&ss, &len) == -1) {
		close(fd); /* it has gone meanwhile */
		return;
	}
	/* It closes what it does not take. */
	(void)MHD_add_connection(mhd, fd, (struct sockaddr *)&ss, len);
}

int
http_poll_fd(void)
{
	return MHD_get_daemon_info(mhd, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

/*
 * Those for whom there is no room wait in the backlog, until one that has
 * nothing to ask has made room.
 */
int
http_listener_fd(void)
{
	if (clock_now() < accept_again ||
	    (clients_count() >= connections_max && !clients_can_make_room()))
		return -1;
	return listener;
}

static int
accept_one(void)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int fd;

	fd = accept4(listener, (struct sockaddr *)&ss, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd != -1) {
		/* It closes what it does not take. */
		(void)MHD_add_connection(mhd, fd, (struct sockaddr *)&ss, len);
		return 0;
	}
	if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) {
		log_warn("the API pauses to accept");
		accept_again = clock_now() + ACCEPT_PAUSE;
	}
	return -1;
}

void
http_accept(void)
{
	int n;

	if (clients_count() >= connections_max)
		clients_make_room();
	for (n = 0; n < ACCEPTS_MAX && clients_count() < connections_max; n++) {
		if (accept_one() == -1)
			break;
	}
}

void
http_run(void)
{
	if (MHD_run(mhd) == MHD_NO)
		fatalx("libmicrohttpd has stopped");
}

int
http_timeout(int64_t now)
{
	MHD_UNSIGNED_LONG_LONG ms;
	int timeout = -1;

	if (!TAILQ_EMPTY(&heavy))
		return 0;
	if (!TAILQ_EMPTY(&requests))
		timeout = TICK_MS;
	if (now < accept_again)
		timeout = (int)(ACCEPT_PAUSE / NS_PER_MS);
	if (MHD_get_timeout(mhd, &ms) == MHD_YES &&
	    (timeout == -1 || ms < (MHD_UNSIGNED_LONG_LONG)timeout))
		timeout = ms < TICK_MS ? (int)ms : TICK_MS;
	return timeout;
}

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
http_tick(int64_t now)
{
	struct request *r;

	clients_tick(now);
	TAILQ_FOREACH (r, &requests, entry) {
		if (now < r->deadline)
			continue;
		if (r->is_suspended)
			is_late(r);
		else if (!r->is_started)
			hang_up(r);
	}
}

/*
 * It may not be stopped while a request is suspended.  What has become of such
 * a one nobody knows any more: it gets no answer, and its connection's end.
 */
void
http_close(void)
{
	struct request *r;

	TAILQ_FOREACH (r, &requests, entry) {
		if (!r->is_suspended)
			continue;
		ask_forget(&r->ask);
		r->is_lost = 1;
		request_wake(r);
	}
	http_run();
	MHD_stop_daemon(mhd);
	if (listener != -1)
		close(listener);
}

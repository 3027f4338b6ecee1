/* SPDX-License-Identifier: ISC */
/*
 * Requests under way.  libcurl says which descriptors to watch and when to come
 * back; names are looked up before it has the request, as it would need a
 * thread for that, which the sandbox has none of.
 */

#include <curl/curl.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "http.h"
#include "must.h"
#include "names.h"
#include "text.h"

#define CONNECT_WITHIN_MS 3000L
/* A peer that is cut off is noticed after so long without a byte. */
#define KEEPALIVE_IDLE_S 5L
#define KEEPALIVE_EVERY_S 3L

struct http_call {
	TAILQ_ENTRY(http_call) entry;
	struct http_request request;
	char *url;
	CURL *easy;
	struct name_lookup *lookup; /* until it has addresses */
	struct curl_slist *headers, *addresses;
	struct text text;
	char why[CURL_ERROR_SIZE];
	const char *failure;
	int is_added, is_over, is_too_long;
};

const char http_too_long[] = "the answer is too long";

static struct {
	struct event_base *base;
	CURLM *multi;
	struct event *timer, *later;
	TAILQ_HEAD(, http_call) calls;
} http;

/* ---- what is to be called */

static void
drop(struct http_call *c)
{
	TAILQ_REMOVE(&http.calls, c, entry);
	if (c->lookup != NULL)
		names_cancel(c->lookup);
	if (c->is_added)
		curl_multi_remove_handle(http.multi, c->easy);
	curl_easy_cleanup(c->easy);
	curl_slist_free_all(c->headers);
	curl_slist_free_all(c->addresses);
	text_free(&c->text);
	free(c->url);
	free(c);
}

void
http_cancel(struct http_call *c)
{
	if (c != NULL)
		drop(c);
}

/* The call may be gone when it returns. */
static void
tell_line(struct http_call *c, const char *end)
{
	size_t len = (size_t)(end - c->text.at);
	char *line = must(strndup(c->text.at, len));

	text_drop(&c->text, len + 1);
	c->request.on_line(c->request.arg, line, len);
	free(line);
}

static void
tell_end(struct http_call *c)
{
	struct http_request request = c->request;
	struct http_answer answer = { .failure = c->failure };
	struct text text = c->text;
	char why[CURL_ERROR_SIZE];

	memset(&c->text, 0, sizeof(c->text));
	memcpy(why, c->why, sizeof(why));
	if (answer.failure == c->why)
		answer.failure = why;
	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &answer.status);
	answer.text = text.at != NULL ? text.at : "";
	answer.len = text.len;
	drop(c);
	request.on_end(request.arg, &answer);
	text_free(&text);
}

/* One thing that there is to tell; 0: there is none. */
static int
tell_one(void)
{
	struct http_call *c;
	const char *end = NULL;

	TAILQ_FOREACH (c, &http.calls, entry) {
		if (c->request.on_line != NULL && c->text.len > 0)
			end = memchr(c->text.at, '\n', c->text.len);
		if (end != NULL) {
			tell_line(c, end);
			return 1;
		}
		if (c->is_over) {
			tell_end(c);
			return 1;
		}
	}
	return 0;
}

static void
tell_all(void)
{
	while (tell_one())
		;
}

/* ---- libcurl, at work */

static void
collect(void)
{
	struct http_call *c;
	CURLMsg *msg;
	CURLcode code;
	int left;

	while ((msg = curl_multi_info_read(http.multi, &left)) != NULL) {
		code = msg->data.result;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &c);
		c->is_over = 1;
		if (code == CURLE_OK)
			continue;
		c->failure = c->is_too_long ? http_too_long
		    : c->why[0] != '\0'     ? c->why
					    : curl_easy_strerror(code);
		if (code == CURLE_COULDNT_CONNECT ||
		    code == CURLE_OPERATION_TIMEDOUT)
			names_forget(c->url);
	}
}

static void
act(curl_socket_t fd, int events)
{
	int running;

	if (curl_multi_socket_action(http.multi, fd, events, &running) !=
	    CURLM_OK)
		fatalx("curl_multi_socket_action");
	collect();
	tell_all();
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	(void)arg;
	act(fd,
	    (what & EV_READ ? CURL_CSELECT_IN : 0) |
		(what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	act(CURL_SOCKET_TIMEOUT, 0);
}

/* What was over before it began. */
static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	tell_all();
}

/* The event of a descriptor is what libcurl keeps with it. */
static int
watch(CURL *easy, curl_socket_t fd, int what, void *arg, void *kept)
{
	struct event *event = kept;
	short events = EV_PERSIST;

	(void)easy;
	(void)arg;
	if (event != NULL)
		event_free(event);
	event = NULL;
	if (what & CURL_POLL_IN)
		events |= EV_READ;
	if (what & CURL_POLL_OUT)
		events |= EV_WRITE;
	if (what != CURL_POLL_REMOVE) {
		event = must(event_new(http.base, fd, events, on_socket, NULL));
		if (event_add(event, NULL) == -1)
			fatalx("event_add");
	}
	curl_multi_assign(http.multi, fd, event);
	return 0;
}

static int
set_timer(CURLM *multi, long ms, void *arg)
{
	const struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	(void)multi;
	(void)arg;
	return ms < 0 ? evtimer_del(http.timer) : evtimer_add(http.timer, &tv);
}

void
http_open(struct event_base *base)
{
	http.base = base;
	TAILQ_INIT(&http.calls);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		fatalx("curl_global_init");
	http.multi = must(curl_multi_init());
	http.timer = must(evtimer_new(base, on_timer, NULL));
	http.later = must(event_new(base, -1, 0, on_later, NULL));
	curl_multi_setopt(http.multi, CURLMOPT_SOCKETFUNCTION, watch);
	curl_multi_setopt(http.multi, CURLMOPT_TIMERFUNCTION, set_timer);
}

void
http_close(void)
{
	struct http_call *c;

	while ((c = TAILQ_FIRST(&http.calls)) != NULL)
		drop(c);
	curl_multi_cleanup(http.multi);
	event_free(http.timer);
	event_free(http.later);
	curl_global_cleanup();
}

/* ---- a request */

static size_t
take(char *bytes, size_t one, size_t len, void *arg)
{
	struct http_call *c = arg;

	(void)one;
	if (c->text.len + len > c->request.answer_max) {
		c->is_too_long = 1;
		return 0;
	}
	text_add(&c->text, bytes, len);
	return len;
}

static void
set(struct http_call *c, CURLoption option, const char *text)
{
	if (text != NULL && curl_easy_setopt(c->easy, option, text) != CURLE_OK)
		fatalx("no memory");
}

static void
add_header(struct http_call *c, const char *line)
{
	if (line != NULL)
		c->headers = must(curl_slist_append(c->headers, line));
}

/* No proxy that the environment may name: it would be asked for names, too. */
static void
set_manners(struct http_call *c)
{
	curl_easy_setopt(c->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(c->easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(c->easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c->easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c->easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(c->easy, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
	curl_easy_setopt(c->easy, CURLOPT_TCP_KEEPINTVL, KEEPALIVE_EVERY_S);
	curl_easy_setopt(c->easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_WITHIN_MS);
	curl_easy_setopt(
	    c->easy, CURLOPT_TIMEOUT_MS, (long)c->request.timeout_ms);
}

static void
set_request(struct http_call *c, const struct http_request *r)
{
	set(c, CURLOPT_URL, r->url);
	set(c, CURLOPT_CUSTOMREQUEST, r->method);
	set(c, CURLOPT_COPYPOSTFIELDS, r->body);
	set(c, CURLOPT_USERAGENT, "toxid-sync");
	add_header(c, "Content-Type: application/json");
	add_header(c, "Expect:"); /* it would wait a second for leave */
	add_header(c, r->headers[0]);
	add_header(c, r->headers[1]);
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
	curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
	curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->why);
	if (r->tls == NULL)
		return;
	set(c, CURLOPT_CAINFO, r->tls->ca);
	set(c, CURLOPT_SSLCERT, r->tls->cert);
	set(c, CURLOPT_SSLKEY, r->tls->key);
}

static void
end_soon(struct http_call *c, const char *failure)
{
	c->failure = failure;
	c->is_over = 1;
	event_active(http.later, EV_TIMEOUT, 0);
}

/* addresses: as CURLOPT_RESOLVE has them; NULL: it has none to look up. */
static void
begin(void *arg, const char *addresses, const char *failure)
{
	struct http_call *c = arg;

	c->lookup = NULL;
	if (failure != NULL) {
		snprintf(c->why, sizeof(c->why), "%s", failure);
		end_soon(c, c->why);
		return;
	}
	if (addresses != NULL) {
		c->addresses = must(curl_slist_append(NULL, addresses));
		curl_easy_setopt(c->easy, CURLOPT_RESOLVE, c->addresses);
	}
	c->is_added = 1;
	if (curl_multi_add_handle(http.multi, c->easy) != CURLM_OK)
		fatalx("curl_multi_add_handle");
}

struct http_call *
http_start(const struct http_request *r)
{
	struct http_call *c = must(calloc(1, sizeof(*c)));

	c->request = *r;
	c->easy = must(curl_easy_init());
	TAILQ_INSERT_TAIL(&http.calls, c, entry);
	set_manners(c);
	set_request(c, r);
	c->url = must(strdup(r->url));
	c->lookup = names_look_up(r->url, begin, c);
	return c;
}

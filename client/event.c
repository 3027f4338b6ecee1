/* SPDX-License-Identifier: ISC */
/*
 * Requests under way in the caller's libevent loop.  libcurl says which
 * descriptors to watch and when to come back; what is complete waits in a
 * queue until nothing of libcurl's is on the stack, and is called back then.
 */

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "event_client.h"
#include "event_session.h"
#include "failure.h"
#include "sigpipe.h"
#include "transfer.h"

const struct settings *
event_settings(const struct toxi_event *client)
{
	return &client->settings;
}

/* ---- what is complete */

static void
call_free(struct toxi_call *call)
{
	curl_easy_cleanup(call->transfer.easy);
	transfer_free(&call->transfer);
	result_free(&call->result);
	free(call->address);
	free(call);
}

/* Out of libcurl's hands. */
static void
detach(struct toxi_call *call)
{
	struct sigpipe sigpipe;

	TAILQ_REMOVE(&call->client->under_way, call, entry);
	if (call->client->opens == call)
		call->client->opens = NULL;
	sigpipe_hold(&sigpipe, call->client->settings.may_sigpipe);
	curl_multi_remove_handle(call->client->multi, call->transfer.easy);
	sigpipe_release(&sigpipe);
}

static void
set_address(struct toxi_call *call)
{
	struct result *r = &call->result;

	if (!call->is_tunnel || r->proxy == NULL)
		return;
	call->address =
	    settings_address(&call->client->settings, r->proxy->listen);
	if (call->address == NULL)
		fail_nomem(&r->error);
	else
		r->proxy->listen = call->address;
}

/* The last of a call: its function, and the end. */
static void
call_back(struct toxi_call *call)
{
	const struct result *r = &call->result;
	const struct toxi_reply reply = {
		.error = r->error.code == TOXI_OK ? NULL : &r->error,
		.proxy = r->proxy,
		.proxies = r->proxies,
		.toxic = r->toxic,
		.toxics = r->toxics,
		.text = r->text,
		.health = r->health,
		.healths = r->healths,
		.caller = r->caller,
		.token = r->token,
		.tokens = r->tokens,
		.halts = r->halts,
		.history = r->history,
		.session = r->session,
		.sessions = r->sessions,
		.stats = r->stats,
		.waited = r->waited,
		.profile = r->profile,
		.profiles = r->profiles,
		.scenario = r->scenario,
		.scenarios = r->scenarios,
	};

	TAILQ_REMOVE(&call->client->complete, call, entry);
	call->fn(&reply, call->arg);
	call_free(call);
}

/* ---- into our functions, and out of them */

static void
enter(struct toxi_event *client)
{
	client->depth++;
}

static void
destroy(struct toxi_event *client)
{
	struct sigpipe sigpipe;

	sigpipe_hold(&sigpipe, client->settings.may_sigpipe);
	event_session_free(client->session);
	if (client->multi != NULL)
		curl_multi_cleanup(client->multi);
	sigpipe_release(&sigpipe);
	if (client->timer != NULL)
		event_free(client->timer);
	if (client->later != NULL)
		event_free(client->later);
	settings_free(&client->settings);
	free(client);
}

/* The last statement of whoever entered: the client may be gone after it. */
static void
leave(struct toxi_event *client)
{
	if (--client->depth == 0 && client->is_freed)
		destroy(client);
}

static void
call_all_back(struct toxi_event *client)
{
	struct toxi_call *call;

	while ((call = TAILQ_FIRST(&client->complete)) != NULL)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): was removed */
		call_back(call);
}

static void
collect(struct toxi_event *client)
{
	struct toxi_call *call;
	CURLMsg *msg;
	CURLcode code;
	int left;

	while ((msg = curl_multi_info_read(client->multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		/* Gone with the handle. */
		code = msg->data.result;
		if (event_session_ended(
			client->session, msg->easy_handle, code))
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &call);
		detach(call);
		transfer_end(&call->transfer, code, &call->result);
		set_address(call);
		event_complete(call);
	}
}

/* libcurl can't go on: neither can anything that is under way. */
static void
fail_all(struct toxi_event *client, CURLMcode code)
{
	struct toxi_call *call;
	struct toxi_error err;

	while ((call = TAILQ_FIRST(&client->under_way)) != NULL) {
		detach(call);
		failure_begin(&err, NULL, call->transfer.request.error.call);
		fail(&err,
		    code == CURLM_OUT_OF_MEMORY ? TOXI_ERR_NOMEM
						: TOXI_ERR_TRANSPORT,
		    "%s", curl_multi_strerror(code));
		event_fail_call(call, &err);
		event_complete(call);
	}
}

/* Something has happened to a descriptor, or it is time. */
static void
act(struct toxi_event *client, curl_socket_t fd, int events)
{
	struct sigpipe sigpipe;
	CURLMcode code;
	int running;

	enter(client);
	sigpipe_hold(&sigpipe, client->settings.may_sigpipe);
	code = curl_multi_socket_action(client->multi, fd, events, &running);
	sigpipe_release(&sigpipe);
	collect(client);
	if (code != CURLM_OK)
		fail_all(client, code);
	call_all_back(client);
	leave(client);
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	act(arg, fd,
	    (what & EV_READ ? CURL_CSELECT_IN : 0) |
		(what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	struct toxi_event *client = arg;

	(void)fd;
	(void)what;
	enter(client);
	call_all_back(client);
	leave(client);
}

/* ---- what libcurl asks of the loop */

/* The event of a descriptor is what libcurl keeps with it. */
static int
watch(CURL *easy, curl_socket_t fd, int what, void *arg, void *kept)
{
	struct toxi_event *client = arg;
	struct event *event = kept;
	short events = EV_PERSIST;

	(void)easy;
	if (event != NULL)
		event_free(event);
	event = NULL;
	if (what & CURL_POLL_IN)
		events |= EV_READ;
	if (what & CURL_POLL_OUT)
		events |= EV_WRITE;
	if (what != CURL_POLL_REMOVE) {
		event = event_new(client->base, fd, events, on_socket, client);
		if (event == NULL || event_add(event, NULL) == -1)
			goto failed;
	}
	curl_multi_assign(client->multi, fd, event);
	return 0;

failed:
	if (event != NULL)
		event_free(event);
	curl_multi_assign(client->multi, fd, NULL);
	return -1;
}

static int
set_timer(CURLM *multi, long ms, void *arg)
{
	struct toxi_event *client = arg;
	const struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	(void)multi;
	return ms < 0 ? evtimer_del(client->timer)
		      : evtimer_add(client->timer, &tv);
}

/* ---- clients */

static int
set_up(struct toxi_event *client, struct toxi_error *err)
{
	client->multi = curl_multi_init();
	client->timer = evtimer_new(client->base, on_timer, client);
	client->later = event_new(client->base, -1, 0, on_later, client);
	if (client->multi == NULL || client->timer == NULL ||
	    client->later == NULL)
		return fail_nomem(err);
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, watch);
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
	return 0;
}

struct toxi_event *
toxi_event_new(struct event_base *base, const struct toxi_options *options,
    struct toxi_error *err)
{
	struct toxi_error spare;
	struct toxi_event *client;

	err = failure_begin(err, &spare, __func__);
	if (base == NULL) {
		fail(err, TOXI_ERR_ARGUMENT, "no event base");
		return NULL;
	}
	if ((client = calloc(1, sizeof(*client))) == NULL) {
		fail_nomem(err);
		return NULL;
	}
	client->base = base;
	TAILQ_INIT(&client->under_way);
	TAILQ_INIT(&client->complete);
	if (settings_init(&client->settings, options, err) == -1 ||
	    set_up(client, err) == -1)
		goto failed;
	if (curl_version_info(CURLVERSION_NOW)->features &
	    CURL_VERSION_ASYNCHDNS)
		return client;
	fail(err, TOXI_ERR_UNSUPPORTED, "libcurl blocks to look up a name");
failed:
	destroy(client);
	return NULL;
}

void
toxi_event_free(struct toxi_event *client)
{
	struct toxi_call *call;

	if (client == NULL || client->is_freed)
		return;
	client->is_freed = 1;
	enter(client);
	while ((call = TAILQ_FIRST(&client->complete)) != NULL ||
	    (call = TAILQ_FIRST(&client->under_way)) != NULL)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): was removed */
		toxi_event_cancel(call);
	leave(client);
}

/* ---- calls */

static void
begin(struct toxi_call *call)
{
	struct toxi_event *client = call->client;
	struct toxi_error *err = &call->transfer.request.error;
	CURLMcode code;

	TAILQ_INSERT_TAIL(&client->under_way, call, entry);
	curl_easy_setopt(call->transfer.easy, CURLOPT_PRIVATE, call);
	code = curl_multi_add_handle(client->multi, call->transfer.easy);
	if (code == CURLM_OK)
		return;
	TAILQ_REMOVE(&client->under_way, call, entry);
	fail(err,
	    code == CURLM_OUT_OF_MEMORY ? TOXI_ERR_NOMEM : TOXI_ERR_TRANSPORT,
	    "%s", curl_multi_strerror(code));
}

struct toxi_call *
event_start(struct toxi_event *client, struct request *request,
    toxi_event_fn *fn, void *arg)
{
	struct toxi_call *call;

	if (*event_session_id(client->session) != '\0')
		request->session = event_session_id(client->session);
	if (client->is_freed || (call = calloc(1, sizeof(*call))) == NULL) {
		request_free(request);
		return NULL;
	}
	call->client = client;
	call->fn = fn;
	call->arg = arg;
	if (transfer_init(&call->transfer, &client->settings, curl_easy_init(),
		request) == 0)
		begin(call);
	if (call->transfer.request.error.code != TOXI_OK) {
		event_fail_call(call, &call->transfer.request.error);
		event_complete(call);
		event_active(client->later, EV_TIMEOUT, 0);
	}
	return call;
}

struct toxi_call *
event_start_tunnel(struct toxi_event *client, struct request *request,
    toxi_event_fn *fn, void *arg)
{
	struct toxi_call *call = event_start(client, request, fn, arg);

	if (call != NULL)
		call->is_tunnel = 1;
	return call;
}

/* Of one that is complete, the result is thrown away. */
void
toxi_event_cancel(struct toxi_call *call)
{
	struct toxi_event *client = call->client;
	struct toxi_error err;

	enter(client);
	if (client->opens == call) {
		event_session_free(client->session);
		client->session = NULL;
	}
	if (!call->is_complete) {
		detach(call);
		event_complete(call);
	}
	failure_begin(&err, NULL, call->transfer.request.error.call);
	fail(&err, TOXI_ERR_CANCELLED, "cancelled");
	event_fail_call(call, &err);
	call_back(call);
	leave(client);
}

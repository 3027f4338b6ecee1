/* SPDX-License-Identifier: ISC */
/*
 * A libevent program that tests its own retry logic.  The client here
 * connects, waits for a greeting, and starts again after a pause that grows,
 * when it is refused, reset or kept waiting.  The test gives it each of these
 * in turn, and good weather after some attempts.  Without an argument, which is
 * the URL of a toxid, it has a toxid of its own.
 *
 *	cc retry.c $(pkg-config --cflags --libs libtoxi-event) -levent
 */

#include <arpa/inet.h>
#include <err.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <toxi_event.h>

/* ---- the client, which knows nothing of toxics */

struct client {
	struct event_base *base;
	struct sockaddr_storage server;
	int server_len;
	struct bufferevent *bev;
	struct event *pause;
	int attempts;
	void (*failed)(struct client *); /* before it pauses */
	void (*done)(struct client *);
};

static void
client_stop(struct client *c)
{
	if (c->bev != NULL)
		bufferevent_free(c->bev);
	c->bev = NULL;
}

static void
client_greeted(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;

	(void)bev;
	client_stop(c);
	c->done(c);
}

static void
client_happened(struct bufferevent *bev, short what, void *arg)
{
	struct client *c = arg;
	struct timeval pause = { .tv_usec = 10000L << (c->attempts % 4) };

	(void)bev;
	if (what & BEV_EVENT_CONNECTED) {
		bufferevent_write(c->bev, "?", 1);
		return;
	}
	client_stop(c);
	c->failed(c);
	evtimer_add(c->pause, &pause);
}

static void
client_try(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval patience = { .tv_usec = 150000 };
	struct client *c = arg;

	(void)fd;
	(void)what;
	c->attempts++;
	c->bev = bufferevent_socket_new(c->base, -1, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(c->bev, client_greeted, NULL, client_happened, c);
	bufferevent_set_timeouts(c->bev, &patience, NULL);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	bufferevent_socket_connect(
	    c->bev, (struct sockaddr *)&c->server, c->server_len);
}

/* ---- the weather, one after the other */

static const struct weather {
	const char *name;
	int is_disabled; /* or a toxic */
	const char *type;
} weathers[] = {
	{ "a server that is away", 1, NULL },
	{ "a server that resets", 0, "reset_peer" },
	{ "a server that says nothing", 0, "timeout" },
};

#define WEATHERS (sizeof(weathers) / sizeof(weathers[0]))
#define BAD_ATTEMPTS 3

struct test {
	struct client client;
	struct toxi_event *toxi;
	struct evconnlistener *listener;
	char tunnel[64];
	size_t i; /* of the weather */
	int is_clearing;
};

static void begin(struct test *);

static void
check(const struct toxi_reply *reply)
{
	if (reply->error != NULL)
		errx(1, "%s: %s", reply->error->call, reply->error->text);
}

static void
is_good(const struct toxi_reply *reply, void *arg)
{
	(void)arg;
	check(reply);
}

/* Enough of it: the next attempt, or the one after it, has to succeed. */
static void
attempt_failed(struct client *c)
{
	struct test *t = (struct test *)c;
	const struct weather *w = &weathers[t->i];
	char name[64];

	if (c->attempts < BAD_ATTEMPTS || t->is_clearing)
		return;
	t->is_clearing = 1;
	snprintf(name, sizeof(name), "%s_downstream", w->type ? w->type : "");
	if (w->is_disabled)
		toxi_event_proxy_enable(t->toxi, t->tunnel, is_good, t);
	else
		toxi_event_toxic_remove(t->toxi, t->tunnel, name, is_good, t);
}

static void
all_is_gone(const struct toxi_reply *reply, void *arg)
{
	struct test *t = arg;

	check(reply);
	event_base_loopbreak(t->client.base);
}

static void
attempt_succeeded(struct client *c)
{
	struct test *t = (struct test *)c;

	printf("%s: greeted at attempt %d\n", weathers[t->i].name, c->attempts);
	if (c->attempts <= BAD_ATTEMPTS)
		errx(1, "too early: that weather did nothing");
	if (++t->i < WEATHERS)
		begin(t);
	else
		toxi_event_proxy_delete(t->toxi, t->tunnel, all_is_gone, t);
}

static void
weather_is_bad(const struct toxi_reply *reply, void *arg)
{
	struct test *t = arg;

	check(reply);
	client_try(-1, 0, &t->client);
}

static void
begin(struct test *t)
{
	const struct weather *w = &weathers[t->i];

	t->client.attempts = 0;
	t->is_clearing = 0;
	if (w->is_disabled)
		toxi_event_proxy_disable(t->toxi, t->tunnel, weather_is_bad, t);
	else
		toxi_event_toxic_add(
		    t->toxi, t->tunnel, toxi_toxic(w->type), weather_is_bad, t);
}

static void
tunnel_opened(const struct toxi_reply *reply, void *arg)
{
	struct test *t = arg;

	check(reply);
	snprintf(t->tunnel, sizeof(t->tunnel), "%s", reply->proxy->name);
	t->client.server_len = sizeof(t->client.server);
	if (evutil_parse_sockaddr_port(reply->proxy->listen,
		(struct sockaddr *)&t->client.server,
		&t->client.server_len) == -1)
		errx(1, "tunnel at %s", reply->proxy->listen);
	begin(t);
}

/* ---- the server: greets who asks */

static void
server_asked(struct bufferevent *bev, void *arg)
{
	char question[16];

	(void)arg;
	bufferevent_read(bev, question, sizeof(question));
	bufferevent_write(bev, "hello", 5);
}

static void
server_gone(struct bufferevent *bev, short what, void *arg)
{
	(void)what;
	(void)arg;
	bufferevent_free(bev);
}

static void
server_accepted(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *sa, int len, void *arg)
{
	struct bufferevent *bev;

	(void)sa;
	(void)len;
	(void)arg;
	bev = bufferevent_socket_new(
	    evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(bev, server_asked, NULL, server_gone, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

static void
server_start(struct test *t, char *address, size_t size)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	t->listener = evconnlistener_new_bind(t->client.base, server_accepted,
	    t, LEV_OPT_CLOSE_ON_FREE, -1, (struct sockaddr *)&sin, sizeof(sin));
	if (t->listener == NULL ||
	    getsockname(evconnlistener_get_fd(t->listener),
		(struct sockaddr *)&sin, &len) == -1)
		err(1, "server");
	snprintf(address, size, "127.0.0.1:%d", ntohs(sin.sin_port));
}

int
main(int argc, char *argv[])
{
	struct toxi_options options = { .url = argc > 1 ? argv[1] : NULL };
	struct toxi_server *own = NULL;
	struct test t = { .client = { .base = event_base_new(),
			      .failed = attempt_failed,
			      .done = attempt_succeeded } };
	struct toxi_error e;
	char address[64];

	if (options.url == NULL) {
		if ((own = toxi_server_start(NULL, &e)) == NULL)
			errx(1, "%s: %s", e.call, e.text);
		options.url = toxi_server_url(own);
	}
	t.client.pause = evtimer_new(t.client.base, client_try, &t.client);
	server_start(&t, address, sizeof(address));
	if ((t.toxi = toxi_event_new(t.client.base, &options, &e)) == NULL)
		errx(1, "%s: %s", e.call, e.text);
	toxi_event_tunnel_open(t.toxi, address, tunnel_opened, &t);
	event_base_dispatch(t.client.base);

	event_free(t.client.pause);
	evconnlistener_free(t.listener);
	toxi_event_free(t.toxi);
	event_base_free(t.client.base);
	toxi_server_stop(own, &e);
	return 0;
}

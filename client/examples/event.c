/* SPDX-License-Identifier: ISC */
/*
 * The same as blocking.c, in one libevent loop: the server, its client, and
 * what toxid is told.  Without an argument, which is the URL of a toxid, it has
 * a toxid of its own.
 *
 *	cc event.c $(pkg-config --cflags --libs libtoxi-event) -levent
 */

#include <arpa/inet.h>
#include <err.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <toxi_event.h>

struct example {
	struct event_base *base;
	struct evconnlistener *listener;
	struct toxi_event *toxi;
	struct bufferevent *client;
	struct timeval start;
	char tunnel[64]; /* its name */
	int has_latency;
};

static void
check(const struct toxi_reply *reply)
{
	if (reply->error != NULL)
		errx(1, "%s: %s", reply->error->call, reply->error->text);
}

/* ---- the server */

static void
server_readable(struct bufferevent *bev, void *arg)
{
	(void)arg;
	bufferevent_write_buffer(bev, bufferevent_get_input(bev));
}

static void
server_gone(struct bufferevent *bev, short what, void *arg)
{
	(void)arg;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		bufferevent_free(bev);
}

static void
server_accepted(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *sa, int len, void *arg)
{
	struct example *x = arg;
	struct bufferevent *bev;

	(void)listener;
	(void)sa;
	(void)len;
	bev = bufferevent_socket_new(x->base, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(bev, server_readable, NULL, server_gone, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

static void
server_start(struct example *x, char *address, size_t size)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	x->listener = evconnlistener_new_bind(x->base, server_accepted, x,
	    LEV_OPT_CLOSE_ON_FREE, -1, (struct sockaddr *)&sin, sizeof(sin));
	if (x->listener == NULL ||
	    getsockname(evconnlistener_get_fd(x->listener),
		(struct sockaddr *)&sin, &len) == -1)
		err(1, "server");
	snprintf(address, size, "127.0.0.1:%d", ntohs(sin.sin_port));
}

/* ---- what happens, in this order */

static void
client_ping(struct example *x)
{
	gettimeofday(&x->start, NULL);
	bufferevent_write(x->client, "x", 1);
}

static void
tunnel_deleted(const struct toxi_reply *reply, void *arg)
{
	struct example *x = arg;

	check(reply);
	event_base_loopbreak(x->base);
}

static void
latency_added(const struct toxi_reply *reply, void *arg)
{
	struct example *x = arg;

	check(reply);
	x->has_latency = 1;
	client_ping(x);
}

static void
client_readable(struct bufferevent *bev, void *arg)
{
	struct example *x = arg;
	struct timeval now, took;
	char byte;

	bufferevent_read(bev, &byte, 1);
	gettimeofday(&now, NULL);
	timersub(&now, &x->start, &took);
	printf("%s: %.1f ms\n",
	    x->has_latency ? "with latency upstream" : "as it is",
	    (double)took.tv_sec * 1e3 + (double)took.tv_usec / 1e3);
	if (x->has_latency)
		toxi_event_proxy_delete(x->toxi, x->tunnel, tunnel_deleted, x);
	else
		toxi_event_toxic_add(x->toxi, x->tunnel,
		    toxi_upstream(toxi_latency(300, 20)), latency_added, x);
}

static void
client_happened(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & BEV_EVENT_CONNECTED)
		client_ping(arg);
	else if (what & BEV_EVENT_ERROR)
		errx(1, "client: %s",
		    evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
}

static void
tunnel_opened(const struct toxi_reply *reply, void *arg)
{
	struct example *x = arg;
	struct sockaddr_storage ss;
	int len = sizeof(ss);

	check(reply);
	snprintf(x->tunnel, sizeof(x->tunnel), "%s", reply->proxy->name);
	if (evutil_parse_sockaddr_port(
		reply->proxy->listen, (struct sockaddr *)&ss, &len) == -1)
		errx(1, "tunnel at %s", reply->proxy->listen);
	x->client = bufferevent_socket_new(x->base, -1, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(x->client, client_readable, NULL, client_happened, x);
	bufferevent_enable(x->client, EV_READ | EV_WRITE);
	bufferevent_socket_connect(x->client, (struct sockaddr *)&ss, len);
}

int
main(int argc, char *argv[])
{
	struct toxi_options options = { .url = argc > 1 ? argv[1] : NULL };
	struct toxi_server *own = NULL;
	struct example x = { .base = event_base_new() };
	struct toxi_error e;
	char address[64];

	if (options.url == NULL) {
		if ((own = toxi_server_start(NULL, &e)) == NULL)
			errx(1, "%s: %s", e.call, e.text);
		options.url = toxi_server_url(own);
	}
	server_start(&x, address, sizeof(address));
	if ((x.toxi = toxi_event_new(x.base, &options, &e)) == NULL)
		errx(1, "%s: %s", e.call, e.text);
	toxi_event_tunnel_open(x.toxi, address, tunnel_opened, &x);
	event_base_dispatch(x.base);

	bufferevent_free(x.client);
	evconnlistener_free(x.listener);
	toxi_event_free(x.toxi);
	event_base_free(x.base);
	toxi_server_stop(own, &e);
	return 0;
}

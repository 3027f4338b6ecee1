/* SPDX-License-Identifier: ISC */
/* See names.h. */

#include <ares.h>
#include <arpa/inet.h>
#include <event2/event.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "clock.h"
#include "must.h"
#include "names.h"
#include "text.h"

#define HOST_MAX 256
#define GOOD_FOR (30 * NS_PER_S)
#define HELD_MAX 32 /* hosts; there are no more end points than that */
#define TIMEOUT_MS 1500
#define TRIES 2
#define SOCKETS_MAX ARES_GETSOCK_MAXNUM

struct place { /* where a URL leads */
	char host[HOST_MAX];
	int port;
};

struct name_lookup {
	TAILQ_ENTRY(name_lookup) entry;
	struct place place;
	ares_channel channel;
	struct event *events[SOCKETS_MAX], *timer;
	names_fn *fn; /* NULL: cancelled */
	void *arg;
	char *found, *failure;
	int is_over;
};

static struct {
	struct event_base *base;
	TAILQ_HEAD(, name_lookup) lookups;
	struct held {
		struct place place;
		char *addresses;
		int64_t until;
	} held[HELD_MAX];
} names;

/* ---- what is known */

/* 0, or -1: there is no such host. */
static int
read_place(const char *url, struct place *p)
{
	const char *at = strstr(url, "://"), *end;
	size_t len;

	if (at == NULL)
		return -1;
	p->port = strncmp(url, "https", 5) == 0 ? 443 : 80;
	at += 3;
	end = *at == '[' ? strchr(at, ']') : at + strcspn(at, ":/?#");
	if (*at == '[')
		at++;
	len = end != NULL ? (size_t)(end - at) : 0;
	if (len == 0 || len >= sizeof(p->host))
		return -1;
	memcpy(p->host, at, len);
	p->host[len] = '\0';
	end += *end == ']';
	if (*end == ':')
		p->port = (int)strtol(end + 1, NULL, 10);
	return 0;
}

/* libcurl knows what these are. */
static int
is_known(const char *host)
{
	struct in6_addr ip;

	return inet_pton(AF_INET, host, &ip) == 1 ||
	    inet_pton(AF_INET6, host, &ip) == 1 ||
	    strcasecmp(host, "localhost") == 0;
}

static int
is_same(const struct place *a, const struct place *b)
{
	return a->port == b->port && strcmp(a->host, b->host) == 0;
}

static struct held *
find_held(const struct place *p)
{
	size_t i;

	for (i = 0; i < HELD_MAX; i++) {
		if (names.held[i].addresses != NULL &&
		    is_same(&names.held[i].place, p))
			return &names.held[i];
	}
	return NULL;
}

/* In its place, in one that is free, or in that which ends first. */
static void
hold(const struct place *p, const char *addresses)
{
	struct held *h = find_held(p);
	size_t i;

	if (h == NULL) {
		h = &names.held[0];
		for (i = 1; i < HELD_MAX; i++)
			if (names.held[i].until < h->until)
				h = &names.held[i];
	}
	free(h->addresses);
	h->place = *p;
	h->addresses = must(strdup(addresses));
	h->until = clock_now() + GOOD_FOR;
}

void
names_forget(const char *url)
{
	struct place p;
	struct held *h;

	if (read_place(url, &p) == 0 && (h = find_held(&p)) != NULL)
		h->until = 0;
}

/* ---- c-ares, at work */

static void
free_lookup(struct name_lookup *l)
{
	size_t i;

	TAILQ_REMOVE(&names.lookups, l, entry);
	for (i = 0; i < SOCKETS_MAX; i++)
		if (l->events[i] != NULL)
			event_free(l->events[i]);
	event_free(l->timer);
	ares_destroy(l->channel);
	free(l->found);
	free(l->failure);
	free(l);
}

static void on_ready(evutil_socket_t, short, void *);

/* Each time anew: there are two sockets, and only while it looks up. */
static void
await(struct name_lookup *l)
{
	struct timeval most = { .tv_usec = 500000 }, tv;
	ares_socket_t fds[SOCKETS_MAX];
	int i, bits = ares_getsock(l->channel, fds, SOCKETS_MAX);
	int what;

	for (i = 0; i < SOCKETS_MAX; i++) {
		if (l->events[i] != NULL)
			event_free(l->events[i]);
		l->events[i] = NULL;
		what = (ARES_GETSOCK_READABLE(bits, i) ? EV_READ : 0) |
		    (ARES_GETSOCK_WRITABLE(bits, i) ? EV_WRITE : 0);
		if (what == 0)
			continue;
		l->events[i] = must(
		    event_new(names.base, fds[i], (short)what, on_ready, l));
		event_add(l->events[i], NULL);
	}
	evtimer_add(l->timer, ares_timeout(l->channel, &most, &tv));
}

/* The last of a lookup. */
static void
settle(struct name_lookup *l)
{
	names_fn *fn = l->fn;
	void *arg = l->arg;
	char *found = l->found, *failure = l->failure;

	l->found = l->failure = NULL;
	if (found != NULL)
		hold(&l->place, found);
	free_lookup(l);
	if (fn != NULL)
		fn(arg, found, failure);
	free(found);
	free(failure);
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct name_lookup *l = arg;

	ares_process_fd(l->channel, what & EV_READ ? fd : ARES_SOCKET_BAD,
	    what & EV_WRITE ? fd : ARES_SOCKET_BAD);
	if (l->is_over)
		settle(l);
	else
		await(l);
}

static void
add_address(struct text *t, const struct sockaddr *sa)
{
	const void *ip = sa->sa_family == AF_INET6
	    ? (const void *)&((const struct sockaddr_in6 *)sa)->sin6_addr
	    : (const void *)&((const struct sockaddr_in *)sa)->sin_addr;
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(sa->sa_family, ip, text, sizeof(text)) == NULL)
		return;
	if (t->len > 0)
		text_puts(t, ",");
	text_puts(t, text);
}

static void
on_addresses(void *arg, int status, int timeouts, struct ares_addrinfo *found)
{
	struct name_lookup *l = arg;
	struct ares_addrinfo_node *n;
	struct text t = { .len = 0 };

	(void)timeouts;
	l->is_over = 1;
	for (n = found ? found->nodes : NULL; n != NULL; n = n->ai_next)
		add_address(&t, n->ai_addr);
	if (found != NULL)
		ares_freeaddrinfo(found);
	if (t.len > 0)
		l->found =
		    text_format("%s:%d:%s", l->place.host, l->place.port, t.at);
	else
		l->failure = text_format("%s: %s", l->place.host,
		    status == ARES_SUCCESS ? "it has no address"
					   : ares_strerror(status));
	text_free(&t);
}

/* resolv.conf and hosts are read each time: they may be others by now. */
static struct name_lookup *
start(const struct place *p, names_fn *fn, void *arg)
{
	struct ares_options options = { .timeout = TIMEOUT_MS, .tries = TRIES };
	const struct ares_addrinfo_hints hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM };
	struct name_lookup *l = must(calloc(1, sizeof(*l)));

	l->place = *p;
	l->fn = fn;
	l->arg = arg;
	l->timer = must(evtimer_new(names.base, on_ready, l));
	TAILQ_INSERT_TAIL(&names.lookups, l, entry);
	if (ares_init_options(&l->channel, &options,
		ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) != ARES_SUCCESS)
		fatalx("ares_init_options");
	ares_getaddrinfo(l->channel, p->host, NULL, &hints, on_addresses, l);
	return l;
}

struct name_lookup *
names_look_up(const char *url, names_fn *fn, void *arg)
{
	struct name_lookup *l;
	struct held *h;
	struct place p;

	if (read_place(url, &p) == -1) {
		fn(arg, NULL, "the URL has no host");
		return NULL;
	}
	h = find_held(&p);
	if (is_known(p.host) || (h != NULL && h->until > clock_now())) {
		fn(arg, is_known(p.host) ? NULL : h->addresses, NULL);
		return NULL;
	}
	l = start(&p, fn, arg);
	if (!l->is_over) {
		await(l);
		return l;
	}
	settle(l);
	return NULL;
}

/* c-ares calls back where it ends: into nothing. */
void
names_cancel(struct name_lookup *l)
{
	l->fn = NULL;
	free_lookup(l);
}

void
names_open(struct event_base *base)
{
	names.base = base;
	TAILQ_INIT(&names.lookups);
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		fatalx("ares_library_init");
}

void
names_close(void)
{
	struct name_lookup *l;
	size_t i;

	while ((l = TAILQ_FIRST(&names.lookups)) != NULL)
		names_cancel(l);
	for (i = 0; i < HELD_MAX; i++)
		free(names.held[i].addresses);
	ares_library_cleanup();
}

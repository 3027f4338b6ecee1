/* SPDX-License-Identifier: ISC */
/*
 * One name, by c-ares in libevent's loop.  Each has a channel to itself, which
 * costs 40 us and 75 KB while it lasts, and saves a good deal: the files are
 * read as they are now, ports and ids are new each time, an end of one touches
 * no other, and it can be called off.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "agreed.h"
#include "log.h"
#include "nitems.h"
#include "resolvd.h"

/* Within the time that a listen address is waited for, all are tried. */
#define LISTEN_TRIES 4
#define LISTEN_TIMEOUT_MS (LISTEN_NAME_WITHIN_S * 1000 / LISTEN_TRIES)

struct search_socket {
	LIST_ENTRY(search_socket) entry;
	struct search *search;
	struct event event;
};

/* ---- the answer */

static enum endpoint_error
error_of(int status)
{
	switch (status) {
	case ARES_ENOTFOUND:
	case ARES_ENODATA:
	case ARES_EBADNAME:
		return ENDPOINT_NO_SUCH_HOST;
	case ARES_ETIMEOUT:
		return ENDPOINT_TIMED_OUT;
	default:
		return ENDPOINT_LOOKUP_FAILED;
	}
}

static size_t
count(const struct ares_addrinfo_node *node, int family)
{
	size_t n = 0;

	for (; node != NULL; node = node->ai_next)
		n += node->ai_family == family;
	return n;
}

/* In their order, and of each family so many that the other has some, too. */
static void
take_addresses(struct search *s, const struct ares_addrinfo_node *node)
{
	struct lookup_result *r = &s->result;
	size_t n4 = count(node, AF_INET), n6 = count(node, AF_INET6);
	size_t half = ADDRESSES_MAX / 2, left[2];
	struct address *a;

	left[0] = n6 < half ? ADDRESSES_MAX - n6 : half;
	left[1] = n4 < half ? ADDRESSES_MAX - n4 : half;
	for (; node != NULL && r->n < ADDRESSES_MAX; node = node->ai_next) {
		a = &r->addresses[r->n];
		if (left[node->ai_family == AF_INET6] == 0 ||
		    address_from_sockaddr(a, node->ai_addr) == -1)
			continue;
		left[node->ai_family == AF_INET6]--;
		a->port = s->port;
		r->n++;
	}
}

/* From within c-ares, whose channel has to stay until it comes back. */
static void
answered(void *arg, int status, int timeouts, struct ares_addrinfo *found)
{
	struct search *s = arg;

	(void)timeouts;
	if (status == ARES_SUCCESS && found != NULL)
		take_addresses(s, found->nodes);
	if (s->result.n == 0)
		s->result.error = (uint8_t)error_of(
		    status == ARES_SUCCESS ? ARES_ENODATA : status);
	if (found != NULL)
		ares_freeaddrinfo(found);
	s->is_over = 1;
}

/* ---- the loop */

static void
wake_when_due(struct search *s)
{
	struct timeval tv;

	if (ares_timeout(s->channel, NULL, &tv) != NULL)
		evtimer_add(&s->timer, &tv);
}

static void
go_on(struct search *s, ares_socket_t readable, ares_socket_t writable)
{
	sockets_new_turn();
	ares_process_fd(s->channel, readable, writable);
	if (s->is_over)
		s->done(s);
	else
		wake_when_due(s);
}

static void
socket_ready(evutil_socket_t fd, short what, void *arg)
{
	const struct search_socket *k = arg;

	go_on(k->search, (what & EV_READ) != 0 ? fd : ARES_SOCKET_BAD,
	    (what & EV_WRITE) != 0 ? fd : ARES_SOCKET_BAD);
}

static void
time_is_up(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	go_on(arg, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void
forget_socket(struct search_socket *k)
{
	event_del(&k->event);
	LIST_REMOVE(k, entry);
	free(k);
}

/* It is called for a new socket, one that is to be closed, and in between. */
static void
socket_changed(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct search *s = arg;
	struct search_socket *k;
	short what = EV_PERSIST;

	LIST_FOREACH (k, &s->sockets, entry) {
		if (event_get_fd(&k->event) == fd)
			break;
	}
	if (k != NULL)
		forget_socket(k);
	if (!readable && !writable)
		return;
	what |= readable ? EV_READ : 0;
	what |= writable ? EV_WRITE : 0;
	if ((k = calloc(1, sizeof(*k))) == NULL)
		fatal("%s", __func__);
	k->search = s;
	LIST_INSERT_HEAD(&s->sockets, k, entry);
	if (event_assign(&k->event, resolvd.base, fd, what, socket_ready, k) ==
		-1 ||
	    event_add(&k->event, NULL) == -1)
		fatalx("%s", __func__);
}

/* ---- its beginning and end */

/* The n-th look-up begins with the n-th name server. */
static void
rotate_servers(ares_channel channel)
{
	static unsigned int nth;
	struct ares_addr_port_node *first, *last, *new_last;
	unsigned int i, n = 1;

	if (ares_get_servers_ports(channel, &first) != ARES_SUCCESS ||
	    first == NULL)
		return;
	for (last = first; last->next != NULL; last = last->next)
		n++;
	new_last = first;
	for (i = nth++ % n; i > 1; i--)
		new_last = new_last->next;
	if (n > 1 && (nth - 1) % n != 0) {
		last->next = first;
		first = new_last->next;
		new_last->next = NULL;
	}
	ares_set_servers_ports(channel, first);
	ares_free_data(first);
}

/* lookups: where to look, or NULL: as the files say.  0, or -1: no memory. */
static int
open_channel(struct search *s, enum purpose purpose, char *lookups)
{
	struct settings settings;
	struct ares_options options = { .sock_state_cb = socket_changed,
		.sock_state_cb_data = s };
	int mask = ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES;

	settings_read(&settings);
	options.timeout = settings.timeout_ms;
	options.tries = settings.attempts;
	if (purpose == TO_LISTEN) {
		options.timeout = LISTEN_TIMEOUT_MS;
		options.tries = LISTEN_TRIES;
	}
	if (settings.uses_tcp) {
		mask |= ARES_OPT_FLAGS;
		options.flags = ARES_FLAG_USEVC;
	}
	if (lookups != NULL) {
		mask |= ARES_OPT_LOOKUPS;
		options.lookups = lookups;
	}
	if (ares_init_options(&s->channel, &options, mask) != ARES_SUCCESS) {
		s->channel = NULL;
		return -1;
	}
	ares_set_socket_functions(s->channel, &sockets_functions, NULL);
	if (settings.rotates)
		rotate_servers(s->channel);
	return 0;
}

/* ---- a long hosts file */

/* Where c-ares looks: 'f' is the file, 'b' are the name servers. */
#define LOOKUPS_MAX 2

/* Those that are left when the file has been looked at, which comes first. */
static int
lookups_left(ares_channel channel, char left[LOOKUPS_MAX + 1])
{
	struct ares_options options = { 0 };
	int mask, r = -1;

	if (ares_save_options(channel, &options, &mask) != ARES_SUCCESS)
		return -1;
	if (options.lookups != NULL && options.lookups[0] == 'f' &&
	    strlen(options.lookups) <= LOOKUPS_MAX) {
		snprintf(left, LOOKUPS_MAX + 1, "%s", options.lookups + 1);
		r = 0;
	}
	ares_destroy_options(&options);
	return r;
}

static void
take_found(struct search *s, struct address *found, size_t n)
{
	struct ares_addrinfo_node nodes[HOSTS_ADDRESSES_MAX];
	struct sockaddr_storage ss[HOSTS_ADDRESSES_MAX];
	socklen_t len;
	size_t i;

	order_addresses(found, n);
	memset(nodes, 0, sizeof(nodes));
	for (i = 0; i < n; i++) {
		address_to_sockaddr(&found[i], &ss[i], &len);
		nodes[i].ai_family = ss[i].ss_family;
		nodes[i].ai_addr = (struct sockaddr *)&ss[i];
		nodes[i].ai_next = i + 1 < n ? &nodes[i + 1] : NULL;
	}
	take_addresses(s, nodes);
	s->is_over = 1;
}

/* c-ares knows that name without a file; and whatever is below it. */
static int
is_localhost(const char *host)
{
	static const char name[] = "localhost";
	size_t len = strlen(host), n = sizeof(name) - 1;

	return len >= n && strcasecmp(host + len - n, name) == 0 &&
	    (len == n || host[len - n - 1] == '.');
}

/* 0; or -1, as for open_channel(): of what is left c-ares is to be asked. */
static int
look_into_hosts(struct search *s, const char *host, enum purpose purpose)
{
	struct address found[HOSTS_ADDRESSES_MAX];
	char left[LOOKUPS_MAX + 1];
	int n = hosts_find(host, found);

	if (n == -1 || (n == 0 && is_localhost(host)) ||
	    lookups_left(s->channel, left) == -1)
		return 0;
	if (n > 0) {
		take_found(s, found, (size_t)n);
		return 0;
	}
	if (left[0] == '\0') {
		s->result.error = ENDPOINT_NO_SUCH_HOST;
		s->is_over = 1;
		return 0;
	}
	ares_destroy(s->channel);
	return open_channel(s, purpose, left);
}

int
search_start(
    struct search *s, const char *host, uint16_t port, enum purpose purpose)
{
	const struct ares_addrinfo_hints hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM };

	LIST_INIT(&s->sockets);
	s->port = port;
	s->result = (struct lookup_result){ 0 };
	s->is_over = 0;
	evtimer_assign(&s->timer, resolvd.base, time_is_up, s);
	if (open_channel(s, purpose, NULL) == -1 ||
	    look_into_hosts(s, host, purpose) == -1) {
		s->result.error = ENDPOINT_LOOKUP_FAILED;
		return 1;
	}
	if (s->is_over)
		return 1;
	ares_getaddrinfo(s->channel, host, NULL, &hints, answered, s);
	if (!s->is_over)
		wake_when_due(s);
	return s->is_over;
}

/* Where c-ares still has something to say: it is not heard any more. */
void
search_stop(struct search *s)
{
	struct search_socket *k;

	if (s->channel == NULL)
		return;
	event_del(&s->timer);
	ares_destroy(s->channel);
	s->channel = NULL;
	while ((k = LIST_FIRST(&s->sockets)) != NULL) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): was removed */
		forget_socket(k);
	}
}

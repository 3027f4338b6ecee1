/* SPDX-License-Identifier: ISC */
/* Sessions of proxies, and what toxics do in them: both ways. */

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <toxi_event.h>
#include <unistd.h>

#include "rig.h"

#define MANY 70 /* more than a page has */

static struct toxi *toxi;
static struct toxi_tunnel *tunnel;
static const char *proxy;
static int fds[MANY];

static struct toxi *
client_of(const char *url)
{
	const struct toxi_options options = { .url = url };
	struct toxi *made = toxi_new(&options, &err);

	cr_assert_neq(made, NULL, "%s", err.text);
	return made;
}

/* So many clients, each of which has got through. */
static void
begin(int n)
{
	int i;

	toxi = client();
	tunnel = toxi_tunnel_open(toxi, echo(), &err);
	cr_assert_neq(tunnel, NULL, "%s", err.text);
	proxy = toxi_tunnel_name(tunnel);
	for (i = 0; i < n; i++) {
		fds[i] = toxi_tunnel_connect(tunnel, &err);
		cr_assert_neq(fds[i], -1, "%s", err.text);
		ping(fds[i]);
	}
}

static void
end(int n)
{
	while (n > 0)
		close(fds[--n]);
	MUST(toxi_tunnel_free(tunnel, &err));
	toxi_free(toxi);
}

static struct toxi_proxy_sessions *
list(const struct toxi_proxy_session_filter *filter)
{
	struct toxi_proxy_sessions *page;

	MUST(toxi_proxy_session_list(toxi, filter, &page, &err));
	return page;
}

Test(proxy_session, is_listed)
{
	struct toxi_proxy_session_filter filter = { .proxy = NULL };
	struct toxi_proxy_sessions *page;
	const struct toxi_proxy_session *s;

	begin(1);
	filter.proxy = proxy;
	page = list(&filter);
	cr_assert_eq(page->n, 1);
	cr_expect_eq(page->next, NULL);
	s = &page->list[0];
	cr_expect_neq(strchr(s->id, '.'), NULL);
	cr_expect_str_eq(s->proxy, proxy);
	cr_expect_eq(strncmp(s->client, "127.0.0.1:", 10), 0);
	cr_expect_str_eq(s->upstream, echo());
	cr_expect_str_eq(s->address, echo());
	cr_expect_eq(s->state, TOXI_SESSION_OPEN);
	cr_expect_gt(s->sent[TOXI_UPSTREAM], 0);
	cr_expect_eq(s->sent[TOXI_UPSTREAM], s->sent[TOXI_DOWNSTREAM]);
	cr_expect_eq(s->held_bytes, 0);
	cr_expect_eq(s->n_toxics, 0);
	cr_expect_eq(s->why, NULL);
	cr_expect_eq(s->sessions, 1);
	toxi_proxy_sessions_free(page);
	toxi_proxy_sessions_free(NULL);
	end(1);
}

static const struct toxi_toxic_work *
work_of(const struct toxi_proxy_session *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_toxics; i++)
		if (strcmp(s->toxics[i].name, name) == 0)
			return &s->toxics[i];
	cr_assert_fail("no %s", name);
	return NULL;
}

Test(proxy_session, shows_what_its_toxics_do)
{
	const struct toxi_toxic_work *w;
	struct toxi_proxy_sessions *page;
	struct toxi_proxy_session *s;
	struct toxi_proxy_session_filter filter = { .proxy = NULL };
	char id[64];

	begin(1);
	filter.proxy = proxy;
	page = list(&filter);
	snprintf(id, sizeof(id), "%s", page->list[0].id);
	toxi_proxy_sessions_free(page);
	MUST(toxi_toxic_add(
	    toxi, proxy, toxi_named(toxi_latency(1, 0), "slow"), NULL, &err));
	MUST(toxi_toxic_add(toxi, proxy,
	    toxi_upstream(
		toxi_toxicity(toxi_named(toxi_bandwidth(1), "none"), 0)),
	    NULL, &err));
	ping(fds[0]);
	MUST(toxi_proxy_session_get(toxi, proxy, id, &s, &err));
	cr_expect_str_eq(s->id, id);
	cr_assert_eq(s->n_toxics, 2);
	w = work_of(s, "none");
	cr_expect_str_eq(w->type, "bandwidth");
	cr_expect_eq(w->stream, TOXI_UPSTREAM);
	cr_expect_not(w->is_active);
	cr_expect_eq(w->delayed_bytes, 0);
	w = work_of(s, "slow");
	cr_expect_eq(w->stream, TOXI_DOWNSTREAM);
	cr_expect(w->is_active);
	cr_expect_gt(w->delayed_bytes, 0);
	toxi_proxy_session_free(s);
	toxi_proxy_session_free(NULL);
	end(1);
}

/* Behind the proxy's, and of this one alone. */
Test(proxy_session, has_toxics_of_its_own)
{
	const struct toxi_toxic slow = toxi_named(toxi_latency(1, 0), "slow");
	struct toxi_proxy_session_filter filter = { .proxy = NULL };
	struct toxi_proxy_sessions *page;
	struct toxi_proxy_session *s;
	struct toxi_toxics *toxics;
	struct toxi_toxic *t;
	char id[64];

	begin(1);
	filter.proxy = proxy;
	page = list(&filter);
	snprintf(id, sizeof(id), "%s", page->list[0].id);
	toxi_proxy_sessions_free(page);
	MUST(toxi_proxy_session_toxic_add(toxi, proxy, id, slow, &t, &err));
	cr_expect_str_eq(t->name, "slow");
	toxi_toxic_free(t);
	cr_expect_eq(
	    toxi_proxy_session_toxic_add(toxi, proxy, id, slow, NULL, &err),
	    -1);
	cr_expect_eq(err.status, 409);
	cr_expect_str_eq(err.call, "toxi_proxy_session_toxic_add");
	MUST(toxi_proxy_session_toxic_update(toxi, proxy, id,
	    toxi_toxicity(toxi_named(toxi_latency(2, 0), "slow"), TOXI_KEEP),
	    &t, &err));
	cr_expect_eq(t->toxicity, 1);
	toxi_toxic_free(t);
	MUST(toxi_proxy_session_toxic_get(toxi, proxy, id, "slow", &t, &err));
	toxi_toxic_free(t);
	ping(fds[0]);
	MUST(toxi_proxy_session_get(toxi, proxy, id, &s, &err));
	cr_assert_eq(s->n_toxics, 1);
	cr_expect(s->toxics[0].is_own);
	cr_expect_gt(s->toxics[0].delayed_bytes, 0);
	toxi_proxy_session_free(s);
	MUST(toxi_proxy_session_toxic_remove(toxi, proxy, id, "slow", &err));
	MUST(toxi_proxy_session_toxic_list(toxi, proxy, id, &toxics, &err));
	cr_expect_eq(toxics->n, 0);
	toxi_toxics_free(toxics);
	end(1);
}

Test(proxy_session, of_no_name_has_no_toxics)
{
	toxi = client();
	cr_expect_eq(
	    toxi_proxy_session_toxic_get(toxi, "p", "", "t", NULL, &err), -1);
	cr_expect_eq(err.code, TOXI_ERR_ARGUMENT);
	cr_expect_eq(
	    toxi_proxy_session_toxic_get(toxi, "", "1.0", "t", NULL, &err), -1);
	cr_expect_eq(err.code, TOXI_ERR_ARGUMENT);
	cr_expect_eq(
	    toxi_proxy_session_toxic_get(toxi, "p", "1.0", NULL, NULL, &err),
	    -1);
	cr_expect_eq(err.code, TOXI_ERR_ARGUMENT);
	cr_expect_eq(
	    toxi_proxy_session_toxic_remove(toxi, "p", "0.0", "t", &err), -1);
	cr_expect_eq(err.status, 404);
	toxi_free(toxi);
}

Test(proxy_session, pages_have_each_once)
{
	struct toxi_proxy_session_filter filter = { .proxy = NULL };
	struct toxi_proxy_sessions *page;
	char ids[MANY][64], cursor[64];
	size_t n = 0, i, j;

	begin(MANY);
	filter.proxy = proxy;
	do {
		page = list(&filter);
		for (i = 0; i < page->n; i++, n++) {
			cr_assert_lt(n, MANY);
			snprintf(ids[n], 64, "%s", page->list[i].id);
			for (j = 0; j < n; j++)
				cr_assert_str_neq(ids[j], ids[n]);
		}
		filter.cursor = NULL;
		if (page->next != NULL) {
			snprintf(cursor, sizeof(cursor), "%s", page->next);
			filter.cursor = cursor;
		}
		toxi_proxy_sessions_free(page);
	} while (filter.cursor != NULL);
	cr_expect_eq(n, MANY);
	end(MANY);
}

/* Where that client comes from. */
static void
address_of(int fd, char text[32])
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	cr_assert_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	snprintf(text, 32, "127.0.0.1:%d", ntohs(sin.sin_port));
}

Test(proxy_session, filters_leave_others_out)
{
	struct toxi_proxy_session_filter filter = { .proxy = NULL };
	struct toxi_proxy_sessions *page;
	char address[32];

	begin(3);
	address_of(fds[1], address);
	filter.proxy = proxy;
	filter.client = address;
	page = list(&filter);
	cr_assert_eq(page->n, 1);
	cr_expect_str_eq(page->list[0].client, address);
	toxi_proxy_sessions_free(page);
	filter.states = TOXI_SESSION_DIALLING | TOXI_SESSION_DRAINING;
	page = list(&filter);
	cr_expect_eq(page->n, 0);
	toxi_proxy_sessions_free(page);
	filter.states |= TOXI_SESSION_OPEN;
	page = list(&filter);
	cr_expect_eq(page->n, 1);
	toxi_proxy_sessions_free(page);
	filter.states = 32;
	FAILS(toxi_proxy_session_list(toxi, &filter, &page, &err),
	    TOXI_ERR_ARGUMENT);
	filter.states = TOXI_SESSION_OPEN;
	filter.client = "somebody & others";
	REFUSED(toxi_proxy_session_list(toxi, &filter, &page, &err), 400);
	end(3);
}

Test(proxy_session, ends_when_it_is_told_to)
{
	struct toxi_proxy_session_filter filter = { .proxy = NULL };
	struct toxi_proxy_sessions *page;
	char byte;

	begin(2);
	filter.proxy = proxy;
	page = list(&filter);
	cr_assert_eq(page->n, 2);
	MUST(toxi_proxy_session_end(
	    toxi, proxy, page->list[0].id, TOXI_RESET, &err));
	MUST(toxi_proxy_session_end(
	    toxi, proxy, page->list[1].id, TOXI_CLOSE, &err));
	cr_expect_eq(recv(fds[0], &byte, 1, 0), -1);
	cr_expect_eq(errno, ECONNRESET);
	cr_expect_eq(recv(fds[1], &byte, 1, 0), 0);
	REFUSED(
	    toxi_proxy_session_get(toxi, proxy, page->list[0].id, NULL, &err),
	    404);
	REFUSED(toxi_proxy_session_end(
		    toxi, proxy, page->list[0].id, TOXI_CLOSE, &err),
	    404);
	REFUSED(toxi_proxy_session_get(toxi, "none", "1.1", NULL, &err), 404);
	FAILS(toxi_proxy_session_get(toxi, proxy, "", NULL, &err),
	    TOXI_ERR_ARGUMENT);
	toxi_proxy_sessions_free(page);
	end(2);
}

Test(proxy_session, says_why_it_has_ended)
{
	struct toxi_proxy_session_filter filter = { .states =
							TOXI_SESSION_ENDED };
	struct toxi_proxy_sessions *page;
	char bytes[2];

	begin(1);
	filter.proxy = proxy;
	MUST(toxi_toxic_add(
	    toxi, proxy, toxi_named(toxi_limit_data(1), "cut"), NULL, &err));
	cr_assert_eq(send(fds[0], "ab", 2, 0), 2);
	while (recv(fds[0], bytes, sizeof(bytes), 0) > 0)
		;
	/* its client has heard of it sooner */
	for (page = list(&filter); page->n == 0; page = list(&filter))
		toxi_proxy_sessions_free(page);
	cr_assert_eq(page->n, 1);
	cr_expect_eq(page->list[0].state, TOXI_SESSION_ENDED);
	cr_expect_str_eq(page->list[0].toxic, "cut");
	cr_expect_neq(page->list[0].why, NULL);
	cr_expect_neq(page->list[0].cause, NULL);
	cr_expect_gt(page->connections, 0);
	cr_expect_eq(page->list[0].sessions, 1);
	toxi_proxy_sessions_free(page);
	end(1);
}

/* ---- in a loop */

struct seen {
	char id[64];
	int calls;
	size_t n_toxics;
};

static void
see(const struct toxi_reply *reply, void *arg)
{
	struct seen *seen = arg;

	cr_assert_eq(reply->error, NULL);
	seen->calls++;
	if (reply->sessions != NULL)
		snprintf(seen->id, sizeof(seen->id), "%s",
		    reply->sessions->list[0].id);
	if (reply->session != NULL)
		seen->n_toxics = reply->session->n_toxics;
}

Test(proxy_session, in_a_loop)
{
	const struct toxi_options options = { .url = given("TOXI_URL") };
	struct event_base *base = event_base_new();
	struct toxi_event *event = toxi_event_new(base, &options, &err);
	struct toxi_proxy_session_filter filter = { .proxy = NULL };
	struct seen seen = { .n_toxics = 9 };
	char byte;

	begin(1);
	cr_assert_neq(event, NULL, "%s", err.text);
	filter.proxy = proxy;
	toxi_event_proxy_session_list(event, &filter, see, &seen);
	event_base_dispatch(base);
	toxi_event_proxy_session_get(event, proxy, seen.id, see, &seen);
	event_base_dispatch(base);
	toxi_event_proxy_session_end(
	    event, proxy, seen.id, TOXI_CLOSE, see, &seen);
	event_base_dispatch(base);
	cr_expect_eq(seen.calls, 3);
	cr_expect_eq(seen.n_toxics, 0);
	cr_expect_eq(recv(fds[0], &byte, 1, 0), 0);
	toxi_event_free(event);
	event_base_free(base);
	end(1);
}

/* ---- answers that do not say */

static const char *const no_page[] = {
	"say/%7B%7D",
	"say/%5B%5D",
	"say/%7B%22sessions%22%3A%5B1%5D%7D",
	"say/%7B%22sessions%22%3A%5B%7B%22proxy%22%3A%22p%22%7D%5D%7D",
};

static const char *const no_session[] = {
	"say/%7B%7D",
	"say/%7B%22proxy%22%3A%22p%22%2C%22state%22%3A%22open%22%2C"
	"%22toxics%22%3A%5B1%5D%7D",
};

static struct toxi *
fake(const char *says)
{
	char url[512];

	snprintf(url, sizeof(url), "%s/%s", given("TOXI_FAKE"), says);
	return client_of(url);
}

Test(proxy_session, answers_that_do_not_say)
{
	struct toxi_proxy_sessions *page;
	struct toxi_proxy_session *session;
	size_t i;

	for (i = 0; i < sizeof(no_page) / sizeof(no_page[0]); i++) {
		toxi = fake(no_page[i]);
		FAILS(toxi_proxy_session_list(toxi, NULL, &page, &err),
		    TOXI_ERR_PROTOCOL);
		cr_expect_eq(page, NULL);
		toxi_free(toxi);
	}
	for (i = 0; i < sizeof(no_session) / sizeof(no_session[0]); i++) {
		toxi = fake(no_session[i]);
		FAILS(toxi_proxy_session_get(toxi, "p", "1.1", &session, &err),
		    TOXI_ERR_PROTOCOL);
		cr_expect_eq(session, NULL);
		toxi_free(toxi);
	}
}

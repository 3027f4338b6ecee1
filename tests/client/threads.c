/* SPDX-License-Identifier: ISC */
/*
 * Many threads with one client and one session, and some with a loop of their
 * own: for the thread sanitizer.  Says nothing if all is well.
 */

#include <err.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <toxi_event.h>
#include <unistd.h>

#define THREADS 16
#define LOOPS 4
#define ROUNDS 10

static struct toxi *toxi;
static struct toxi_session *session;
static const char *url;

static int
list(void *name)
{
	struct toxi_toxics *toxics;
	struct toxi_error e;
	int n;

	if (toxi_toxic_list(toxi, name, &toxics, &e) == -1)
		errx(1, "%s: %s", e.call, e.text);
	n = (int)toxics->n;
	toxi_toxics_free(toxics);
	return n;
}

static void
one_round(void)
{
	const struct toxi_tunnel *tunnel;
	struct toxi_error e;
	char name[64];
	int fd;

	tunnel = toxi_session_tunnel(session, "127.0.0.1:1", &e);
	if (tunnel == NULL)
		errx(1, "%s: %s", e.call, e.text);
	snprintf(name, sizeof(name), "%s", toxi_tunnel_name(tunnel));
	if (toxi_session_toxic(session, name, toxi_timeout(0), NULL, &e) == -1)
		errx(1, "%s: %s", e.call, e.text);
	if (toxi_with(toxi, name, TOXI_TOXICS(toxi_latency(1, 0)), list, name,
		&e) != 2)
		errx(1, "%s: %s", e.call, e.text);
	if ((fd = toxi_tunnel_connect(tunnel, &e)) == -1)
		errx(1, "%s: %s", e.call, e.text);
	close(fd);
	if (toxi_proxy_get(toxi, "none", NULL, &e) != -1 || e.status != 404)
		errx(1, "there is a proxy none");
}

static void *
rounds(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < ROUNDS; i++)
		one_round();
	return NULL;
}

static void
count(const struct toxi_reply *reply, void *arg)
{
	if (reply->error != NULL)
		errx(1, "%s: %s", reply->error->call, reply->error->text);
	++*(int *)arg;
}

static void *
loop(void *arg)
{
	const struct toxi_options options = { .url = url };
	struct event_base *base = event_base_new();
	struct toxi_event *event = toxi_event_new(base, &options, NULL);
	int i, n = 0;

	(void)arg;
	for (i = 0; i < ROUNDS; i++)
		toxi_event_version(event, count, &n);
	event_base_dispatch(base);
	if (n != ROUNDS)
		errx(1, "%d answers in the loop", n);
	toxi_event_free(event);
	event_base_free(base);
	return NULL;
}

int
main(void)
{
	struct toxi_options options = { 0 };
	pthread_t threads[THREADS + LOOPS];
	struct toxi_error e;
	size_t i;

	if ((options.url = url = getenv("TOXI_URL")) == NULL)
		errx(1, "no TOXI_URL");
	/* Who is the first to use libcurl is left to chance. */
	for (i = 0; i < LOOPS; i++)
		pthread_create(&threads[THREADS + i], NULL, loop, NULL);
	if ((toxi = toxi_new(&options, &e)) == NULL ||
	    (session = toxi_session_open(toxi, &e)) == NULL)
		errx(1, "%s: %s", e.call, e.text);
	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, rounds, NULL);
	for (i = 0; i < THREADS + LOOPS; i++)
		pthread_join(threads[i], NULL);
	if (toxi_session_free(session, &e) == -1)
		errx(1, "%s: %s", e.call, e.text);
	toxi_free(toxi);
	return 0;
}

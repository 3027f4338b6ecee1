/* SPDX-License-Identifier: ISC */
/* A suite that makes things until it is killed; see killed.py. */

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <toxi.h>
#include <unistd.h>

static struct toxi *toxi;
static struct toxi_session *session; /* or NULL */
static struct toxi_error e;
static int64_t ttl, since;

static int64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* What it was about need not be there when ttl is over. */
static void
check(int rc)
{
	const int is_over = ttl > 0 && now() - since > ttl;

	if (rc == -1 && (e.status != 404 || !is_over))
		errx(1, "%s", e.text);
}

/* In the session, or each with a lease. */
static void
make(const char *name, const char *shared)
{
	struct toxi_proxy proxy = { .name = name,
		.listen = "127.0.0.1:0",
		.upstream = getenv("UPSTREAM"),
		.ttl_ms = ttl };
	struct toxi_toxic toxic =
	    toxi_leased(toxi_named(toxi_latency(1, 0), name), ttl);

	if (session != NULL) {
		check(toxi_session_proxy(session, &proxy, NULL, &e));
		check(toxi_session_toxic(session, name, toxic, NULL, &e));
		check(toxi_session_toxic(session, shared, toxic, NULL, &e));
	} else {
		check(toxi_proxy_create(toxi, &proxy, NULL, &e));
		check(toxi_toxic_add(toxi, name, toxic, NULL, &e));
		check(toxi_toxic_add(toxi, shared, toxic, NULL, &e));
		check(toxi_proxy_lease(toxi, name, ttl, &e));
	}
}

static void
turn(int n)
{
	const char *shared = getenv("SHARED");
	char name[64];

	since = now();
	snprintf(name, sizeof(name), "%s%d", getenv("PREFIX"), n);
	make(name, shared);
	if (n % 4 == 0)
		return;
	check(toxi_proxy_delete(toxi, name, &e));
	check(toxi_toxic_remove(toxi, shared, name, &e));
}

int
main(void)
{
	struct toxi_options options = { .token = getenv("TOKEN") };
	char url[64];
	int n;

	ttl = strtoll(getenv("TTL"), NULL, 10);
	snprintf(url, sizeof(url), "http://%s", getenv("TOXID"));
	options.url = url;
	if ((toxi = toxi_new(&options, &e)) == NULL)
		errx(1, "%s", e.text);
	if (getenv("SESSION") != NULL &&
	    (session = toxi_session_open(toxi, &e)) == NULL)
		errx(1, "%s", e.text);
	for (n = 0;; n++) {
		turn(n);
		printf("%d\n", n);
		fflush(stdout);
		usleep(50000);
	}
}

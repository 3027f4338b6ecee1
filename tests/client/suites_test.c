/* SPDX-License-Identifier: ISC */
/* What is there for test suites: toxi_with(), tunnels and sessions. */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

static struct toxi *toxi;

static void
open_client(void)
{
	toxi = client();
}

static void
close_client(void)
{
	toxi_free(toxi);
}

TestSuite(suites, .init = open_client, .fini = close_client);

static size_t
toxics_on(const char *proxy)
{
	struct toxi_toxics *list;
	size_t n;

	MUST(toxi_toxic_list(toxi, proxy, &list, &err));
	n = list->n;
	toxi_toxics_free(list);
	return n;
}

static int
is_there(const char *proxy)
{
	return toxi_proxy_get(toxi, proxy, NULL, NULL) == 0;
}

/* ---- toxi_with() */

static int
count(void *proxy)
{
	return 10 + (int)toxics_on(proxy);
}

static int
must_not_run(void *arg)
{
	(void)arg;
	cr_assert_fail("called without its toxics");
	return 0;
}

Test(suites, with_applies_and_removes)
{
	char name[] = "with";

	make_proxy(toxi, name);
	cr_expect_eq(toxi_with(toxi, name,
			 TOXI_TOXICS(toxi_latency(1, 0),
			     toxi_upstream(toxi_bandwidth(9))),
			 count, name, &err),
	    12);
	cr_expect_eq(err.code, TOXI_OK);
	cr_expect_eq(toxics_on(name), 0);
	/* No toxics at all are none too few. */
	cr_expect_eq(
	    toxi_with(toxi, name, (struct toxi_toxics){ 0 }, count, name, &err),
	    10);
	toxi_proxy_delete(toxi, name, NULL);
}

Test(suites, with_is_all_or_nothing)
{
	make_proxy(toxi, "all");
	REFUSED(toxi_with(toxi, "all",
		    TOXI_TOXICS(toxi_latency(1, 0), toxi_latency(2, 0)),
		    must_not_run, NULL, &err),
	    409);
	cr_expect_str_eq(err.call, "toxi_toxic_add");
	cr_expect_eq(toxics_on("all"), 0);
	toxi_proxy_delete(toxi, "all", NULL);
}

static int
delete_proxy(void *name)
{
	return toxi_proxy_delete(toxi, name, &err) == 0 ? 5 : 0;
}

Test(suites, with_does_not_mind_what_has_gone)
{
	char name[] = "going";

	make_proxy(toxi, name);
	cr_expect_eq(toxi_with(toxi, name, TOXI_TOXICS(toxi_latency(1, 0)),
			 delete_proxy, name, &err),
	    5);
	cr_expect_eq(err.code, TOXI_OK);
}

static int
leave_thread(void *arg)
{
	pthread_exit(arg);
}

static void *
with_in_thread(void *name)
{
	toxi_with(toxi, name, TOXI_TOXICS(toxi_latency(1, 0)), leave_thread,
	    name, &err);
	return NULL;
}

Test(suites, with_removes_when_the_thread_exits)
{
	char name[] = "exits";
	pthread_t thread;
	void *result;

	make_proxy(toxi, name);
	pthread_create(&thread, NULL, with_in_thread, name);
	pthread_join(thread, &result);
	cr_expect_eq(result, name);
	cr_expect_eq(toxics_on(name), 0);
	toxi_proxy_delete(toxi, name, NULL);
}

/* ---- tunnels */

Test(suites, a_tunnel_carries_bytes_and_toxics)
{
	struct toxi_tunnel *tunnel = toxi_tunnel_open(toxi, echo(), &err);
	char name[64], address[64];
	int fd;

	cr_assert_neq(tunnel, NULL, "%s", err.text);
	snprintf(name, sizeof(name), "%s", toxi_tunnel_name(tunnel));
	snprintf(address, sizeof(address), "%s:%d", toxi_tunnel_host(tunnel),
	    toxi_tunnel_port(tunnel));
	cr_expect_str_eq(address, toxi_tunnel_address(tunnel));
	cr_assert_neq(
	    fd = toxi_tunnel_connect(tunnel, &err), -1, "%s", err.text);
	cr_expect_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	cr_expect_neq(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	ping(fd);
	MUST(toxi_toxic_add(toxi, name, toxi_latency(200, 0), NULL, &err));
	cr_expect_geq(ping(fd), 200);
	close(fd);
	cr_expect(is_there(name));
	MUST(toxi_tunnel_free(tunnel, &err));
	cr_expect_not(is_there(name));
}

Test(suites, a_tunnel_that_does_not_listen)
{
	struct toxi_tunnel *tunnel = toxi_tunnel_open(toxi, echo(), &err);

	cr_assert_neq(tunnel, NULL, "%s", err.text);
	MUST(toxi_proxy_disable(toxi, toxi_tunnel_name(tunnel), &err));
	FAILS(toxi_tunnel_connect(tunnel, &err), TOXI_ERR_CONNECT);
	cr_expect_eq(err.error_number, ECONNREFUSED);
	cr_expect_str_eq(err.call, "toxi_tunnel_connect");
	/* Somebody has removed it: as good as doing so. */
	MUST(toxi_proxy_delete(toxi, toxi_tunnel_name(tunnel), &err));
	MUST(toxi_tunnel_free(tunnel, &err));
	cr_expect_eq(err.code, TOXI_OK);
}

Test(suites, a_tunnel_without_descriptors)
{
	struct toxi_tunnel *tunnel = toxi_tunnel_open(toxi, echo(), &err);
	struct rlimit old, few;

	cr_assert_neq(tunnel, NULL, "%s", err.text);
	getrlimit(RLIMIT_NOFILE, &old);
	few = old;
	few.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &few);
	FAILS(toxi_tunnel_connect(tunnel, &err), TOXI_ERR_SYSTEM);
	cr_expect_eq(err.error_number, EMFILE);
	setrlimit(RLIMIT_NOFILE, &old);
	MUST(toxi_tunnel_free(tunnel, &err));
}

Test(suites, a_tunnel_to_nowhere_is_refused)
{
	cr_expect_eq(toxi_tunnel_open(toxi, NULL, &err), NULL);
	cr_expect_eq(err.code, TOXI_ERR_ARGUMENT);
	cr_expect_eq(toxi_tunnel_open(NULL, "localhost:1", &err), NULL);
	cr_expect_eq(err.code, TOXI_ERR_ARGUMENT);
	cr_expect_eq(toxi_tunnel_free(NULL, &err), 0);
}

/* ---- sessions */

Test(suites, a_session_takes_away_what_it_made)
{
	const struct toxi_proxy mine = { .name = "mine", .upstream = echo() };
	struct toxi_session *session = toxi_session_open(toxi, &err);
	const struct toxi_tunnel *tunnel;
	struct toxi_proxy *made;
	struct toxi_toxic *toxic;
	char name[64];

	make_proxy(toxi, "theirs");
	cr_assert_neq(session, NULL);
	MUST(toxi_session_proxy(session, &mine, &made, &err));
	cr_expect_str_eq(made->name, "mine");
	toxi_proxy_free(made);
	MUST(toxi_session_toxic(
	    session, "mine", toxi_latency(1, 0), NULL, &err));
	MUST(toxi_session_toxic(
	    session, "theirs", toxi_latency(1, 0), &toxic, &err));
	cr_expect_str_eq(toxic->name, "latency_downstream");
	toxi_toxic_free(toxic);
	tunnel = toxi_session_tunnel(session, echo(), &err);
	cr_assert_neq(tunnel, NULL, "%s", err.text);
	snprintf(name, sizeof(name), "%s", toxi_tunnel_name(tunnel));

	MUST(toxi_session_free(session, &err));
	cr_expect_not(is_there("mine"));
	cr_expect_not(is_there(name));
	cr_expect(is_there("theirs"));
	cr_expect_eq(toxics_on("theirs"), 0);
	toxi_proxy_delete(toxi, "theirs", NULL);
}

Test(suites, a_session_remembers_nothing_that_failed)
{
	const struct toxi_proxy taken = { .name = "keep", .upstream = echo() };
	struct toxi_session *session = toxi_session_open(toxi, &err);
	struct toxi_proxy *made;
	struct toxi_toxic *toxic;

	make_proxy(toxi, "keep");
	REFUSED(toxi_session_proxy(session, &taken, &made, &err), 409);
	cr_expect_eq(made, NULL);
	REFUSED(toxi_session_toxic(
		    session, "none", toxi_latency(1, 0), &toxic, &err),
	    404);
	cr_expect_eq(toxic, NULL);
	FAILS(
	    toxi_session_toxic(session, NULL, toxi_latency(1, 0), &toxic, &err),
	    TOXI_ERR_ARGUMENT);
	cr_expect_eq(toxi_session_tunnel(session, NULL, &err), NULL);
	MUST(toxi_session_free(session, &err));
	cr_expect(is_there("keep"));
	toxi_proxy_delete(toxi, "keep", NULL);
	cr_expect_eq(toxi_session_free(NULL, &err), 0);
	cr_expect_eq(toxi_session_open(NULL, &err), NULL);
	cr_expect_eq(err.code, TOXI_ERR_ARGUMENT);
}

Test(suites, a_session_does_not_mind_what_has_gone)
{
	const struct toxi_proxy mine = { .name = "lost", .upstream = echo() };
	struct toxi_session *session = toxi_session_open(toxi, &err);

	MUST(toxi_session_proxy(session, &mine, NULL, &err));
	MUST(toxi_session_toxic(
	    session, "lost", toxi_latency(1, 0), NULL, &err));
	MUST(toxi_proxy_delete(toxi, "lost", &err));
	MUST(toxi_session_free(session, &err));
}

/* ---- ... of a process that ends */

/* Makes a proxy, a toxic and a tunnel in one, and ends as it is told. */
static void
leave_behind(int ready, int signal_number)
{
	const struct toxi_proxy left = { .name = "left", .upstream = echo() };
	struct toxi *own = client();
	struct toxi_session *session = toxi_session_open(own, &err);
	const struct toxi_tunnel *tunnel;

	MUST(toxi_session_proxy(session, &left, NULL, &err));
	MUST(toxi_session_toxic(
	    session, "stays", toxi_latency(1, 0), NULL, &err));
	tunnel = toxi_session_tunnel(session, echo(), &err);
	cr_assert_neq(tunnel, NULL);
	cr_assert_geq(dprintf(ready, "%s", toxi_tunnel_name(tunnel)), 1);
	if (signal_number != 0)
		kill(getpid(), signal_number);
	_exit(0);
}

static int
wait_until_gone(const char *proxy)
{
	int tries;

	for (tries = 0; tries < 600 && is_there(proxy); tries++)
		usleep(50000);
	return !is_there(proxy);
}

static void
see_it_go(int signal_number)
{
	char tunnel[64] = "";
	int line[2];
	pid_t pid;

	make_proxy(toxi, "stays");
	cr_assert_eq(pipe(line), 0);
	if ((pid = fork()) == 0)
		leave_behind(line[1], signal_number);
	close(line[1]);
	cr_assert_gt(read(line[0], tunnel, sizeof(tunnel) - 1), 0);
	close(line[0]);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	cr_expect(wait_until_gone("left"));
	cr_expect(wait_until_gone(tunnel));
	cr_expect_eq(toxics_on("stays"), 0);
	MUST(toxi_proxy_delete(toxi, "stays", &err));
}

Test(suites, a_session_of_a_process_that_is_killed)
{
	if (is_original())
		cr_skip_test("it has no sessions");
	see_it_go(SIGKILL);
}

Test(suites, a_session_of_a_process_that_forgets_it)
{
	if (is_original())
		cr_skip_test("it has no sessions");
	see_it_go(0);
}

/* A forked child that frees it ends nothing but its own. */
Test(suites, a_session_is_its_processes_own)
{
	const struct toxi_proxy kept = { .name = "kept", .upstream = echo() };
	struct toxi_session *session = toxi_session_open(toxi, &err);
	pid_t pid;

	MUST(toxi_session_proxy(session, &kept, NULL, &err));
	if ((pid = fork()) == 0)
		_exit(0);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	usleep(300000);
	cr_expect(is_there("kept"));
	MUST(toxi_session_free(session, &err));
	cr_expect_not(is_there("kept"));
}

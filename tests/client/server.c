/* SPDX-License-Identifier: ISC */
/*
 * A suite with a server of its own, for test_server.py: starts it, says its URL
 * and its process, and does what it is told on stdin.
 *
 *	server PATH [ARGUMENT...]	PATH "-": as in PATH
 */

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <toxi.h>
#include <unistd.h>

static struct toxi_server *server;
static struct toxi_error err;

static void
say_failure(void)
{
	printf("%s: %s: %s\n", toxi_code_name(err.code), err.call, err.text);
	exit(1);
}

static void *
start(void *options)
{
	server = toxi_server_start(options, &err);
	return NULL;
}

/* PR_SET_PDEATHSIG would take the end of this thread for ours. */
static void
start_in_a_thread(struct toxi_server_options *options)
{
	pthread_t thread;

	pthread_create(&thread, NULL, start, options);
	pthread_join(thread, NULL);
}

/* Has all that we have open, and stays for a while. */
static void
leave_a_child(void)
{
	if (fork() == 0) {
		alarm(10);
		pause();
		_exit(0);
	}
}

static void
use(void)
{
	const struct toxi_options options = { .url = toxi_server_url(server) };
	struct toxi *toxi = toxi_new(&options, &err);
	struct toxi_tunnel *tunnel;

	if (toxi == NULL ||
	    (tunnel = toxi_tunnel_open(toxi, "localhost:1", &err)) == NULL ||
	    toxi_toxic_add(toxi, toxi_tunnel_name(tunnel), toxi_latency(5, 0),
		NULL, &err) == -1 ||
	    toxi_tunnel_free(tunnel, &err) == -1)
		say_failure();
	toxi_free(toxi);
	puts("used");
}

/* What a client is told that says this of itself; the text ends in "\n". */
static void
ask_as(const char *token, const char *authorization)
{
	char text[64] = "", header[128];
	const char *const headers[] = { header, NULL };
	struct toxi_options options = { .url = toxi_server_url(server) };
	struct toxi *toxi;

	if (token != NULL) {
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(token, "\n"),
		    token);
		options.token = text;
	} else {
		snprintf(header, sizeof(header), "authorization:%.*s",
		    (int)strcspn(authorization, "\n"), authorization);
		options.headers = headers;
	}
	if ((toxi = toxi_new(&options, &err)) == NULL)
		say_failure();
	toxi_version(toxi, NULL, &err);
	printf("token: %d\n", err.code == TOXI_OK ? 0 : err.status);
	toxi_free(toxi);
}

/* The same, with a password in the URL. */
static void
ask_with(const char *password)
{
	char url[128];
	const struct toxi_options options = { .url = url };
	struct toxi *toxi;

	snprintf(url, sizeof(url), "http://:%.*s@%s",
	    (int)strcspn(password, "\n"), password,
	    toxi_server_url(server) + strlen("http://"));
	if ((toxi = toxi_new(&options, &err)) == NULL)
		say_failure();
	toxi_version(toxi, NULL, &err);
	printf("token: %d\n", err.code == TOXI_OK ? 0 : err.status);
	toxi_free(toxi);
}

static void
obey(const char *order)
{
	if (strcmp(order, "use\n") == 0)
		use();
	else if (strcmp(order, "fork\n") == 0)
		leave_a_child();
	else if (strncmp(order, "token", 5) == 0)
		ask_as(order + 5 + (order[5] == ' '), NULL);
	else if (strncmp(order, "header", 6) == 0)
		ask_as(NULL, order + 6);
	else if (strncmp(order, "url ", 4) == 0)
		ask_with(order + 4);
	else if (strcmp(order, "crash\n") == 0)
		raise(SIGSEGV);
	else if (strcmp(order, "children\n") == 0)
		printf("%d\n", waitpid(-1, NULL, WNOHANG) == -1);
	else if (strcmp(order, "stop\n") == 0) {
		if (toxi_server_stop(server, &err) == -1)
			say_failure();
		puts("stopped");
	}
	fflush(stdout);
}

int
main(int argc, char *argv[])
{
	struct toxi_server_options options = { .timeout_ms = 20000 };
	char order[64];

	(void)signal(SIGINT, SIG_DFL); /* a job in the background has it off */
	if (argc > 1 && strcmp(argv[1], "-") != 0)
		options.path = argv[1];
	if (argc > 2)
		options.args = (const char *const *)&argv[2];
	start_in_a_thread(&options);
	if (server == NULL)
		say_failure();
	printf("%s %d\n", toxi_server_url(server), toxi_server_pid(server));
	fflush(stdout);
	while (fgets(order, sizeof(order), stdin) != NULL)
		obey(order);
	return 0; /* and leaves it to itself */
}

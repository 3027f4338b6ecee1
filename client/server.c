/* SPDX-License-Identifier: ISC */
/* A server of a test suite's own. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failure.h"
#include "now.h"
#include "watcher.h"

#define TIMEOUT_MS 10000
#define STOP_MS ((int64_t)3 * WATCHER_PATIENCE_MS)
#define ARGS_MAX 64

struct toxi_server {
	int line;
	pid_t pid;
	int is_over; /* it has ended, or was never run */
	struct report last;
	char url[sizeof("http://127.0.0.1:65535")];
	char port[sizeof("65535")];
};

/* ---- a port that nobody else gets */

/*
 * A socket that is bound and does not listen: the kernel chooses its port for
 * nobody else, and as both it and the server's have SO_REUSEADDR the server
 * can have it.
 */
static int
reserve_port(struct toxi_server *server, struct toxi_error *err)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd, on = 1;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, len) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1) {
		fail_system(err, errno, "a port for the server");
		if (fd != -1)
			close(fd);
		return -1;
	}
	snprintf(server->port, sizeof(server->port), "%u",
	    (unsigned int)ntohs(sin.sin_port));
	snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%s",
	    server->port);
	return fd;
}

/* ---- the order */

static int
is_variable(const char *entry, const char *name)
{
	size_t len = strlen(name);

	return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

/* What is about how we ourselves were started is not for the server. */
static int
is_inherited(const char *entry)
{
	static const char *const ours[] = { "LOG_LEVEL", "NOTIFY_SOCKET",
		"WATCHDOG_USEC", "WATCHDOG_PID", "JOURNAL_STREAM" };
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (is_variable(entry, ours[i]))
			return 0;
	return 1;
}

/* By malloc, of borrowed text. */
static char **
make_environment(void)
{
	static char level[] = "LOG_LEVEL=error";
	size_t i, n = 0;
	char **list;

	for (i = 0; environ != NULL && environ[i] != NULL;)
		i++;
	if ((list = calloc(i + 2, sizeof(*list))) == NULL)
		return NULL;
	list[n++] = level;
	for (i = 0; environ != NULL && environ[i] != NULL; i++)
		if (is_inherited(environ[i]))
			list[n++] = environ[i];
	return list;
}

/* Not in the way of 0 to 2, which some programs have closed. */
static int
out_of_the_way(int fd)
{
	int higher;

	if (fd == -1 || fd > 2)
		return fd;
	higher = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	close(fd);
	return higher;
}

static int
open_files(struct order *order, struct toxi_error *err)
{
	int ends[2];

	order->quiet_fd = order->output_fd = order->output_read = -1;
	if (pipe2(ends, O_CLOEXEC) == 0) {
		order->output_read = out_of_the_way(ends[0]);
		order->output_fd = out_of_the_way(ends[1]);
	}
	order->quiet_fd = out_of_the_way(open("/dev/null", O_RDWR | O_CLOEXEC));
	if (order->quiet_fd != -1 && order->output_fd != -1 &&
	    order->output_read != -1)
		return 0;
	return fail_system(err, errno, "descriptors for the server");
}

static void
close_files(const struct order *order)
{
	const int fds[] = { order->quiet_fd, order->output_fd,
		order->output_read };
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] != -1)
			close(fds[i]);
}

/* execve(2) does not write to what it is given. */
static char *
word(const char *text)
{
	return (char *)(uintptr_t)text;
}

static int
start_watcher(struct toxi_server *server,
    const struct toxi_server_options *options, struct toxi_error *err)
{
	const char *path = options->path != NULL ? options->path : "toxid";
	char *argv[ARGS_MAX + 6] = { word(path), word("-host"),
		word("127.0.0.1"), word("-port"), server->port };
	struct order order = { .argv = argv };
	size_t i;
	int rc;

	for (i = 0; options->args != NULL && options->args[i] != NULL; i++) {
		if (i == ARGS_MAX)
			return fail(err, TOXI_ERR_ARGUMENT,
			    "more than %d arguments", ARGS_MAX);
		argv[5 + i] = word(options->args[i]);
	}
	if ((order.envp = make_environment()) == NULL)
		return fail_nomem(err);
	if ((rc = open_files(&order, err)) == 0 &&
	    (server->line = watcher_start(&order)) == -1)
		rc = fail_system(err, errno, "a process for the server");
	close_files(&order);
	free(order.envp);
	return rc;
}

/* ---- what the watcher says */

/* 1: there is a report, or there will be none any more; 0: not in time. */
static int
wait_for_report(struct toxi_server *server, int64_t until)
{
	struct pollfd p = { .fd = server->line, .events = POLLIN };
	int64_t left;
	ssize_t n;

	do {
		left = until - now_ms();
		n = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (n == -1 && errno == EINTR);
	if (n != 1)
		return 0;
	n = recv(server->line, &server->last, sizeof(server->last), 0);
	if (n == sizeof(server->last) && server->last.event == EVENT_RUNS)
		server->pid = server->last.pid;
	else
		server->is_over = 1;
	return 1;
}

/* Its log is JSON, a line each; what is wrong with its arguments is not. */
static void
fail_saying(struct toxi_error *err, const char *line)
{
	json_t *json = json_loads(line, 0, NULL);
	const char *message =
	    json_string_value(json_object_get(json, "message"));
	const char *error = json_string_value(json_object_get(json, "error"));

	if (message != NULL && error != NULL)
		fail(err, TOXI_ERR_SYSTEM, "toxid: %s: %s", message, error);
	else
		fail(err, TOXI_ERR_SYSTEM, "toxid: %s",
		    message != NULL ? message : line);
	json_decref(json);
}

static int
fail_ended(struct toxi_server *server, struct toxi_error *err)
{
	struct report *r = &server->last;
	char *said = r->said, *line;
	size_t len;

	r->said[sizeof(r->said) - 1] = '\0';
	for (len = strlen(said); len > 0 && said[len - 1] == '\n';)
		said[--len] = '\0';
	line = strrchr(said, '\n');
	if (len > 0)
		fail_saying(err, line != NULL ? line + 1 : said);
	else if (WIFSIGNALED(r->status))
		fail(err, TOXI_ERR_SYSTEM, "toxid was ended by signal %d",
		    WTERMSIG(r->status));
	else
		fail(err, TOXI_ERR_SYSTEM, "toxid ended with status %d",
		    WEXITSTATUS(r->status));
	return -1;
}

static int
fail_not_run(
    const struct toxi_server *server, const char *path, struct toxi_error *err)
{
	fail_system(err, server->last.error_number, path ? path : "toxid");
	if (path == NULL && err->error_number == ENOENT)
		fail(err, TOXI_ERR_SYSTEM,
		    "toxid is not in PATH: install it, or say where it is");
	return -1;
}

/* ---- from the outside */

/* 1: it answers, if only that we may not ask. */
static int
answers(struct toxi *toxi)
{
	struct toxi_error err;

	return toxi_version(toxi, NULL, &err) == 0 || err.code == TOXI_ERR_HTTP;
}

static int
wait_until_it_serves(struct toxi_server *server, const char *path,
    int64_t until, struct toxi_error *err)
{
	struct toxi_options options = { .url = server->url,
		.connect_timeout_ms = 1000,
		.timeout_ms = 1000 };
	struct toxi *toxi = toxi_new(&options, err);
	int rc = -1;

	if (toxi == NULL)
		return -1;
	for (;;) {
		if (wait_for_report(server, now_ms() + 5) && server->is_over) {
			rc = server->last.event == EVENT_NOT_RUN
			    ? fail_not_run(server, path, err)
			    : fail_ended(server, err);
			break;
		}
		if (server->pid > 0 && answers(toxi)) {
			rc = 0;
			break;
		}
		if (now_ms() >= until) {
			fail(err, TOXI_ERR_TIMEOUT, "toxid does not serve");
			break;
		}
	}
	toxi_free(toxi);
	return rc;
}

static void
end_server(struct toxi_server *server)
{
	int64_t until = now_ms() + STOP_MS;

	/* Whoever was forked has the line, too: closing would not be enough. */
	shutdown(server->line, SHUT_WR);
	while (!server->is_over && wait_for_report(server, until))
		;
	close(server->line);
}

struct toxi_server *
toxi_server_start(
    const struct toxi_server_options *options, struct toxi_error *err)
{
	static const struct toxi_server_options usual;
	struct toxi_server *server;
	struct toxi_error spare;
	int64_t until;
	int fd, rc;

	err = failure_begin(err, &spare, __func__);
	if (options == NULL)
		options = &usual;
	until = now_ms() +
	    (options->timeout_ms > 0 ? options->timeout_ms : TIMEOUT_MS);
	if ((server = calloc(1, sizeof(*server))) == NULL) {
		fail_nomem(err);
		return NULL;
	}
	server->line = -1;
	if ((fd = reserve_port(server, err)) == -1) {
		free(server);
		return NULL;
	}
	rc = start_watcher(server, options, err);
	if (rc == 0)
		rc = wait_until_it_serves(server, options->path, until, err);
	close(fd);
	err->call = __func__;
	if (rc == 0)
		return server;
	if (server->line != -1)
		end_server(server);
	free(server);
	return NULL;
}

const char *
toxi_server_url(const struct toxi_server *server)
{
	return server->url;
}

int
toxi_server_pid(const struct toxi_server *server)
{
	return server->pid;
}

int
toxi_server_stop(struct toxi_server *server, struct toxi_error *err)
{
	struct toxi_error spare;

	err = failure_begin(err, &spare, __func__);
	if (server == NULL)
		return 0;
	/* Before it was told to? */
	if (wait_for_report(server, now_ms()) && server->is_over)
		fail_ended(server, err);
	end_server(server);
	free(server);
	return err->code == TOXI_OK ? 0 : -1;
}

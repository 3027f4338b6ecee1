/* SPDX-License-Identifier: ISC */
/*
 * The API's Unix socket.  Anybody may connect to it: the kernel says who it is
 * that does.  What an earlier toxid has left there is removed, and nothing else
 * is.
 */

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "api_socket.h"
#include "clock.h"
#include "given.h"
#include "high.h"
#include "way.h"

/* The children of one that has been killed listen until the kernel is done. */
#define FREE_WITHIN (2 * NS_PER_S)

/* For who may connect that is to write; and to execute is nothing. */
#define NOT_OF_MODE 0111

static void
pause_a_moment(void)
{
	static const struct timespec moment = { .tv_nsec = 10 * NS_PER_MS };

	nanosleep(&moment, NULL);
}

/*
 * The directory in which it is; locked, so that of two that start at once no
 * one removes what the other has made.  Who holds it for longer is no toxid.
 */
static int
directory_open(const char *path)
{
	int64_t deadline = clock_now() + FREE_WITHIN;
	char copy[PATH_MAX];
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		way_bad(strerror(errno));
	way_check_in(fd);
	while (flock(fd, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK &&
	    clock_now() < deadline)
		pause_a_moment();
	return fd;
}

static int
socket_new(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1)
		way_bad(strerror(errno));
	return fd;
}

/* 0: nobody does; else an errno, or EADDRINUSE. */
static int
who_listens(const struct sockaddr_un *at)
{
	int fd = socket_new(), error = EADDRINUSE;

	if (connect(fd, (const struct sockaddr *)at, sizeof(*at)) == -1 &&
	    errno != EAGAIN) /* its backlog is full */
		error = errno == ECONNREFUSED ? 0 : errno;
	close(fd);
	return error;
}

static void
remove_left(const struct sockaddr_un *at)
{
	int64_t deadline = clock_now() + FREE_WITHIN;
	struct stat st;
	int error;

	if (lstat(at->sun_path, &st) == -1) {
		if (errno != ENOENT)
			way_bad(strerror(errno));
		return;
	}
	if (!S_ISSOCK(st.st_mode))
		way_bad("it is there, and no socket");
	if (!way_is_ours(st.st_uid))
		way_bad("it belongs to somebody else");
	while (
	    (error = who_listens(at)) == EADDRINUSE && clock_now() < deadline)
		pause_a_moment();
	if (error == EADDRINUSE)
		way_bad("another program listens there");
	if (error != 0 && error != ENOENT)
		way_bad(strerror(error));
	if (unlink(at->sun_path) == -1 && errno != ENOENT)
		way_bad(strerror(errno));
}

/* Its mode is that of its birth: it is never open to fewer. */
static int
listen_at(const struct sockaddr_un *at)
{
	int fd = high(socket_new()), error;
	mode_t mask;

	if (fd == -1)
		way_bad(strerror(errno));
	mask = umask(NOT_OF_MODE);
	error = bind(fd, (const struct sockaddr *)at, sizeof(*at));
	(void)umask(mask);
	if (error == -1 || listen(fd, SOMAXCONN) == -1)
		way_bad(strerror(errno));
	return fd;
}

void
api_socket_open(const char *path, struct given *g)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int dir;

	way_begin("API socket", path);
	if (strlen(path) >= sizeof(at.sun_path))
		way_bad(strerror(ENAMETOOLONG));
	memcpy(at.sun_path, path, strlen(path));
	way_check();
	dir = directory_open(path);
	remove_left(&at);
	g->fds[GIVEN_API_SOCKET] = listen_at(&at);
	close(dir);
}
